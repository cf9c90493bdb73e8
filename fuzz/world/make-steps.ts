/** Input N of a seed, as a scenario. */

import { changeDraft } from "../input/change-message.ts";
import type { Corpus } from "../input/corpus.ts";
import { type Draft, settleLength, textOf } from "../input/draft.ts";
import { makeMessage } from "../input/messages.ts";
import type { Random } from "../input/random.ts";
import type { Step } from "./steps.ts";

/** Hosts 10.0.0.2 and up. */
export const peerCount = 4;

/** Where requests are for, and what else depends on the kind of server. */
export interface Scenery {
  /** The kinds of house that a scenario may be played in; those that are named twice more often. */
  readonly houses?: readonly string[];
  readonly uris: readonly string[];
  /** The Request-URI of a REGISTER that is let in, where there is a registrar. */
  readonly registrar?: string;
  readonly from: readonly string[];
  /** Further header lines that a request may have. */
  readonly lines: readonly string[];
  readonly methods: readonly string[];
}

const statuses = [
  100, 180, 183, 180, 200, 200, 200, 202, 301, 302, 401, 407, 404, 480, 481, 486, 487, 491, 500, 503, 600, 603,
];

export function makeSteps(random: Random, index: number, corpus: Corpus, scenery: Scenery): Step[] {
  const steps: Step[] = [];
  if (scenery.houses !== undefined) steps.push({ do: "house", name: random.pick(scenery.houses) });
  if (random.chance(0.15)) {
    steps.push({
      do: "links",
      loss: random.pick([0, 0.1, 0.4]),
      twice: random.pick([0, 0.3]),
      late: random.pick([0, 0.3]),
    });
  }
  if (scenery.houses !== undefined) {
    // Without somebody who is let in, little but challenges would be seen.
    for (let nth = 0; random.chance(0.6); nth += 2) {
      const peer = random.int(peerCount);
      const text = makeRequest(random, peer, corpus, scenery, true);
      steps.push({ do: "send", peer, by: random.chance(0.7) ? "udp" : "tcp", text }, { do: "login", nth, change: 0 });
    }
  }
  const count = 3 + random.int(random.chance(0.1) ? 40 : 14);
  for (let n = 0; n < count; n++) steps.push(makeStep(random, index * 64 + n, corpus, scenery));
  if (random.chance(0.04)) steps.splice(random.int(steps.length) + 1, 0, { do: "shut" });
  // The call's four steps stand anywhere among the others.
  for (let n = 0; n < 4; n++) steps.splice(1 + random.int(steps.length), 0, { do: "call" });
  return steps;
}

function makeStep(random: Random, index: number, corpus: Corpus, scenery: Scenery): Step {
  const peer = random.int(peerCount);
  const nth = random.int(16);
  const change = random.chance(0.25) ? 1 + random.int(1_000_000) : 0;
  switch (random.int(16)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return {
        do: "send",
        peer,
        by: random.chance(0.7) ? "udp" : "tcp",
        text: makeRequest(random, peer, corpus, scenery),
      };
    case 4:
      return { do: "send", peer, by: random.chance(0.7) ? "udp" : "tcp", text: makeMessage(random, index, corpus) };
    case 5:
    case 6:
    case 7:
    case 8:
      return { do: "answer", nth, status: random.chance(0.9) ? random.pick(statuses) : 100 + random.int(600), change };
    case 9:
      if (scenery.houses !== undefined && random.chance(0.8))
        return { do: "login", nth, change: random.chance(0.1) ? change : 0 };
      return { do: "again", nth, times: 1 + random.small(20) };
    case 10:
    case 11:
    case 12:
      return {
        do: "follow",
        nth,
        method: random.pick(["CANCEL", "CANCEL", "ACK", "ACK", "BYE", "PRACK", "UPDATE", "INVITE"]),
        times: 1 + random.small(20),
        change,
      };
    case 13:
      if (random.chance(0.15)) return { do: "sleep", ms: random.pick([10_000, 100_000, 10_000_000]) };
      return { do: "wait", ms: random.pick([1, 100, 500, 4_000, 32_000, 40_000, 200_000]) };
    case 14:
      if (scenery.houses !== undefined && random.chance(0.3)) {
        return { do: "configure", name: random.pick(scenery.houses) };
      }
      return random.chance(0.5) ? { do: "close", peer } : { do: random.chance(0.4) ? "cut" : "mend", peer };
    default:
      return { do: "wait", ms: random.int(50) };
  }
}

/** A request that might do: few branches and calls, so that they meet. */
function makeRequest(random: Random, peer: number, corpus: Corpus, scenery: Scenery, isSound = false): string {
  const { uris, from, lines, methods } = scenery;
  const method = random.chance(0.4) ? "INVITE" : random.pick(methods);
  const call = random.int(3);
  const cseq = 1 + random.int(3);
  const host = `10.0.0.${peer + 2}`;
  const sender = random.pick(from);
  const isRegister = isSound && method === "REGISTER" && scenery.registrar !== undefined;
  const uri = isRegister ? scenery.registrar : random.pick(uris);
  const draft: Draft = {
    start: `${method} ${uri} SIP/2.0`,
    lines: [
      `Via: SIP/2.0/${random.pick(["UDP", "UDP", "TCP"])} ${host}:5060;branch=z9hG4bKfuzz${random.int(5)}${random.pick(["", ";rport"])}`,
      `Max-Forwards: ${isSound ? 70 : random.pick([70, 70, 70, 1, 0, 255])}`,
      `From: <${sender}>;tag=f${call}`,
      `To: <${isRegister ? sender : random.pick(uris)}>${!isSound && random.chance(0.2) ? ";tag=t" : ""}`,
      `Call-ID: fuzz-${call}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:u${peer}@${host}:5060${random.pick(["", ";transport=tcp"])}>`,
    ],
    body: random.chance(0.2) ? random.pick(corpus.seeds).draft.body : "",
  };
  while (!isSound && random.chance(0.3)) draft.lines.splice(random.int(draft.lines.length + 1), 0, random.pick(lines));
  settleLength(draft);
  if (!isSound && random.chance(0.5)) changeDraft(random, draft, corpus);
  return textOf(draft);
}
