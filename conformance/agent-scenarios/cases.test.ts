import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { scenariosIn } from "../sipp/scenario-folders.ts";
import { moreScenarios } from "../sipp/sipp-case.ts";
import { agentCaseName, runScenarios } from "./agent-case.ts";
import { agentCases } from "./cases/index.ts";
import { readOthers } from "./write-section.ts";

const others = readOthers();
const run = runScenarios(agentCases);

test("no case is there twice", () => {
  const names = agentCases.map(agentCaseName);
  assert.equal(new Set(names).size, names.length);
});

test("a scenario runs against our user agent or is listed with what it needs, and not both", () => {
  const notRun = others.map(({ scenario }) => scenario);
  assert.deepEqual(
    notRun.filter((scenario) => run.has(scenario)),
    [],
  );
  assert.equal(new Set(notRun).size, notRun.length);
  for (const { scenario, needs, why } of others) assert.ok(needs !== "" && why !== "", scenario);
});

test("what needs the server is in its own lists", () => {
  const lists = ["cases.ts", "others.tsv"].map((file) =>
    readFileSync(new URL(`../sipp/${file}`, import.meta.url), "utf8"),
  );
  for (const { scenario, needs } of others) {
    if (needs !== "server") continue;
    const name = scenario.replace(/^.*\/|\.xml$/g, "");
    assert.ok(
      lists.some((list) => list.includes(name)),
      scenario,
    );
  }
});

const more = moreScenarios;
if (more !== undefined) {
  test("nothing in the folder of further scenarios is forgotten", () => {
    const known = new Set([...run, ...others.map(({ scenario }) => scenario)]);
    assert.deepEqual(
      scenariosIn(more).filter((scenario) => !known.has(scenario)),
      [],
    );
  });
}
