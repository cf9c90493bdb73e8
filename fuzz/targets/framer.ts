/** The framer of streams, WebSocket frames and STUN datagrams: pieces make what the whole makes, within bounds. RFC 3261 §18.3, RFC 7118 §5. */

import type { Framed } from "@trapezoid/sip/message";
import { frameToText, octetsToText, textToFrame, textToOctets } from "@trapezoid/sip/transport";
import { loadCorpus } from "../input/corpus.ts";
import { Random } from "../input/random.ts";
import { makeStream, type StreamInput } from "../input/streams.ts";
import { checkConnection, checkFrames } from "../laws/connection-laws.ts";
import { law, shown } from "../laws/law.ts";
import { checkDatagram } from "../laws/stun-laws.ts";
import type { Product } from "../product.ts";
import { shrinkList, shrinkText } from "../run/minimise.ts";
import type { Target } from "./contract.ts";

export function createFramerTarget(product: Product): Target<StreamInput> {
  const corpus = loadCorpus();
  return {
    name: "framer",
    make: (seed, index) => makeStream(new Random(seed, index), index, corpus),
    run: (input) => (input.kind === "stream" ? checkStream(input, product) : checkDatagram(textToOctets(input.octets))),
    budgetMs: () => 50,
    encode: ({ kind, octets, cuts, limit }) => ({
      octets,
      settings: { kind, cuts: cuts.join(" "), limit: String(limit) },
    }),
    decode: ({ octets, settings: { kind, cuts = "", limit } }) => ({
      kind: kind === "datagram" ? "datagram" : "stream",
      octets,
      cuts: cuts === "" ? [] : cuts.split(" ").map(Number),
      limit: Number(limit ?? 32_768),
    }),
    shrink: async (input, fails) => {
      const cuts = await shrinkList(input.cuts, (some) => fails({ ...input, cuts: some }));
      const octets = await shrinkText(input.octets, (text) => fails({ ...input, cuts, octets: text }));
      return { ...input, cuts, octets };
    },
  };
}

function checkStream({ octets, cuts, limit }: StreamInput, product: Product): string {
  const limits = { headerBytes: limit, bodyBytes: limit };
  const whole = product.createFramer(limits).push(octets);
  const framer = product.createFramer(limits);
  const pieces = piecesOf(octets, cuts);
  const framed: Framed[] = [];
  for (const piece of pieces) {
    framed.push(...framer.push(piece));
    law(
      framer.bufferedBytes <= 2 * limit,
      "a framer holds no more than its limits",
      () => `${framer.bufferedBytes} octets with a limit of ${limit}`,
    );
  }
  checkSame(whole, framed);
  checkOrder(whole, octets);
  for (const one of whole) if (one.kind === "message") checkFramed(one.text, product);
  checkConnection(pieces, framed, limit);
  checkFrames(pieces);
  checkFrame(octets);
  return [...new Set(whole.map(verdictOf))].sort().join(", ") || "nothing whole";
}

function piecesOf(octets: string, cuts: readonly number[]): string[] {
  const ends = [...cuts, octets.length];
  return ends.map((to, at) => octets.slice(ends[at - 1] ?? 0, to));
}

function verdictOf(framed: Framed): string {
  return framed.kind === "fault" ? framed.fault.code : framed.kind;
}

/** A single CRLF is told at once, which may be the first half of a ping: how many pongs there are depends on the pieces. */
function checkSame(whole: readonly Framed[], pieces: readonly Framed[]): void {
  const expected = whole.filter(({ kind }) => kind !== "pong").map(textOf);
  const found = pieces.filter(({ kind }) => kind !== "pong").map(textOf);
  for (let at = 0; at < Math.max(expected.length, found.length); at++) {
    law(
      expected[at] === found[at],
      "a stream in pieces gives what it gives whole",
      () => `${at}: ${shown(found[at])}, expected ${shown(expected[at])}`,
    );
  }
}

function textOf(framed: Framed): string {
  if (framed.kind === "message") return framed.text;
  return framed.kind === "fault" ? `${framed.fault.code} ${framed.head ?? ""}` : framed.kind;
}

/** Messages come out as they went in, in order, and only line ends lie between them. */
function checkOrder(framed: readonly Framed[], octets: string): void {
  let at = 0;
  for (const [n, one] of framed.entries()) {
    if (one.kind === "fault")
      law(n === framed.length - 1, "nothing comes after a fault", () => `${framed.length - n - 1} more`);
    if (one.kind !== "message") continue;
    while (octets.charCodeAt(at) === 13 || octets.charCodeAt(at) === 10) at++;
    const start = octets.startsWith(one.text, at) ? at : octets.indexOf(one.text, at - 4);
    law(start !== -1 && start <= at, "messages lie end to end in the stream", () => `${start}, expected ${at}`);
    at = start + one.text.length;
  }
}

/** Framer and parser agree on where the message ends: otherwise its end would be a second message to one of them. */
function checkFramed(text: string, product: Product): void {
  const parsed = product.parseMessage(text, { headerBytes: 40_000, headerCount: 100_000 });
  if (!parsed.ok) return;
  const message = parsed.value;
  const { syntaxFault } = message;
  // A faulty message is refused, wherever it ends; line ends in front of one are passed over (§7.5).
  if (syntaxFault === undefined) {
    law(
      message.text === text.replace(/^(?:\r\n)+/, ""),
      "a framed message is one message to the parser",
      () => `${message.text.length} of ${text.length}`,
    );
  }
  law(
    syntaxFault?.code !== "SIP_MSG_BODY_TOO_SHORT" && syntaxFault?.code !== "SIP_MSG_TRUNCATED",
    "a framed message is whole to the parser",
    () => `${syntaxFault?.code}: ${shown(text)}`,
  );
}

function checkFrame(octets: string): void {
  law(octetsToText(textToOctets(octets)) === octets, "octets are text and octets again", () => String(octets.length));
  const frame = textToFrame(octets);
  if (frame !== undefined)
    law(frameToText(frame) === octets, "a text frame brings the octets it was made of", () => shown(octets));
}
