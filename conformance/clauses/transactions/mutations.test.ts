/** Holds the rows to account: with any entry of the code's tables taken away, changed or shortened, one of them goes red. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inviteClientTable } from "../../../packages/sip/src/transaction/invite-client.ts";
import { inviteServerTable } from "../../../packages/sip/src/transaction/invite-server.ts";
import { nonInviteClientTable } from "../../../packages/sip/src/transaction/non-invite-client.ts";
import { nonInviteServerTable } from "../../../packages/sip/src/transaction/non-invite-server.ts";
import { playRow, restingRows } from "./play-rows.ts";
import { type Machine, machines, type Over } from "./rows.ts";
import { type Ways, waysInto } from "./ways.ts";

type Step = readonly string[];
type Table = Record<string, Record<string, Step | undefined>>;

const transports: readonly Over[] = ["udp", "tcp"];

const tables: Readonly<Record<string, object>> = {
  "INVITE client": inviteClientTable,
  "non-INVITE client": nonInviteClientTable,
  "INVITE server": inviteServerTable,
  "non-INVITE server": nonInviteServerTable,
};

/** Memory let go early: nobody sees it from outside but by the lack of a retransmission. */
const unseen: ReadonlySet<string> = new Set(["release", "releaseRequest", "releaseResponse"]);

/** An ACK that its flow would not take; a datagram of the virtual network always leaves. `lifecycle.test.ts` has it. */
const unreached: ReadonlySet<string> = new Set(["completed × transportError"]);

function* mutantsOf(
  state: string,
  step: Step,
  states: readonly string[],
): Generator<readonly [how: string, step: Step | undefined]> {
  const [next, ...effects] = step;
  // An entry that changes nothing says what a missing one means.
  if (next !== state || effects.length > 0) yield ["taken away", undefined];
  for (const other of states) if (other !== next) yield [`→ ${other}`, [other, ...effects]];
  for (const [at, effect] of effects.entries()) {
    if (!unseen.has(effect)) yield [`without ${effect}`, [next!, ...effects.toSpliced(at, 1)]];
  }
}

/** Rows of `state` first: they notice soonest. */
function isNoticed(machine: Machine, ways: Readonly<Record<Over, Ways>>, state?: string): boolean {
  try {
    for (const over of transports) {
      const rows = restingRows(machine, over, ways[over]);
      const first = rows.filter((row) => row.state === state);
      for (const row of new Set([...first, ...rows])) playRow(machine, over, row, ways[over]);
    }
  } catch {
    return true;
  }
  return false;
}

for (const machine of machines) {
  const table = tables[machine.name] as Table;
  test(`${machine.name}: no entry of the table changes unnoticed`, () => {
    const ways = { udp: waysInto(machine, "udp"), tcp: waysInto(machine, "tcp") };
    assert.equal(isNoticed(machine, ways), false, "the rows hold for the table as it is");
    const unnoticed: string[] = [];
    for (const [state, inputs] of Object.entries(table)) {
      for (const [input, step] of Object.entries(inputs)) {
        if (unreached.has(`${state} × ${input}`)) continue;
        for (const [how, mutant] of mutantsOf(state, step!, Object.keys(table))) {
          inputs[input] = mutant;
          if (!isNoticed(machine, ways, state)) unnoticed.push(`${state} × ${input} ${how}`);
          inputs[input] = step;
        }
      }
    }
    assert.deepEqual(unnoticed, []);
  });
}
