/** What holds when a scenario has ended, whatever it was. RFC 3261 §16.6, §17.1.1.3. */

import { law, shown } from "../laws/law.ts";
import type { Peer } from "./peer.ts";
import { SentRequests } from "./unchanged.ts";
import type { World } from "./world.ts";

export function checkNothingLeft(world: World): void {
  for (const [what, count] of Object.entries(world.held())) {
    law(count === 0, `nothing is left when everything has ended: ${what}`, () => String(count));
  }
  for (const { closeListeners, id } of world.server.connections) {
    law(closeListeners === 0, "nobody waits for the end of a connection for ever", () => id);
  }
  checkNumbers(world.counters(), "");
}

/** Counters are whole and not negative. */
function checkNumbers(counters: object, path: string): void {
  for (const [name, value] of Object.entries(counters) as [string, unknown][]) {
    if (typeof value === "number") {
      law(Number.isInteger(value) && value >= 0, `a counter counts: ${path}${name}`, () => String(value));
    } else if (typeof value === "object" && value !== null) checkNumbers(value, `${path}${name}.`);
  }
}

/** `texts`: all that peers have sent. An answer that says ACK in its CSeq is to another method's request that said so. */
export function checkAcks(peers: readonly Peer[], texts: readonly string[]): void {
  const answered = peers.flatMap(({ responses }) => responses).find(({ message }) => message.cseq?.method === "ACK");
  if (answered === undefined) return;
  const isMistaken = (text: string): boolean => !/^\s*ACK /.test(text) && /ACK/.test(text);
  law(texts.some(isMistaken), "an ACK is never answered (§17.1.1.3)", () => shown(answered.message.text, 400));
}

export function checkForwarded(peers: readonly Peer[], texts: readonly string[]): void {
  const sent = new SentRequests(texts);
  for (const { requests } of peers) {
    for (const { message } of requests) {
      // The proxy's own: CANCELs of branches, ACKs to failures.
      if (message.method === "CANCEL" || message.method === "ACK") continue;
      law(sent.has(message), "a proxy leaves alone what it need not change (§16.6)", () => shown(message.text, 600));
    }
  }
}
