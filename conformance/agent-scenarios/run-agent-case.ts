/** Runs one scenario against a user agent of ours. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { freePorts } from "../../interop/rig/ports.ts";
import { type Sipp, type SippCounts, startSipp } from "../../interop/rig/sipp.ts";
import { pause } from "../../interop/rig/wait.ts";
import { scenarioFile } from "../sipp/sipp-case.ts";
import type { AgentCase } from "./agent-case.ts";
import { firstFault } from "./first-fault.ts";
import { openStage } from "./open-stage.ts";
import type { Stage } from "./stage.ts";

/** No scenario takes longer; what takes so long has hung. */
const defaultTimeoutMs = 100_000;
/** For one side to end after the other. */
const graceMs = 3_000;

export async function runAgentCase(it: AgentCase): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await play(it);
    } catch (error) {
      // Another process may have taken the port since it was found free.
      const isUnlucky = it.throwsDice === true || /Unable to bind/.test(String(error));
      if (!isUnlucky || attempt > 1) throw error;
    }
  }
}

async function play(it: AgentCase): Promise<void> {
  const { role, transport = "udp", host = "127.0.0.1" } = it;
  await using stage = await openStage(role, host, transport);
  await using peers = new AsyncDisposableStack();
  const sipps = await startSipps(it, stage);
  for (const one of sipps) peers.use(one);
  const [sipp] = sipps as [Sipp, ...Sipp[]];
  stage.peer = { address: host, port: sipp.port };
  const ours = role.begin?.(stage).then(
    () => "",
    (error: unknown) => `our agent: ${error}\n`,
  );
  const counts = await endOf(sipp, ours);
  const fault = await Promise.race([ours ?? "", pause(graceMs).then(() => "our agent has not come to its end\n")]);
  const { exitStatus = 0 } = it;
  if (it.notApplicable !== undefined) {
    assert.notEqual(counts.status, exitStatus, "it passes, though the table says why it cannot");
    assert.match(fault + (await words(it.scenario, sipp, counts)), it.notApplicable[0]);
    return;
  }
  assert.equal(counts.status, exitStatus, fault + (await words(it.scenario, sipp, counts)));
  assert.equal(fault, "");
  for (const twin of sipps.slice(1)) {
    const ended = await twin.finished();
    assert.equal(ended.status, exitStatus, await words(it.twin!, twin, ended));
  }
  if (it.leavesCall !== true) await stage.settled();
  await role.check?.(stage);
  assert.deepEqual(stage.errors, [], "exceptions in our agent");
}

/** Its last counts; where our side gave up, as of soon afterwards: its word is wanted, too. */
async function endOf(sipp: Sipp, ours: Promise<string> | undefined): Promise<SippCounts> {
  if (ours === undefined) return sipp.finished();
  const gaveUp = ours.then((fault) => (fault === "" ? sipp.finished() : pause(graceMs).then(() => sipp.counts())));
  return Promise.race([sipp.finished(), gaveUp]);
}

/** The scenario's, and its twin's after it. */
async function startSipps(it: AgentCase, stage: Stage): Promise<Sipp[]> {
  if (it.twin === undefined) return [await startScenario(it, it.scenario, stage, [])];
  const between = ["-3pcc", `127.0.0.1:${await freePorts()}`];
  // It waits for the other one before it begins.
  const twin = startScenario(it, it.twin, stage, between);
  await pause(500);
  return Promise.all([startScenario(it, it.scenario, stage, between), twin]);
}

function startScenario(it: AgentCase, scenario: string, stage: Stage, more: readonly string[]): Promise<Sipp> {
  const [agentHost, agentPort] = stage.address.split(/:(?=\d+$)/) as [string, string];
  const put = (text: string): string =>
    text.replaceAll("AGENT_HOST", agentHost).replaceAll("AGENT_PORT", agentPort).replaceAll("AGENT", stage.address);
  const sets = Object.entries(it.set ?? {}).flatMap(([name, value]) => ["-set", name, put(value)]);
  const keys = Object.entries(it.keys ?? {}).flatMap(([name, value]) => ["-key", name, value]);
  return startSipp({
    scenario: scenarioFile(scenario)!,
    ...(it.role.begin === undefined ? { remote: stage.address } : {}),
    host: stage.host,
    transport: stage.transport,
    calls: it.calls ?? 1,
    timeoutSeconds: (it.timeoutMs ?? defaultTimeoutMs) / 1_000,
    ...(it.fields === undefined ? {} : { fields: { order: "SEQUENTIAL", lines: [put(it.fields)] } as const }),
    ...(it.files === undefined ? {} : { files: it.files }),
    args: ["-s", it.user ?? "service", "-au", "alice", "-ap", "secret", ...sets, ...keys, ...(it.args ?? []), ...more],
  });
}

async function words(scenario: string, sipp: Sipp, { status, errors }: SippCounts): Promise<string> {
  const fault = firstFault(errors, sipp.process.stdout, await readFile(scenarioFile(scenario)!, "latin1"));
  if (fault === undefined) return `exit status ${status}\n${errors || sipp.process.tail()}`;
  return `exit status ${status}; SIPp expected ${fault.expected} and got ${fault.received ?? "nothing"}\n${errors}`;
}
