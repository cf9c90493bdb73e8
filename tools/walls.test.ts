import assert from "node:assert/strict";
import test from "node:test";
import { importsOf } from "./imports.ts";
import { checkWalls } from "./walls.ts";

function faultsOf(files: Readonly<Record<string, string>>): string[] {
  return checkWalls(new Map(Object.entries(files)));
}

test("imports go down: an upper floor may use every floor below it", () => {
  const faults = faultsOf({
    "packages/base/src/result.ts": "export const ok = 1;\n",
    "packages/sip/src/message/uri.ts": 'import { ok } from "@trapezoid/base";\n',
    "packages/sip/src/proxy/core.ts":
      'import type { Uri } from "../message/uri.ts";\nimport { ok } from "@trapezoid/base";\nimport { x } from "../auth/x.ts";\n',
    "apps/server/src/registrar/x.ts": 'import { parseUri } from "@trapezoid/sip/message";\n',
  });
  assert.deepEqual(faults, []);
});

test("imports never go up, not for types either", () => {
  const faults = faultsOf({
    "packages/sip/src/message/uri.ts": 'import type { Flow } from "../transport/contract.ts";\n',
    "packages/sip/src/transport/x.ts": '\nimport { proxy } from "@trapezoid/sip/proxy";\n',
    "packages/base/src/x.ts": 'export { y } from "@trapezoid/stun";\n',
  });
  assert.deepEqual(faults, [
    "packages/sip/src/message/uri.ts:1: sip/message may not import sip/transport (../transport/contract.ts)",
    "packages/sip/src/transport/x.ts:2: sip/transport may not import sip/proxy (@trapezoid/sip/proxy)",
    "packages/base/src/x.ts:1: base may not import stun (@trapezoid/stun)",
  ]);
});

test("neighbours on one floor stay apart", () => {
  const faults = faultsOf({ "packages/sip/src/auth/x.ts": 'import { y } from "../transport/y.ts";\n' });
  assert.equal(faults.length, 1);
});

test("folders that run in browsers import no node: module and name no Buffer, their node files excepted", () => {
  const faults = faultsOf({
    "packages/sip/src/auth/digest.ts":
      'import { createHash } from "node:crypto";\nexport const x = Buffer.from("a");\n// Buffer in a comment\nexport const y = "Buffer";\n',
    "packages/sip/src/auth/node.ts": 'import { createHash } from "node:crypto";\nexport const x = Buffer.from("a");\n',
    "packages/sip/src/transport/node/udp.ts": 'import { createSocket } from "node:dgram";\n',
    "packages/sip/src/transport/browser/ws.ts": 'import { x } from "../node/udp.ts";\n',
  });
  assert.deepEqual(faults, [
    "packages/sip/src/auth/digest.ts:1: node:crypto in a folder that runs in browsers",
    "packages/sip/src/auth/digest.ts:2: Buffer in a folder that runs in browsers; use Uint8Array",
    "packages/sip/src/transport/browser/ws.ts:1: ../node/udp.ts needs Node, in a folder that runs in browsers",
  ]);
});

test("server domains see store contracts, not drivers", () => {
  const faults = faultsOf({
    "apps/server/src/store/contract.ts": "export interface A {}\n",
    "apps/server/src/store/sqlite.ts": 'import { DatabaseSync } from "node:sqlite";\n',
    "apps/server/src/registrar/a.ts": 'import { open } from "../store/sqlite.ts";\n',
    "apps/server/src/registrar/b.ts": 'import type { A } from "../store/contract.ts";\n',
    "apps/server/src/registrar/c.ts": 'import { DatabaseSync } from "node:sqlite";\n',
  });
  assert.deepEqual(faults, [
    "apps/server/src/registrar/a.ts:1: registrar sees the store's contracts, not sqlite.ts",
    "apps/server/src/registrar/c.ts:1: node:sqlite is the store's business; go through its contract",
  ]);
});

test("the testkit is for tests; the server passes on testRoute alone", () => {
  const faults = faultsOf({
    "apps/server/src/index.ts": 'export { testRoute } from "@trapezoid/testkit";\n',
    "apps/server/src/x.ts": 'import { fakeClock } from "@trapezoid/testkit";\n',
    "apps/server/src/x.test.ts": 'import { fakeClock } from "@trapezoid/testkit";\n',
    "packages/sip/src/proxy/core.test.ts": 'import { fakeClock } from "@trapezoid/testkit";\n',
  });
  assert.deepEqual(faults, [
    "apps/server/src/x.ts:1: the testkit is for tests; only testRoute may be passed on by the server",
  ]);
});

test("a circle is named from file to file, through type imports too", () => {
  const faults = faultsOf({
    "packages/base/src/a.ts": 'import type { B } from "./b.ts";\n',
    "packages/base/src/b.ts": 'import { c } from "./c.ts";\n',
    "packages/base/src/c.ts": 'import { a } from "./a.ts";\n',
  });
  assert.deepEqual(faults, [
    "imports run in a circle: packages/base/src/a.ts → packages/base/src/b.ts → packages/base/src/c.ts → packages/base/src/a.ts",
  ]);
});

test("importsOf() finds every form and skips comments", () => {
  const source = `
/* import { no } from "./no.ts"; */
// import { no } from "./no.ts";
import one, { two, type Three } from "./one.ts";
import * as all from "./all.ts";
import "./effect.ts";
export * from "./passed.ts";
export {
  type Four,
  five as six,
} from "./multi.ts";
const lazy = await import("./lazy.ts");
const worker = new URL("./worker.ts", import.meta.url);
const resolved = import.meta.resolve("#worker");
`;
  assert.deepEqual(
    importsOf(source).map((one) => [one.specifier, one.line, one.names.join()]),
    [
      ["./one.ts", 4, "two,Three"],
      ["./all.ts", 5, ""],
      ["./effect.ts", 6, ""],
      ["./passed.ts", 7, ""],
      ["./multi.ts", 8, "Four,five"],
      ["./lazy.ts", 12, ""],
      ["./worker.ts", 13, ""],
      ["#worker", 14, ""],
    ],
  );
});
