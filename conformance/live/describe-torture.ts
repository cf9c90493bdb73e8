/** Every torture message as a test of a live server, over one transport. */

import { after, before, describe, test } from "node:test";
import { checkResponse, responseChecks } from "./response-check.ts";
import { checkMessage } from "./torture-check.ts";
import { startTortureHouse, type TortureHouse, type Transport } from "./torture-house.ts";
import { readVerdicts, suites, testName } from "./verdicts.ts";

export function describeTorture(transport: Transport): void {
  describe(`torture messages over ${transport.toUpperCase()}`, () => {
    let house: TortureHouse;
    before(async () => {
      house = await startTortureHouse(transport);
    });
    after(async () => {
      await house?.[Symbol.asyncDispose]();
    });
    for (const verdict of suites.flatMap(readVerdicts)) {
      test(testName(verdict, transport), async () => {
        await checkMessage(house, verdict);
      });
    }
    for (const check of responseChecks) {
      if (check.only !== undefined && check.only !== transport) continue;
      test(`${check.file} as an answer over ${transport.toUpperCase()} ${check.rule}`, () =>
        checkResponse(house, check));
    }
  });
}
