import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultAlgorithms, type ZrtpAlgorithms } from "./algorithms.ts";
import { errorCodes } from "./error-codes.ts";
import type { HelloLists } from "./hello.ts";
import { choose, judge, withMandatory } from "./negotiation.ts";

const none: HelloLists = { hashes: [], ciphers: [], authTags: [], agreements: [], sasTypes: [] };
const own = withMandatory(defaultAlgorithms);

function agreementOf(ours: ZrtpAlgorithms["agreements"], theirs: readonly string[]): string {
  const algorithms = withMandatory({ ...defaultAlgorithms, agreements: ours });
  return choose(algorithms, { ...none, agreements: theirs, hashes: ["S384"] }).agreement;
}

test("of the two first choices in common the faster one is taken (RFC 6189 §4.1.2)", () => {
  // The example of the section, from both sides.
  assert.equal(agreementOf(["DH2k", "DH3k", "EC25"], ["EC38", "EC25", "DH3k"]), "EC25");
  assert.equal(agreementOf(["EC38", "EC25", "DH3k"], ["DH2k", "DH3k", "EC25"]), "EC25");
  assert.equal(agreementOf(["EC38", "DH3k"], ["EC38", "DH3k"]), "EC38");
  assert.equal(agreementOf(["X255", "DH3k"], ["DH2k", "DH3k"]), "DH3k");
});

test("a count of zero means what is mandatory, and unknown names mean nothing (RFC 6189 §5.2)", () => {
  assert.deepEqual(choose(own, none), { hash: "S256", cipher: "AES1", authTag: "HS80", agreement: "DH3k", sas: "B32" });
  const strange = { ...none, ciphers: ["2FS3"], authTags: ["SK64"], agreements: ["KYB1", "X255"] };
  assert.equal(choose(own, strange).agreement, "X255");
  assert.equal(choose(own, strange).cipher, "AES1");
});

test("EC38 goes with S384 and with AES3 where both can (RFC 6189 §5.1.5)", () => {
  const ours = withMandatory({ ...defaultAlgorithms, agreements: ["EC38"] });
  const theirs = { ...none, agreements: ["EC38"], hashes: ["S256", "S384"], ciphers: ["AES1", "AES3"] };
  const chosen = choose(ours, theirs);
  assert.deepEqual([chosen.agreement, chosen.hash, chosen.cipher], ["EC38", "S384", "AES3"]);
  assert.equal(choose(ours, { ...theirs, ciphers: [] }).cipher, "AES1");
  // Without S384 it is not possible.
  assert.equal(choose(ours, { ...theirs, hashes: ["S256"] }).agreement, "DH3k");
});

test("a responder names what it cannot do (RFC 6189 §5.9)", () => {
  const right = { hash: "S256", cipher: "AES1", authTag: "HS32", agreement: "DH3k", sas: "B32" };
  assert.deepEqual(judge(own, right), right);
  assert.equal(judge(own, { ...right, hash: "N256" }), errorCodes.hash);
  assert.equal(judge(own, { ...right, cipher: "2FS1" }), errorCodes.cipher);
  assert.equal(judge(own, { ...right, authTag: "SK32" }), errorCodes.authTag);
  assert.equal(judge(own, { ...right, agreement: "EC52" }), errorCodes.agreement);
  assert.equal(judge(own, { ...right, sas: "B64" }), errorCodes.sas);
  assert.equal(judge(own, { ...right, agreement: "EC38" }), errorCodes.hash);
  assert.equal(judge(own, { ...right, agreement: "Prsh" }), errorCodes.noSharedSecret);
  assert.equal(judge(withMandatory({ ...defaultAlgorithms, ciphers: [] }), { ...right, cipher: "AES3" }), 0x52);
});
