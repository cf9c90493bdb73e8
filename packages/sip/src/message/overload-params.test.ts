import assert from "node:assert/strict";
import { test } from "node:test";
import {
  askForLoss,
  asksForLoss,
  formatLoss,
  overloadOf,
  overloadParamsAt,
  withOverloadParams,
} from "./overload-params.ts";
import { parseVia } from "./via.ts";

const base = "SIP/2.0/UDP p1.example.net;branch=z9hG4bK2d4790.1";

function read(params: string) {
  const via = parseVia(`${base}${params}`);
  assert.ok(via.ok);
  return via.value;
}

function told(params: string) {
  const result = overloadOf(read(params));
  assert.ok(result?.ok, params);
  return result.value;
}

test("what a client asks and what a server answers are read (RFC 7339 §6)", () => {
  assert.deepEqual(told(';oc;oc-algo="loss,A"'), {
    oc: true,
    algorithms: ["loss", "a"],
    validityMs: 500,
    sequence: undefined,
  });
  assert.deepEqual(told(';received=192.0.2.111;oc=20;oc-algo="loss";oc-validity=700;oc-seq=1282321615.782'), {
    oc: 20,
    algorithms: ["loss"],
    validityMs: 700,
    sequence: 1282321615.782,
  });
  assert.deepEqual(told(";OC=0;oc-Algo=loss;oc-validity=0"), {
    oc: 0,
    algorithms: ["loss"],
    validityMs: 0,
    sequence: undefined,
  });
  assert.equal(overloadOf(read(";ocx=5;rport")), undefined);
});

test("an oc-seq without a point is read, what is no number is a fault (RFC 7339 §9)", () => {
  assert.equal(told(";oc=1;oc-seq=17").sequence, 17);
  for (const params of [
    ";oc=-1",
    ";oc=ten",
    ";oc=1.5",
    ";oc=5;oc-validity=soon",
    ";oc=5;oc-seq=1.2.3",
    ";oc=5;oc-seq=.5",
  ]) {
    assert.equal(overloadOf(read(params))?.ok, false, params);
  }
});

test("a Via asks when it has oc without a value and names the algorithm loss (RFC 7339 §5.1)", () => {
  assert.equal(asksForLoss(read(askForLoss)), true);
  assert.equal(asksForLoss(read(';oc;oc-algo="rate,loss"')), true);
  assert.equal(asksForLoss(read(';oc;oc-algo="rate"')), false);
  assert.equal(asksForLoss(read(";oc")), false);
  assert.equal(asksForLoss(read(';oc=0;oc-algo="loss"')), false);
  assert.equal(asksForLoss(read("")), false);
});

const answer = formatLoss(20, 500, "1282321615.782");

test("an answer takes the place of the question in the topmost Via, and of nothing else", () => {
  const lower = "Via: SIP/2.0/UDP far.example.net;branch=z9hG4bKf;oc\r\n";
  for (const [via, expected] of [
    [`Via: ${base}${askForLoss}\r\n`, `Via: ${base}${answer}\r\n`],
    [
      `v:${base};oc ;rport=5060; oc-algo = "loss" ;received=192.0.2.1 \r\n`,
      `v:${base} ;rport=5060 ;received=192.0.2.1${answer} \r\n`,
    ],
    [`Via: ${base};oc=99;oc-seq=1.0;oc-validity=9;x="a;oc=5,"\r\n`, `Via: ${base};x="a;oc=5,"${answer}\r\n`],
    [`Via: ${base};oc , SIP/2.0/TCP b;oc=4\r\n`, `Via: ${base}${answer} , SIP/2.0/TCP b;oc=4\r\n`],
    [`Via: ${base};oc\r\n ;oc-algo="loss"\r\n`, `Via: ${base}${answer}\r\n`],
    ["VIA: SIP/2.0/UDP host\r\n", `VIA: SIP/2.0/UDP host${answer}\r\n`],
  ] as const) {
    const rest = `${lower}To: <sip:a@b>;oc=1\r\n\r\nbody;oc`;
    assert.equal(withOverloadParams(`SIP/2.0 200 OK\r\n${via}${rest}`, answer), `SIP/2.0 200 OK\r\n${expected}${rest}`);
  }
});

test("without an answer the question goes; a message without a Via stays as it is", () => {
  const text = `SIP/2.0 200 OK\r\nVia: ${base}${askForLoss}\r\n\r\n`;
  assert.equal(withOverloadParams(text, ""), `SIP/2.0 200 OK\r\nVia: ${base}\r\n\r\n`);
  for (const without of ["SIP/2.0 200 OK\r\n\r\n", "SIP/2.0 200 OK\r\nVersion: 1\r\n\r\nVia: x;oc", "", "Via: x;oc"]) {
    assert.equal(withOverloadParams(without, answer), without);
  }
});

test("what is written is read again", () => {
  const { oc, algorithms, validityMs, sequence } = told(answer);
  assert.deepEqual([oc, algorithms, validityMs, sequence], [20, ["loss"], 500, 1282321615.782]);
});

test("the places of the parameters are whole, each with its semicolon", () => {
  const text = `${base};oc;rport;oc-algo="a,b";q`;
  assert.deepEqual(
    overloadParamsAt(text, 0, text.length).map(({ start, end }) => text.slice(start, end)),
    [";oc", ';oc-algo="a,b"'],
  );
});
