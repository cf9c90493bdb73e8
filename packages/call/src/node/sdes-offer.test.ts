import assert from "node:assert/strict";
import { test } from "node:test";
import type { SecuritySettings } from "@trapezoid/sdp";
import { CallError } from "../errors.ts";
import { SdesOffer } from "./sdes-offer.ts";

const suitesOf = (settings: SecuritySettings | undefined): string[] | undefined =>
  settings?.sdes?.keys.map(({ suite }) => suite);

test("proposed, one suite is offered; demanded, five; taken is every one (RFC 4568 §6.2)", () => {
  assert.deepEqual(suitesOf(new SdesOffer({ srtp: "offer" }).inOffer(undefined)), ["AES_CM_128_HMAC_SHA1_80"]);
  assert.equal(suitesOf(new SdesOffer({ srtp: "required" }).inOffer(undefined))!.length, 5);
  assert.equal(suitesOf(new SdesOffer().inAnswer())!.length, 8);
  assert.equal(new SdesOffer({ srtp: "off" }).inAnswer(), undefined);
});

test("suites that were chosen are offered in their order, and no other is taken", () => {
  const srtpSuites = ["AEAD_AES_256_GCM", "aes_cm_128_hmac_sha1_32"];
  for (const srtp of ["offer", "required"] as const) {
    const sdes = new SdesOffer({ srtp, srtpSuites });
    assert.deepEqual(suitesOf(sdes.inOffer(undefined)), ["AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_32"]);
    assert.deepEqual(suitesOf(sdes.inAnswer()), ["AEAD_AES_256_GCM", "AES_CM_128_HMAC_SHA1_32"]);
  }
});

test("what is in force is offered again, with the same key (RFC 4568 §7.1.4)", () => {
  const sdes = new SdesOffer({ srtp: "required" });
  const key = (settings: SecuritySettings | undefined, suite: string): string | undefined =>
    settings?.sdes?.keys.find((one) => one.suite === suite)?.keySalt;
  const first = key(sdes.inOffer(undefined), "AEAD_AES_128_GCM");
  const again = sdes.inOffer({ suite: "AEAD_AES_128_GCM", protocol: "RTP/SAVP" });
  assert.deepEqual(suitesOf(again), ["AEAD_AES_128_GCM"]);
  assert.equal(key(again, "AEAD_AES_128_GCM"), first);
});

test("where ZRTP is wanted, SDES is offered by request alone, and taken from those who have no ZRTP (RFC 6189 §8)", () => {
  const yielding = new SdesOffer({ zrtp: true });
  assert.equal(yielding.inOffer(undefined), undefined);
  assert.equal(yielding.inAnswer(true), undefined);
  assert.equal(suitesOf(yielding.inAnswer(false))!.length, 8);
  // What is in force goes on.
  assert.deepEqual(suitesOf(yielding.inOffer({ suite: "AEAD_AES_128_GCM", protocol: "RTP/AVP" })), [
    "AEAD_AES_128_GCM",
  ]);
  const asked = new SdesOffer({ zrtp: "required", srtp: "offer" });
  assert.equal(suitesOf(asked.inOffer(undefined))!.length, 1);
  assert.equal(new SdesOffer({ zrtp: false }).inOffer(undefined)?.required, false);
});

test("a suite that there is not is named at once", () => {
  assert.throws(() => new SdesOffer({ srtpSuites: ["ROT13"] }), CallError);
});
