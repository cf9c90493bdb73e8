/** Runs one pair of scenarios through the server. */

import assert from "node:assert/strict";
import { type Sipp, type SippCounts, startSipp } from "../../interop/rig/sipp.ts";
import { pause } from "../../interop/rig/wait.ts";
import { type SippCase, scenarioFile } from "./sipp-case.ts";
import { domain, password, type SippHouse } from "./sipp-house.ts";

/** No scenario takes longer; what takes so long has hung. */
const timeoutSeconds = 60;
/** For the callee to end after the caller. */
const calleeMs = 10_000;

export async function runCase(house: SippHouse, it: SippCase, ownUser: string): Promise<void> {
  const user = it.user ?? ownUser;
  const { transport = "udp", calleeTransport = transport } = it;
  await using peers = new AsyncDisposableStack();
  let callee: Sipp | undefined;
  if (it.callee !== undefined) {
    callee = peers.use(
      await startSipp({
        scenario: scenarioFile(it.callee)!,
        transport: calleeTransport,
        calls: 1,
        timeoutSeconds,
        ...(it.values === undefined ? {} : { values: it.values }),
      }),
    );
  }
  const contact = `sip:${user}@127.0.0.1:${callee?.port}${calleeTransport === "tcp" ? ";transport=tcp" : ""}`;
  await house.binder.bind(`${user}@${domain}`, callee === undefined ? undefined : contact);
  const server = house.server.at(transport);
  const put = (text: string): string =>
    text
      .replaceAll("USER", user)
      .replaceAll("CALLER", ownUser)
      .replaceAll("DOMAIN", domain)
      .replaceAll("SERVER", server)
      .replaceAll("CALLEE_PORT", `${callee?.port}`);
  const sets = Object.entries(it.set ?? {}).flatMap(([name, value]) => ["-set", name, put(value)]);
  const caller = peers.use(
    await startSipp({
      scenario: scenarioFile(it.caller)!,
      remote: server,
      transport,
      calls: 1,
      timeoutSeconds,
      ...(it.stranger ? { host: "127.0.0.2" } : {}),
      ...(it.fields === undefined ? {} : { fields: { order: "SEQUENTIAL", lines: [put(it.fields)] } as const }),
      values: { USER: ownUser, DOMAIN: domain, ...it.values },
      args: ["-s", user, "-au", ownUser, "-ap", password, ...sets],
    }),
  );
  const called = await caller.finished();
  if (it.fails !== undefined) {
    assert.notEqual(called.status, 0, "it passes, though the table says why it cannot");
    assert.match(called.errors, it.fails[0]);
    return;
  }
  if (called.status !== 0) {
    const other = callee === undefined ? "" : `\nthe callee: ${lastWords(callee, await callee.counts())}`;
    assert.fail(`the caller: ${lastWords(caller, called)}${other}`);
  }
  if (callee === undefined) return;
  const answered = await Promise.race([callee.finished(), pause(it.leavesCall ? 500 : calleeMs)]);
  if (answered === undefined && it.leavesCall) return;
  const counts = answered ?? (await callee.counts());
  assert.equal(counts.status, 0, `the callee: ${lastWords(callee, counts)}`);
}

function lastWords({ process }: Sipp, { status, errors }: SippCounts): string {
  return `exit status ${status}\n${errors || process.tail()}`;
}
