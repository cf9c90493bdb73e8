import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { loadCorpus } from "./input/corpus.ts";
import { draftOf, textOf } from "./input/draft.ts";
import { Random, seedNumber } from "./input/random.ts";
import { LawBroken, signatureOf } from "./laws/law.ts";
import { countValues, readPlainly } from "./laws/reference.ts";
import { planted } from "./planted/planted.ts";
import { runAll, runNames, sharesOf } from "./run/all-targets.ts";
import { GrowthWatch } from "./run/growth.ts";
import { boundedShrink, shrinkList, shrinkText } from "./run/minimise.ts";
import { prove } from "./run/prove.ts";
import { readRegressions, replay, writeRegression } from "./run/regressions.ts";
import { runSlice } from "./run/slice.ts";
import type { Target } from "./targets/contract.ts";
import { openTarget, targetNames } from "./targets/targets.ts";

for (const name of targetNames) {
  test(`${name}: an input follows from seed and number, and is the same after being written to a file`, async () => {
    const one = await openTarget(name);
    const other = await openTarget(name);
    const seen = new Set<string>();
    for (let index = 0; index < 200; index++) {
      const input = one.make(7, index);
      assert.deepEqual(input, other.make(7, index));
      assert.deepEqual(one.decode(one.encode(input)), input);
      seen.add(JSON.stringify(input));
    }
    assert.ok(seen.size > 150, "inputs differ");
    assert.notDeepEqual(one.make(8, 3), one.make(7, 3), "another seed, another input");
  });
}

test("each seed message can be taken apart and put together again", () => {
  const { seeds } = loadCorpus();
  assert.ok(seeds.length > 150);
  for (const { name, text } of seeds) {
    if (text.includes("\r\n\r\n")) assert.equal(textOf(draftOf(text)), text, name);
  }
});

test("random numbers are spread evenly, and repeat for the same seed", () => {
  const counts = new Array<number>(10).fill(0);
  for (let index = 0; index < 20_000; index++) counts[new Random(1, index).int(10)]!++;
  for (const count of counts) assert.ok(count > 1800 && count < 2200, String(counts));
  assert.notEqual(seedNumber("a"), seedNumber("b"));
});

test("the plain reading unfolds, trims and counts values", () => {
  const { lines, body } = readPlainly("X y SIP/2.0\r\nA : b \r\n\t\r\n c\r\nl:3\r\n\r\nabc");
  assert.deepEqual(lines, [
    { name: "A", key: "accept-contact", value: "b c" },
    { name: "l", key: "content-length", value: "3" },
  ]);
  assert.equal(body, "abc");
  assert.deepEqual(
    ["", ",", "a", "a,", "a,,b", '"a,b",c', '"a\\",b"', "<a,b>,c", "<a,b", '"a,b'].map(countValues),
    [0, 0, 1, 1, 2, 2, 1, 2, 1, 1],
  );
});

test("an input is made as small as it can be and still fail", async () => {
  const fails = async (text: string): Promise<boolean> => text.includes("x") && text.includes("z");
  assert.equal(await shrinkText("one\r\ntwo x\r\nthree\r\nz four\r\n", fails), "xz");
  assert.deepEqual(await shrinkList([1, 2, 3, 4, 5], async (some) => some.includes(4)), [4]);
  const never = boundedShrink<string>(async () => true, { trials: 0 });
  assert.equal(await shrinkText("stays", never), "stays", "no more trials than are allowed");
});

test("growth that goes on is told from growth that ends, and from noise", () => {
  const after = (bytes: (round: number) => number): string | undefined => {
    const watch = new GrowthWatch(10_000);
    for (let round = 0; round < 30; round++) {
      const grown = watch.add(bytes(round));
      if (grown !== undefined) return grown;
    }
    return undefined;
  };
  const random = new Random(1, 1);
  const noise = (): number => random.int(200_000);
  assert.match(after((round) => round * 200_000) ?? "", /^20 octets an input/);
  assert.match(after((round) => round * 400_000 + noise()) ?? "", /octets an input/);
  assert.equal(after(noise), undefined);
  assert.equal(
    after((round) => Math.min(round, 5) * 1_000_000 + noise()),
    undefined,
  );
});

const broken: Target<number> = {
  name: "broken",
  make: (_seed, index) => index,
  run(input) {
    if (input % 10 === 3) throw new LawBroken("no threes", String(input));
    return input % 2 === 0 ? "even" : "odd";
  },
  budgetMs: () => 1000,
  encode: (input) => ({ octets: String(input), settings: {} }),
  decode: ({ octets }) => Number(octets),
  shrink: async (input, fails) => ((await fails(input % 10)) ? input % 10 : input),
};

test("a slice tells each broken law once, with its smallest input, and counts verdicts and repeats", async () => {
  const slice = {
    seed: "s",
    seedNumber: 1,
    from: 10,
    count: 30,
    milliseconds: Number.POSITIVE_INFINITY,
    growthEvery: 1000,
  };
  const { inputs, findings, repeats, verdicts } = await runSlice(broken, slice);
  assert.equal(inputs, 30);
  assert.deepEqual(
    findings.map(({ signature, index, octets }) => [signature, index, octets]),
    [["no threes", 13, "3"]],
  );
  assert.equal(repeats, 2);
  assert.deepEqual(
    [...verdicts],
    [
      ["even", 15],
      ["odd", 12],
    ],
  );
  const { findings: first, inputs: until } = await runSlice(broken, { ...slice, stopAtFirst: true, minimise: false });
  assert.deepEqual([first.length, until, first[0]!.octets], [1, 4, "13"]);
});

test("an exception is named by the function and file that threw", () => {
  let thrown: unknown;
  try {
    decodeURIComponent("%");
  } catch (error) {
    thrown = error;
  }
  assert.match(signatureOf(thrown), /^throws URIError in .* of fuzz\/harness\.test\.ts$/);
});

// The slow ones, and those that need a thread, are for `npm run fuzz`.
const quick = planted.filter(({ within }) => within <= 5_000);
for (const one of quick) {
  test(`planted bug ${one.name} is found: ${one.what}`, async () => {
    const { finding, inputs } = await prove(one);
    assert.ok(finding !== undefined, `not within ${inputs} inputs`);
  });
}

test("a finding becomes two files, which give back its octets and what it broke", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "fuzz-"));
  try {
    const octets = "OPTIONS sip:a SIP/2.0\r\nX: \0\x80\xff\r\n\r\n";
    const finding = {
      target: "framer",
      signature: "a law (RFC 3261 §7)",
      message: "",
      seed: "s",
      index: 4,
      octets,
      settings: { kind: "stream", cuts: "3 9", limit: "600" },
    };
    assert.equal(writeRegression(finding, folder), "framer-a-law");
    assert.equal(writeRegression(finding, folder), "framer-a-law-2");
    const [second, first] = readRegressions(folder);
    assert.deepEqual(second, { ...first, name: "framer-a-law-2" });
    assert.deepEqual([first!.octets, first!.law, first!.settings], [octets, finding.signature, finding.settings]);
    assert.equal(await replay(first!), undefined, "the product keeps the law");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the time is shared out among the targets that are chosen", () => {
  const shares = [...sharesOf(runNames).values()];
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-9);
});

test("a target that tried no input is told as not reached, and counts as a failure", async () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const options = { seconds: 0, seed: "s", from: 0, count: 10, threads: 1, write: false, print };
  assert.equal(await runAll({ ...options, names: ["parser", "framer"] }), 2);
  assert.equal(
    lines.filter((line) => line.includes("not reached") && line.includes("before the first input")).length,
    2,
  );
  assert.equal(lines.at(-1), "\n2 targets, 2 not reached, 0 inputs, 0 findings");
});
