/** One torture message, sent to a live server: what comes of it is what its verdict says, and nothing stays behind. */

import assert from "node:assert/strict";
import { waitUntil } from "../../interop/rig/wait.ts";
import { ackTo, assertAnswers, replyPort } from "./answers.ts";
import { checkDetails } from "./details.ts";
import type { DownstreamRequest } from "./downstream.ts";
import { type Expectation, readExpectation } from "./expectation.ts";
import { cutStream, fieldValue, formatRaw, linesNamed, plain, readRaw, statusOf } from "./header-lines.ts";
import { domain, type TortureHouse, transactionLifeMs } from "./torture-house.ts";
import { assertPermittedCopy } from "./undo-splices.ts";
import type { Arrival, Exchange } from "./upstream.ts";
import { readMessage, type Verdict } from "./verdicts.ts";

const everyMs = 5;
/** Sent by somebody whom the server does not trust: it is about the challenge. */
const fromStrangers = new Set(["regaut01.dat"]);

export async function checkMessage(house: TortureHouse, verdict: Verdict): Promise<void> {
  const expected = readExpectation(verdict[house.transport]);
  const upstream = fromStrangers.has(verdict.file) ? house.stranger : house.upstream(verdict.suite);
  house.downstream.clear();
  await using exchange = await upstream.open(house.placeFor(upstream));
  let octets = readMessage(verdict);
  exchange.send(octets);
  if (expected.waits) {
    await assertAlive(house);
    assert.deepEqual(exchange.arrivals, [], "nothing is answered while octets are missing");
    const missing = missingOctets(octets);
    exchange.send(missing);
    octets += missing;
  }
  await checkOutcome(house, verdict, expected, exchange, octets);
  await assertAlive(house);
  await assertNothingHeld(house);
  if (expected.status === 200) await house.restore();
}

async function checkOutcome(
  house: TortureHouse,
  verdict: Verdict,
  expected: Expectation,
  exchange: Exchange,
  octets: string,
): Promise<void> {
  const onStream = house.transport === "tcp";
  // A datagram is one message and perhaps noise; of a stream's messages the last one is forwarded.
  const messages = onStream ? cutStream(octets).messages : [formatRaw(readRaw(octets))];
  const own = messages[0] ?? octets;
  const passing = messages.at(-1) ?? octets;
  if (expected.status !== undefined) {
    const answer = await finalAnswer(house, exchange, own, expected.status);
    await checkDetails(house, verdict, answer);
  }
  if (expected.forward !== undefined) await checkForwarded(house, expected, exchange, passing);
  else assert.deepEqual(house.downstream.requests, [], "nothing reaches the next hop");
  if (expected.closes) await waitUntil(() => exchange.isClosed, { what: "the end of the connection", everyMs });
  if (expected.status === undefined && expected.forward === undefined) await checkSilence(house, exchange);
  if (!expected.closes) assert.equal(exchange.isClosed, false, "the connection stays");
}

/** Waits for the final answer to `request`, acknowledges it, and checks what it is made of. */
async function finalAnswer(house: TortureHouse, exchange: Exchange, request: string, status: number): Promise<string> {
  const asked = readRaw(request);
  const method = request.slice(0, request.indexOf(" "));
  const isFinal = ({ text }: Arrival): boolean =>
    (statusOf(text) ?? 0) >= 200 && fieldValue(readRaw(text), "call-id") === fieldValue(asked, "call-id");
  const answer = await waitUntil(() => exchange.arrivals.find(isFinal), {
    what: "the answer",
    everyMs,
    timeoutMs: 10_000,
  });
  if (method === "INVITE" && !exchange.isClosed) exchange.send(ackTo(asked, answer.text));
  assert.equal(statusOf(answer.text), status, answer.text);
  assertAnswers(asked, readRaw(answer.text), exchange.source);
  if (house.transport === "udp") assert.equal(answer.port, replyPort(asked, exchange.source), "the port of the answer");
  return answer.text;
}

/** It arrives once, changed as a proxy may change it, and its answer comes back. */
async function checkForwarded(
  house: TortureHouse,
  expected: Expectation,
  exchange: Exchange,
  original: string,
): Promise<void> {
  const { downstream, transport, addresses } = house;
  const method = original.slice(0, original.indexOf(" "));
  const ofMethod = (name: string): DownstreamRequest[] => downstream.requests.filter((one) => one.method === name);
  const answer = await finalAnswer(house, exchange, original, method === "INVITE" ? 486 : 200);
  const [forwarded, ...others] = ofMethod(method);
  assert.ok(forwarded !== undefined);
  assert.deepEqual(others, [], "one copy reaches the next hop");
  const requestUri = forwardedUri(house, expected, original);
  assertPermittedCopy(original, forwarded.text, {
    sender: exchange.source,
    onStream: transport === "tcp",
    addresses,
    ...(requestUri === undefined ? {} : { requestUri }),
    ...(expected.forward === "route taken off" ? { ownRoutes: 1 } : {}),
  });
  // §16.7 step 3: the next hop's answer without the proxy's Via.
  const [ownVia, ...below] = linesNamed(forwarded.raw, "via").map(({ text }) => text);
  assert.deepEqual(
    linesNamed(readRaw(answer), "via").map(({ text }) => text),
    below,
  );
  if (method === "INVITE") {
    const ack = await waitUntil(() => ofMethod("ACK")[0], { what: "the ACK at the next hop", everyMs });
    assert.equal(linesNamed(ack.raw, "via")[0]?.text, ownVia, "§17.1.1.3: the ACK has the INVITE's Via");
  }
}

/** The contact of the user that the message names; `undefined` when the Request-URI is to stay. */
function forwardedUri(house: TortureHouse, { forward }: Expectation, original: string): string | undefined {
  if (forward !== "contact") return undefined;
  const user = /^\S+ sip:([^@]+)@/.exec(original)?.[1] ?? "";
  // A password is no part of the name.
  return house.downstream.contactOf(user.startsWith("1_unusual") ? user.slice(0, user.indexOf(":")) : user);
}

/** On a stream the messages after it show that it was read to its end. */
async function checkSilence(house: TortureHouse, exchange: Exchange): Promise<void> {
  if (house.transport === "udp") await assertAlive(house);
  else await ping(exchange);
  const others = exchange.arrivals.filter(({ text }) => !text.includes("\r\nCall-ID: ping-"));
  assert.deepEqual(others, [], "nothing is answered");
}

/** From another port, or by another connection. */
export async function assertAlive(house: TortureHouse): Promise<void> {
  const upstream = house.upstream("rfc4475");
  await using exchange = await upstream.open(house.placeFor(upstream));
  await ping(exchange);
}

let pings = 0;

async function ping(exchange: Exchange): Promise<void> {
  const callId = `ping-${++pings}`;
  const { address, port } = exchange.source;
  const text = [
    `OPTIONS sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address.includes(":") ? `[${address}]` : address}:${port};rport;branch=z9hG4bK${callId}`,
    "Max-Forwards: 70",
    `From: <sip:ping@${domain}>;tag=${callId}`,
    `To: <sip:${domain}>`,
    `Call-ID: ${callId}`,
    "CSeq: 1 OPTIONS",
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
  exchange.send(text);
  const isAnswer = ({ text: came }: Arrival): boolean => plain(fieldValue(readRaw(came), "call-id")) === callId;
  const answer = await waitUntil(() => exchange.arrivals.find(isAnswer), { what: "the answer to OPTIONS", everyMs });
  assert.equal(statusOf(answer.text), 200);
}

/** What a stream still needs for the message that it has begun with. */
function missingOctets(octets: string): string {
  const { body, lines } = readRaw(octets);
  if (!octets.includes("\r\n\r\n")) return "\r\n";
  const length = Number(lines.find(({ name }) => name === "content-length")?.value);
  return "x".repeat(length - body.length);
}

const counted = ["transactions.serverTransactions", "transactions.clientTransactions", "proxy.contexts"] as const;

/** Every transaction ends by itself, and every context with it. */
export async function assertNothingHeld({ server }: TortureHouse): Promise<void> {
  let held = "";
  const isEmpty = async (): Promise<boolean> => {
    const { body } = await server.api("GET", "process");
    const { total } = body as { readonly total: Readonly<Record<string, number>> };
    held = counted.map((name) => `${name} ${total[name]}`).join(", ");
    return counted.every((name) => total[name] === 0);
  };
  try {
    await waitUntil(isEmpty, { what: "the end of every transaction", everyMs: 50, timeoutMs: 10 * transactionLifeMs });
  } catch (error) {
    throw new Error(`still held: ${held}`, { cause: error });
  }
}
