/** SIPp scenarios of other projects through the server, eight at a time. */

import { after, before, describe, test } from "node:test";
import { nothingLeft } from "../../interop/rig/leak-check.ts";
import { missing } from "../../interop/rig/programs.ts";
import { cases } from "./cases.ts";
import { runCase } from "./run-case.ts";
import { caseName, isHere, moreScenarios } from "./sipp-case.ts";
import { type SippHouse, startSippHouse } from "./sipp-house.ts";

const here = cases.filter(isHere);
const elsewhere = cases.length - here.length;
if (elsewhere > 0) {
  const where = moreScenarios ?? "TRAPEZOID_SIPP_SCENARIOS, which names no folder";
  console.log(`${elsewhere} pairs of SIPp scenarios are left out: they are not in ${where}`);
}

/** Each user that a scenario calls by name is in one call at a time. */
const busy = new Map<string, Promise<void>>();

async function alone(user: string | undefined, run: () => Promise<void>): Promise<void> {
  if (user === undefined) return run();
  const before = busy.get(user);
  const running = (async () => {
    await before?.catch(() => {});
    await run();
  })();
  busy.set(user, running);
  await running;
}

describe("SIPp scenarios of other projects", { concurrency: 8, skip: missing("sipp") }, () => {
  let house: SippHouse;
  before(async () => {
    const named = here.flatMap(({ user }) => (user === undefined ? [] : [user]));
    house = await startSippHouse([...new Set(named), ...here.map((_, index) => `user-${index}`)]);
  });
  after(async () => {
    if (house === undefined) return;
    await using _ended = house;
    // However they ended: transactions end by their timers, and all else with them.
    await nothingLeft(house.server, 60_000);
  });
  here.forEach((it, index) => {
    test(caseName(it), () => alone(it.user, () => runCase(house, it, `user-${index}`)));
  });
});
