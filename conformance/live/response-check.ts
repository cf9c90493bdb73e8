/**
 * The responses among the torture messages, as answers to a request of ours: by themselves they belong to none and say little
 * about what a proxy makes of them. Start line, body and other header fields stay as they are.
 */

import assert from "node:assert/strict";
import { pause, waitUntil } from "../../interop/rig/wait.ts";
import { type DownstreamRequest, responseTo } from "./downstream.ts";
import { formatRaw, linesNamed, readRaw, statusOf } from "./header-lines.ts";
import { assertAlive, assertNothingHeld } from "./torture-check.ts";
import { domain, type TortureHouse, timers } from "./torture-house.ts";
import type { Exchange } from "./upstream.ts";
import { readMessage, type Verdict } from "./verdicts.ts";

const everyMs = 5;

export interface ResponseCheck {
  readonly file: string;
  readonly rule: string;
  /** There is nothing to see of it elsewhere. */
  readonly only?: "udp";
  readonly run: (house: TortureHouse, response: string) => Promise<void>;
}

export const responseChecks: readonly ResponseCheck[] = [
  { file: "unreason.dat", rule: "goes back as it came, but for the Via (RFC 3261 §16.7 step 3)", run: passesOn },
  { file: "noreason.dat", rule: "ends the retransmissions (RFC 3261 §17.1.1.2)", only: "udp", run: quietens },
  { file: "scalarlg.dat", rule: "is dropped (RFC 4475 §3.1.2.5)", run: isDropped },
  { file: "bigcode.dat", rule: "is dropped (RFC 4475 §3.1.2.19)", run: isDropped },
  { file: "bcast.dat", rule: "is broadcast to nobody, with a Via of ours on top (RFC 4475 §3.3.10)", run: staysHere },
];

export async function checkResponse(house: TortureHouse, { file, run }: ResponseCheck): Promise<void> {
  house.downstream.clear();
  await run(house, readMessage({ suite: "rfc4475", file } as Verdict));
  await assertAlive(house);
  await assertNothingHeld(house);
}

async function passesOn(house: TortureHouse, response: string): Promise<void> {
  await using exchange = await openUpstream(house);
  house.downstream.answerNext((request) => [asAnswer(response, request)]);
  exchange.send(inviteFrom(exchange));
  const answer = await finalAnswer(exchange);
  const [request] = house.downstream.requests;
  const ownVia = linesNamed(request!.raw, "via")[0]!.text;
  assert.equal(answer, asAnswer(response, request!).replace(ownVia, ""));
}

async function quietens(house: TortureHouse, response: string): Promise<void> {
  await using exchange = await openUpstream(house);
  house.downstream.answerNext((request) => [asAnswer(response, request)]);
  exchange.send(inviteFrom(exchange));
  const request = await waitUntil(() => house.downstream.requests[0], { what: "the INVITE", everyMs });
  await pause(10 * timers.t1);
  const copies = house.downstream.octets.length;
  // Timer A alone would have sent two more by then.
  await pause(30 * timers.t1);
  assert.equal(house.downstream.octets.length, copies, "no INVITE is repeated after a 100");
  await refuse(house, exchange, request);
}

async function isDropped(house: TortureHouse, response: string): Promise<void> {
  await using exchange = await openUpstream(house);
  house.downstream.answerNext((request) => [asAnswer(response, request)]);
  exchange.send(inviteFrom(exchange));
  const request = await waitUntil(() => house.downstream.requests[0], { what: "the INVITE", everyMs });
  await assertAlive(house);
  const others = exchange.arrivals.filter(({ text }) => statusOf(text) !== 100);
  assert.deepEqual(others, []);
  await refuse(house, exchange, request);
}

async function staysHere(house: TortureHouse, response: string): Promise<void> {
  const { body: before } = await house.server.api("GET", "process");
  const upstream = house.upstream("rfc4475");
  const { address, port } = house.placeFor(upstream);
  await using exchange = await upstream.open({ address, port });
  exchange.send(response.replace("192.0.2.198;", `${address}:${port};`));
  await assertAlive(house);
  const { body: after } = await house.server.api("GET", "process");
  const count = (body: unknown, name: string): number => (body as { total: Record<string, number> }).total[name]!;
  const more = (name: string): number => count(after, name) - count(before, name);
  assert.equal(more("proxy.droppedResponses"), 1);
  assert.equal(more("proxy.statelessResponses"), 0);
}

/** The one more word that ends the INVITE. */
async function refuse(house: TortureHouse, exchange: Exchange, request: DownstreamRequest): Promise<void> {
  house.downstream.send(responseTo(request, "486 Busy Here"));
  assert.equal(statusOf(await finalAnswer(exchange)), 486);
}

async function finalAnswer(exchange: Exchange): Promise<string> {
  const isFinal = ({ text }: { readonly text: string }): boolean => (statusOf(text) ?? 0) >= 200;
  const found = await waitUntil(() => exchange.arrivals.find(isFinal), { what: "the final answer", everyMs });
  return found.text;
}

function openUpstream(house: TortureHouse): Promise<Exchange> {
  const upstream = house.upstream("rfc4475");
  return upstream.open(house.placeFor(upstream));
}

let calls = 0;

function inviteFrom({ source: { address, port } }: Exchange): string {
  const id = `answered-${++calls}`;
  return [
    `INVITE sip:user@${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${port};rport;branch=z9hG4bK${id}`,
    "Max-Forwards: 70",
    `From: <sip:caller@example.net>;tag=${id}`,
    `To: <sip:user@${domain}>`,
    `Call-ID: ${id}`,
    "CSeq: 35 INVITE",
    `Contact: <sip:caller@${address}:${port}>`,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

/** The response with the lines that make it one to `request`; a CSeq that is what is wrong with it stays. */
function asAnswer(response: string, request: DownstreamRequest): string {
  const raw = readRaw(response);
  const own = readRaw(responseTo(request, "200 OK"));
  const taken = new Set(["via", "record-route", "from", "to", "call-id"]);
  if (linesNamed(raw, "cseq")[0]!.value.trim().length < 20) taken.add("cseq");
  const kept = raw.lines.filter(({ name }) => !taken.has(name));
  return formatRaw({ ...raw, lines: [...own.lines.filter(({ name }) => taken.has(name)), ...kept] });
}
