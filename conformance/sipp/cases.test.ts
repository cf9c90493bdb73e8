import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { agentCases } from "../agent-scenarios/cases/index.ts";
import { cases } from "./cases.ts";
import { scenariosIn } from "./scenario-folders.ts";
import { caseName, moreScenarios, scenarioFile } from "./sipp-case.ts";

const carried = path.join(import.meta.dirname, "scenarios");
const [, ...others] = readFileSync(new URL("others.tsv", import.meta.url), "utf8")
  .trim()
  .split("\n");
const notRun = others.map((row) => row.split("\t")[0]!);
const run = new Set(cases.flatMap(({ caller, callee }) => (callee === undefined ? [caller] : [caller, callee])));

const runsForAgent = new Set(agentCases.map(({ scenario }) => scenario));

test("no pair is there twice", () => {
  const names = cases.map(caseName);
  assert.equal(new Set(names).size, names.length);
});

test("a scenario runs or is listed with what it needs, and not both", () => {
  assert.deepEqual(
    notRun.filter((scenario) => run.has(scenario)),
    [],
  );
  assert.equal(new Set(notRun).size, notRun.length);
  for (const row of others) assert.equal(row.split("\t").filter((cell) => cell !== "").length, 3, row);
});

test("every scenario that is carried along runs, and its own text allows that", () => {
  for (const scenario of scenariosIn(carried)) {
    assert.ok(run.has(scenario) || runsForAgent.has(scenario), `${scenario} is in no case`);
    assert.doesNotMatch(readFileSync(path.join(carried, scenario), "latin1"), /General Public|GPL/, scenario);
  }
});

test("scenarios of ours are all used and all there", () => {
  const ours = [...run].filter((scenario) => /^(?:peers|interop)\//.test(scenario));
  for (const scenario of ours) assert.ok(existsSync(scenarioFile(scenario)!), scenario);
  for (const file of scenariosIn(path.join(import.meta.dirname, "peers"))) assert.ok(run.has(`peers/${file}`), file);
});

const more = moreScenarios;
if (more !== undefined) {
  test("nothing in the folder of further scenarios is forgotten", () => {
    const known = new Set([...run, ...notRun]);
    assert.deepEqual(
      scenariosIn(more).filter((scenario) => !known.has(scenario)),
      [],
    );
  });
}
