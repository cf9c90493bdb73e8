/**
 * A forwarded request, turned back into what its sender wrote: each change that a proxy may make is looked for and undone, and
 * what remains has to be the original, octet by octet. RFC 3261 §16.6, §18.2.1, RFC 3581 §4, RFC 5393 §5.3.3, RFC 5658.
 */

import assert from "node:assert/strict";
import { formatRaw, type HeaderLine, linesNamed, plain, type RawMessage, readRaw } from "./header-lines.ts";

export interface Passage {
  /** Where the proxy took it from: what `received` has to say. */
  readonly sender: { readonly address: string; readonly port: number };
  /** What the copy's Request-URI has to be; absent: as it was. */
  readonly requestUri?: string;
  /** The copy went by a stream. */
  readonly onStream: boolean;
  /** Route lines of the original that are for the proxy itself. */
  readonly ownRoutes?: number;
  /** `host:port` that the proxy may write into Via and Record-Route. */
  readonly addresses: ReadonlySet<string>;
}

/** Methods that no dialog is made with: they get no Record-Route (§16.6 step 4). */
const outsideDialogs = new Set(["MESSAGE", "OPTIONS", "BYE", "REGISTER"]);

export function assertPermittedCopy(original: string, forwarded: string, passage: Passage): void {
  const before = readRaw(original);
  assert.equal(undo(before, readRaw(forwarded), passage), formatRaw(before));
}

function undo(before: RawMessage, after: RawMessage, passage: Passage): string {
  const lines = [...after.lines];
  takeVia(lines, passage);
  takeRecordRoutes(lines, before, passage);
  takeAdded(lines, before, "max-breadth", /^Max-Breadth: \d+\r\n$/, "RFC 5393 §5.3.3: all proxied requests carry one");
  takeAdded(lines, before, "max-forwards", /^Max-Forwards: 70\r\n$/, "§16.6 step 3: SHOULD be 70");
  if (passage.onStream) {
    const length = new RegExp(`^Content-Length: ${after.body.length}\r\n$`);
    takeAdded(lines, before, "content-length", length, "§16.6 step 9: a stream needs it");
  }
  restoreMaxForwards(lines, before);
  restoreTopVia(lines, before, passage);
  restoreRoutes(lines, before, passage.ownRoutes ?? 0);
  const expected = passage.requestUri ?? requestUriOf(before);
  assert.equal(requestUriOf(after), expected, "the Request-URI of the copy");
  const startLine = after.startLine.replace(` ${expected} `, () => ` ${requestUriOf(before)} `);
  return formatRaw({ startLine, lines, body: after.body });
}

/** §16.6 step 8: our Via, above all others. It may offer overload control (RFC 7339 §4.1). */
function takeVia(lines: HeaderLine[], { addresses, onStream }: Passage): void {
  const at = lines.findIndex(({ name }) => name === "via");
  const transport = onStream ? "TCP" : "UDP";
  const via = /^Via: SIP\/2\.0\/(UDP|TCP) (\S+?)(?:;rport)?;branch=z9hG4bK[\w.~-]+(?:;oc;oc-algo="[\w,]+")?\r\n$/.exec(
    lines[at]?.text ?? "",
  );
  assert.ok(via !== null, `no Via of the proxy on top, but ${lines[at]?.text}`);
  assert.equal(via[1], transport);
  assert.ok(addresses.has(via[2]!), `${via[2]} is none of ${[...addresses].join(", ")}`);
  lines.splice(at, 1);
}

/** §16.6 step 4: one, or two where the sides of the proxy differ, above those of earlier proxies. */
function takeRecordRoutes(lines: HeaderLine[], before: RawMessage, { addresses }: Passage): void {
  const added = linesNamed({ ...before, lines }, "record-route").length - linesNamed(before, "record-route").length;
  const method = before.startLine.slice(0, before.startLine.indexOf(" "));
  if (outsideDialogs.has(method)) assert.equal(added, 0, `${method} gets no Record-Route`);
  else assert.ok(added === 1 || added === 2, `${added} Record-Route lines were added`);
  for (let count = 0; count < added; count++) {
    const at = lines.findIndex(({ name }) => name === "record-route");
    const value = /^Record-Route: <sip:[\w.~-]+@([^;>]+)(?:;transport=\w+)?;lr>\r\n$/.exec(lines[at]!.text);
    assert.ok(value !== null && addresses.has(value[1]!), `no Record-Route of the proxy: ${lines[at]!.text}`);
    lines.splice(at, 1);
  }
}

/** A line that the proxy adds where the sender wrote none. */
function takeAdded(lines: HeaderLine[], before: RawMessage, name: string, form: RegExp, why: string): void {
  if (linesNamed(before, name).length > 0) return;
  const at = lines.findIndex((line) => line.name === name);
  assert.match(lines[at]?.text ?? "", form, why);
  lines.splice(at, 1);
}

/** §16.6 step 3: one less, and the line is otherwise as it was. */
function restoreMaxForwards(lines: HeaderLine[], before: RawMessage): void {
  const original = linesNamed(before, "max-forwards")[0];
  if (original === undefined) return;
  const at = lines.findIndex(({ name }) => name === "max-forwards");
  const copy = lines[at]!;
  assert.equal(copy.value.trim(), `${Number(original.value) - 1}`, "§16.6 step 3: one hop less");
  lines[at] = { ...copy, text: copy.text.replace(copy.value.trim(), original.value.trim()) };
}

function restoreTopVia(lines: HeaderLine[], before: RawMessage, { sender }: Passage): void {
  const at = lines.findIndex(({ name }) => name === "via");
  const original = linesNamed(before, "via")[0]!;
  lines[at] = { ...original, text: withoutStamp(lines[at]!.text, original.text, sender) };
}

/** §18.2.1, RFC 3581 §4: a Via line without the `received`, and the `rport` that was asked for, of its receiver. */
export function withoutStamp(stamped: string, original: string, sender: Passage["sender"]): string {
  const [start, ...others] = stamped.split(`received=${sender.address}`);
  assert.equal(others.length, 1, `one received=${sender.address} in ${plain(stamped)}`);
  const claimed = /received\s*=\s*[^;,\s]+/i.exec(original)?.[0];
  const text = claimed === undefined ? start!.replace(/;$/, "") + others[0] : start + claimed + others[0];
  if (!/;rport(?![=\w])/.test(original)) return text;
  assert.ok(text.includes(`;rport=${sender.port}`), `rport=${sender.port} in ${plain(stamped)}`);
  return text.replace(`;rport=${sender.port}`, ";rport");
}

/** §16.4: Route values that name the proxy are taken off; here each is a line. */
function restoreRoutes(lines: HeaderLine[], before: RawMessage, ownRoutes: number): void {
  for (const route of linesNamed(before, "route").slice(0, ownRoutes))
    lines.splice(before.lines.indexOf(route), 0, route);
}

function requestUriOf({ startLine }: RawMessage): string {
  return startLine.split(" ")[1] ?? "";
}
