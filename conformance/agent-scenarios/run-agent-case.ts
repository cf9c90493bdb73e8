/** Runs one scenario against a user agent of ours. */

import assert from "node:assert/strict";
import { type Sipp, type SippCounts, startSipp } from "../../interop/rig/sipp.ts";
import { scenarioFile } from "../sipp/sipp-case.ts";
import type { AgentCase } from "./agent-case.ts";
import { firstFault } from "./first-fault.ts";
import { Stage } from "./stage.ts";

/** No scenario takes longer; what takes so long has hung. */
const timeoutSeconds = 100;

export async function runAgentCase(it: AgentCase): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await play(it);
    } catch (error) {
      if (it.throwsDice !== true || attempt > 1) throw error;
    }
  }
}

async function play(it: AgentCase): Promise<void> {
  const { role, transport = "udp", host = "127.0.0.1" } = it;
  await using stage = await Stage.open({
    host,
    transport,
    ...(role.identity === undefined ? {} : { identity: role.identity }),
    agent: (opened) => role.agent?.(opened) ?? {},
  });
  await using sipp = await startSipp(optionsOf(it, stage));
  stage.peer = { address: host, port: sipp.port };
  await role.begin?.(stage);
  const counts = await sipp.finished();
  if (it.notApplicable !== undefined) {
    assert.notEqual(counts.status, 0, "it passes, though the table says why it cannot");
    assert.match(words(sipp, counts), it.notApplicable[0]);
    return;
  }
  assert.equal(counts.status, 0, words(sipp, counts));
  if (it.leavesCall !== true) await stage.settled();
  await role.check?.(stage);
  assert.deepEqual(stage.errors, [], "exceptions in our agent");
}

function optionsOf(it: AgentCase, stage: Stage): Parameters<typeof startSipp>[0] {
  const put = (text: string): string => text.replaceAll("AGENT", stage.address);
  const sets = Object.entries(it.set ?? {}).flatMap(([name, value]) => ["-set", name, put(value)]);
  const keys = Object.entries(it.keys ?? {}).flatMap(([name, value]) => ["-key", name, value]);
  return {
    scenario: scenarioFile(it.scenario)!,
    ...(it.role.begin === undefined ? { remote: stage.address } : {}),
    host: stage.host,
    transport: stage.transport,
    calls: it.calls ?? 1,
    timeoutSeconds,
    ...(it.fields === undefined ? {} : { fields: { order: "SEQUENTIAL", lines: [put(it.fields)] } as const }),
    ...(it.files === undefined ? {} : { files: it.files }),
    args: ["-s", it.user ?? "service", "-au", "alice", "-ap", "secret", ...sets, ...keys, ...(it.args ?? [])],
  };
}

function words(sipp: Sipp, { status, errors }: SippCounts): string {
  const fault = firstFault(errors, sipp.process.stdout);
  if (fault === undefined) return `exit status ${status}\n${errors || sipp.process.tail()}`;
  return `exit status ${status}; SIPp expected ${fault.expected} and got ${fault.received ?? "nothing"}\n${errors}`;
}
