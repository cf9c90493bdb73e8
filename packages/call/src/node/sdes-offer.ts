/** Keys of a call for SDES: one for each suite, the same for as long as the call goes on. RFC 4568. */

import { randomBytes } from "node:crypto";
import { srtpSuite, srtpSuiteNames } from "@trapezoid/rtp";
import { profileOf, type SecuritySettings } from "@trapezoid/sdp";
import { CallError } from "../errors.ts";
import type { MediaProfile } from "../media-port.ts";

/** Few where encryption is only proposed: an INVITE of more than 1,300 octets may not go by UDP (RFC 3261 §18.1.1). */
const proposed = ["AES_CM_128_HMAC_SHA1_80"] as const;
const demanded = [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AEAD_AES_128_GCM",
  "AEAD_AES_256_GCM",
  "AES_256_CM_HMAC_SHA1_80",
] as const;

/** What is in force on the stream that is offered anew. */
export interface RunningSecurity {
  readonly suite: string;
  /** Of our m= line. */
  readonly protocol: string | undefined;
}

export class SdesOffer {
  readonly #mode: NonNullable<MediaProfile["srtp"]>;
  readonly #suites: readonly string[] | undefined;
  readonly #yieldsToZrtp: boolean;
  readonly #keySalts = new Map<string, string>();

  /** Throws a `CallError` for a suite that there is not. */
  constructor({ srtp, srtpSuites, zrtp }: Pick<MediaProfile, "srtp" | "srtpSuites" | "zrtp"> = {}) {
    this.#mode = srtp ?? "offer";
    // RFC 6189 §8: keys that the signalling does not see are what is wanted.
    this.#yieldsToZrtp = srtp === undefined && zrtp !== undefined && zrtp !== false;
    this.#suites = srtpSuites?.map(knownSuite);
  }

  get isOff(): boolean {
    return this.#mode === "off";
  }

  /** For an offer: once keys are in use, those are what is offered, under the same profile. */
  inOffer(running: RunningSecurity | undefined): SecuritySettings | undefined {
    if (this.#mode === "off" || (this.#yieldsToZrtp && running === undefined)) return undefined;
    const required = this.#mode === "required";
    if (running === undefined) return this.#settings(required, this.#suites ?? (required ? demanded : proposed));
    const isSecure = profileOf(running.protocol ?? "")?.secure === true;
    return this.#settings(required || isSecure, [running.suite]);
  }

  /** For an answer: every suite that we may take. `theyHaveZrtp`: their offer announces it. */
  inAnswer(theyHaveZrtp = false): SecuritySettings | undefined {
    if (this.#mode === "off" || (this.#yieldsToZrtp && theyHaveZrtp)) return undefined;
    return this.#settings(this.#mode === "required", this.#suites ?? srtpSuiteNames);
  }

  #settings(required: boolean, suites: readonly string[]): SecuritySettings {
    return { required, sdes: { keys: suites.map((suite) => ({ suite, keySalt: this.#keySalt(suite) })) } };
  }

  #keySalt(name: string): string {
    let keySalt = this.#keySalts.get(name);
    if (keySalt === undefined) {
      const { keyBytes, saltBytes } = srtpSuite(name)!;
      keySalt = randomBytes(keyBytes + saltBytes).toString("base64");
      this.#keySalts.set(name, keySalt);
    }
    return keySalt;
  }
}

function knownSuite(written: string): string {
  const suite = srtpSuite(written);
  if (suite !== undefined) return suite.name;
  throw new CallError("CALL_UNKNOWN_SUITE", `there is no suite ${written}; ${srtpSuiteNames.join(", ")} can be used`);
}
