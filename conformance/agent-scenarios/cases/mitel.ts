/** Scenarios of SIPp that play a phone of Mitel's, with keys for SRTP (RFC 4568) in an offer that does not demand it. */

import type { AgentCase } from "../agent-case.ts";
import { agreesOn } from "../roles/answering.ts";
import { builtin } from "./paths.ts";
import { patterns } from "./recordings.ts";

/** Versions of SIPp with SRTP make these by themselves. */
const key = (octet: number): string => Buffer.alloc(30, octet).toString("base64");
const keys: Readonly<Record<string, string>> = Object.fromEntries(
  [1, 2].flatMap((place) => [
    [`cryptotag${place}audio`, `${place}`],
    [`cryptokeyparams${place}audio`, key(place)],
    [`cryptosuiteaescm128sha180${place}audio`, "AES_CM_128_HMAC_SHA1_80"],
    [`cryptosuiteaescm128sha132${place}audio`, "AES_CM_128_HMAC_SHA1_32"],
    [`cryptosuitenullsha180${place}audio`, "NULL_HMAC_SHA1_80"],
    [`cryptosuitenullsha132${place}audio`, "NULL_HMAC_SHA1_32"],
    [`ueaescm128sha180${place}audio`, "UNENCRYPTED_SRTP"],
    [`ueaescm128sha132${place}audio`, "UNENCRYPTED_SRTP"],
  ]),
);

const one = (name: string, security: "sdes" | "none", codec = "PCMU"): AgentCase => ({
  scenario: builtin(`sipp_scenarios/pfca_uac_apattern_crypto_simple${name}`),
  role: agreesOn(codec, security),
  files: patterns("ulaw"),
  keys,
});

export const mitelCases: readonly AgentCase[] = [
  one("", "sdes"),
  one("_g711a", "sdes", "PCMA"),
  one("_g711u", "sdes"),
  one("_g722", "sdes", "G722"),
  one("_g729", "sdes"),
  ...["aescm128sha132", "aescm128sha180"].flatMap((suite) => [
    one(`_${suite}`, "sdes"),
    // RFC 4568 §6.3.2: what cannot be met makes the line unusable.
    one(`_${suite}_ue`, "none"),
    one(`_renegotiation_${suite}`, "sdes"),
  ]),
  // Suites that IANA does not know.
  ...["nullsha132", "nullsha180"].flatMap((suite) => [
    one(`_${suite}`, "none"),
    one(`_renegotiation_${suite}`, "none"),
  ]),
  one("_renegotiation", "sdes"),
  one("_renegotiation_reuse", "sdes"),
];
