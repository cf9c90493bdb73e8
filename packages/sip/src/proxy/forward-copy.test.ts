/** Forwarded bytes equal received bytes but for the named splices. RFC 3261 §16.6. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createRandom } from "@trapezoid/testkit";
import { parseMessage, SipRequest } from "../message/message.ts";
import { type CopyLines, formatCopy, routeCopy } from "./forward-copy.ts";
import { layoutOf } from "./request-layout.ts";

const corpus: { requests: { origin: string; raw: string }[] } = JSON.parse(
  readFileSync(new URL("testdata/rfc-requests.json", import.meta.url), "utf8"),
);

const compact: Record<string, string> = { v: "via", l: "content-length" };

interface Line {
  readonly name: string;
  readonly text: string;
}

/** Header lines with their folds, read without any of the code under test. */
function linesOf(raw: string): { start: string; lines: Line[]; body: string } {
  const end = raw.indexOf("\r\n\r\n");
  const [start = "", ...rest] = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const lines = rest.map((text) => {
    const name = text.slice(0, text.indexOf(":")).trim().toLowerCase();
    return { name: compact[name] ?? name, text };
  });
  return { start, lines, body: raw.slice(end + 4) };
}

/** Values of a list header, by a scanner of its own. */
function valuesOf(lines: readonly Line[], name: string): string[] {
  const values: string[] = [];
  for (const line of lines.filter((candidate) => candidate.name === name)) {
    let quoted = false;
    let angle = false;
    let value = "";
    let escaped = false;
    for (const char of line.text.slice(line.text.indexOf(":") + 1)) {
      if (escaped || (quoted && char === "\\")) {
        escaped = !escaped;
        value += char;
        continue;
      }
      if (char === '"' && !angle) quoted = !quoted;
      if (!quoted && (char === "<" || char === ">")) angle = char === "<";
      if (char === "," && !quoted && !angle) {
        values.push(value.trim());
        value = "";
      } else value += char;
    }
    values.push(value.trim());
  }
  return values.filter((value) => value !== "");
}

const changed = new Set(["max-forwards", "max-breadth", "route"]);
const ourVia = "Via: SIP/2.0/TCP 10.0.0.1:5060;branch=z9hG4bK07ours";
const ourRecordRoute = "Record-Route: <sip:07token@10.0.0.1;lr>";

interface Variant {
  readonly uri: string | undefined;
  readonly ownRoutes: number;
  readonly strictRouted: boolean;
  readonly push: readonly string[] | undefined;
  readonly recordRoute: boolean;
  readonly onStream: boolean;
}

function checkCopy(raw: string, variant: Variant, origin: string): void {
  const parsed = parseMessage(raw);
  if (!parsed.ok) return;
  const request = parsed.value;
  assert.ok(request instanceof SipRequest);
  const received = linesOf(request.text);
  const routes = valuesOf(received.lines, "route");
  const own = Math.min(variant.ownRoutes, routes.length);
  const strictRouted = variant.strictRouted && routes.length > own;
  const layout = layoutOf(request, own, strictRouted);
  const uri = variant.uri ?? request.requestUri;
  const routing = routeCopy(request, layout, uri, variant.push, { ownRoutes: own, strictRouted });
  const lines: CopyLines = {
    via: `${ourVia}\r\n`,
    recordRoute: variant.recordRoute ? `${ourRecordRoute}\r\n` : "",
    maxBreadth: 60,
    onStream: variant.onStream,
  };
  const copy = linesOf(formatCopy(request, routing, lines));
  const where = `${origin} ${JSON.stringify(variant)}`;

  // Everything that is not named below is the same, octet by octet, in the same order.
  const hadLength = received.lines.some((line) => line.name === "content-length");
  const kept = copy.lines.filter(
    (line, at) =>
      !changed.has(line.name) &&
      line.text !== ourRecordRoute &&
      line.text !== ourVia &&
      !(line.name === "content-length" && !hadLength && at > 0),
  );
  const expected = received.lines.filter((line) => !changed.has(line.name));
  assert.deepEqual(
    kept.map((line) => line.text),
    expected.map((line) => line.text),
    where,
  );
  assert.equal(copy.body, received.body, where);

  // Step 8: our Via stands before all others.
  const viaAt = received.lines.findIndex((line) => line.name === "via");
  assert.equal(copy.lines.filter((line) => line.name === "via")[0]?.text, ourVia, where);
  assert.equal(copy.lines.filter((line) => line.text === ourVia).length, 1, where);
  assert.ok(viaAt >= 0);
  // Step 4: our Record-Route before all others.
  const recordRoutes = copy.lines.filter((line) => line.name === "record-route");
  if (variant.recordRoute) assert.equal(recordRoutes[0]?.text, ourRecordRoute, where);
  // Step 3: the number less one, the rest of the line untouched; 70 where there was none.
  const hops = received.lines.find((line) => line.name === "max-forwards");
  const hopsNow = copy.lines.find((line) => line.name === "max-forwards")?.text;
  assert.equal(
    hopsNow,
    hops === undefined ? "Max-Forwards: 70" : hops.text.replace(/\d+/, (digits) => String(Number(digits) - 1)),
    where,
  );
  // Step 9.
  assert.equal(
    copy.lines.some((line) => line.name === "content-length"),
    hadLength || variant.onStream,
    where,
  );
  // Step 6: Route.
  let left = routes.slice(own, strictRouted ? -1 : undefined);
  left = [...(variant.push ?? []), ...left];
  let uriNow = uri;
  if (left.length > 0 && !/;lr\b[^>]*>/i.test(left[0]!)) {
    uriNow = /<([^>]*)>/.exec(left[0]!)?.[1] ?? left[0]!;
    left = [...left.slice(1), `<${uri}>`];
  }
  assert.deepEqual(valuesOf(copy.lines, "route"), left, where);
  // Step 2.
  const version = received.start.slice(received.start.lastIndexOf(" "));
  assert.equal(copy.start, `${request.method} ${uriNow}${version}`, where);
}

const variants: Variant[] = [];
for (const uri of [undefined, "sip:bob@192.0.2.4"]) {
  for (const ownRoutes of [0, 1, 2]) {
    for (const push of [undefined, ["<sip:a.example;lr>"], ["<sip:strict.example>", '"x, y" <sip:b.example;lr>;p=1']]) {
      for (const flags of [0, 1, 2, 3, 4, 5, 6, 7]) {
        const [strictRouted, recordRoute, onStream] = [(flags & 1) > 0, (flags & 2) > 0, (flags & 4) > 0];
        variants.push({ uri, ownRoutes, strictRouted, push, recordRoute, onStream });
      }
    }
  }
}

test("requests printed in RFCs are forwarded octet by octet but for the named splices (RFC 3261 §16.6 step 1)", () => {
  for (const { origin, raw } of corpus.requests) {
    // Those that are refused before: no Via, or no hops left.
    if (!/\r\n(via|v)\s*:/i.test(raw) || /max-forwards\s*:\s*0\s/i.test(raw)) continue;
    for (const variant of variants) checkCopy(raw, variant, origin);
  }
});

test("generated requests are, too: any order of lines, folds, compact forms, lists (RFC 3261 §16.6 step 1, §7.3.1)", () => {
  const random = createRandom(11);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const routeValues = [
    "<sip:r1.example;lr>",
    '"a, b" <sip:r2.example;lr;x=1>;y',
    "<sip:r3.example>",
    "sip:r4.example",
    '"q\\"," <sip:r5@h;lr>',
  ];
  const list = (values: readonly string[]): string =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(values)).join(pick([",", ", ", " ,\r\n  ", "\t,"]));
  for (let round = 0; round < 3000; round++) {
    const lines = [`${pick(["Via", "v", "VIA "])}: ${list(["SIP/2.0/UDP a;branch=z9hG4bK1", "SIP/2.0/TCP b:5;x=y"])}`];
    const add = (chance: number, line: string): void => {
      if (random() < chance) lines.splice(Math.floor(random() * (lines.length + 1)), 0, line);
    };
    add(0.5, `Via: ${list(["SIP/2.0/UDP c;branch=z9hG4bK2"])}`);
    add(0.7, `Max-Forwards:${pick(["70", " 5", "\r\n 12", "  001 "])}`);
    add(0.3, `${pick(["Max-Breadth", "max-breadth"])}: 7`);
    add(0.5, `Route: ${list(routeValues)}`);
    add(0.4, `ROUTE : ${list(routeValues)}`);
    add(0.3, `Record-Route: ${list(routeValues)}`);
    add(0.3, `record-route:${list(routeValues)}`);
    add(0.5, "X-Any: \x80\xff, , ;;\r\n\t folded");
    add(0.5, "Subject:");
    add(0.6, `${pick(["l", "Content-Length"])}: 3`);
    checkCopy(
      `INVITE sip:x@example.com SIP/2.0\r\n${lines.join("\r\n")}\r\n\r\n\0\r\n`,
      pick(variants),
      `round ${round}: ${JSON.stringify(lines)}`,
    );
  }
});
