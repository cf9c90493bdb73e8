/** An authority in memory for tests: RFC 8555 as far as a client of it can tell, refusing what is not signed as it should be. */

import { createPublicKey, verify, type webcrypto } from "node:crypto";
import type { Clock } from "@trapezoid/base";
import type { TestAuthority } from "../../../packages/sip/test/transport/certificates.ts";
import type { AcmeReply, AcmeSend } from "../src/acme/http-port.ts";
import type { ChallengePort, PendingChallenge } from "../src/acme/issue.ts";

const base = "https://authority.test";

interface SignedHeader {
  readonly alg: string;
  readonly nonce: string;
  readonly url: string;
  readonly jwk?: webcrypto.JsonWebKey;
  readonly kid?: string;
}

export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class FakeAuthority {
  /** `POST /new-order` and the like, in order. */
  readonly asked: string[] = [];
  /** What the account was made with. */
  readonly accounts: Record<string, unknown>[] = [];
  /** Taken off and told in place of the next answers; `undefined` lets one pass. */
  readonly refusals: (Refusal | undefined)[] = [];
  /** What the server was asked to answer, and what is looked at. */
  presented: readonly PendingChallenge[] | undefined;
  withdrawn = 0;
  orders = 0;
  lifeMs = 90 * 86_400_000;
  /** Told when a challenge was looked at; undefined: it was right. */
  fault: string | undefined;
  /** How often an order and its parts are still in progress when they are looked at. */
  slowness = 1;
  isDown = false;
  readonly #authority: TestAuthority;
  readonly #clock: Clock;
  #key: webcrypto.JsonWebKey | undefined;
  #nonces = new Set<string>();
  #made = 0;
  #names: readonly string[] = [];
  #isValidated = false;
  #looks = 0;
  #chain: string | undefined;

  constructor(authority: TestAuthority, clock: Clock) {
    this.#authority = authority;
    this.#clock = clock;
  }

  readonly directory = `${base}/directory`;

  readonly port: ChallengePort = {
    present: async (challenges) => {
      this.presented = challenges;
    },
    withdraw: async () => {
      this.presented = undefined;
      this.withdrawn++;
    },
  };

  forgetAccounts(): void {
    this.#key = undefined;
  }

  readonly send: AcmeSend = async (method, url, body) => {
    if (this.isDown) throw new Error("connection refused");
    const path = url.slice(base.length);
    if (path === "/directory") {
      const [newNonce, newAccount, newOrder] = ["/nonce", "/account", "/new-order"].map((one) => base + one);
      return json(200, { newNonce, newAccount, newOrder });
    }
    if (method === "HEAD") return { status: 200, headers: { "replay-nonce": this.#nonce() }, body: "" };
    const jws = JSON.parse(body!) as {
      readonly protected: string;
      readonly payload: string;
      readonly signature: string;
    };
    const header = decode<SignedHeader>(jws.protected);
    const reply = await this.#post(path, header, jws);
    return { ...reply, headers: { ...reply.headers, "replay-nonce": this.#nonce() } };
  };

  async #post(
    path: string,
    header: SignedHeader,
    jws: { readonly protected: string; readonly payload: string; readonly signature: string },
  ): Promise<AcmeReply> {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refused(refusal);
    if (!this.#nonces.delete(header.nonce)) return refused({ status: 400, type: "badNonce", detail: "used before" });
    const jwk = header.kid === undefined ? header.jwk : this.#key;
    if (jwk === undefined) return refused({ status: 400, type: "accountDoesNotExist", detail: "nobody here" });
    const data = Buffer.from(`${jws.protected}.${jws.payload}`);
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" } as const;
    const isSigned = verify("sha256", data, key, Buffer.from(jws.signature, "base64url"));
    if (!isSigned || header.alg !== "ES256" || header.url !== base + path)
      return refused({ status: 400, type: "malformed", detail: "not signed as it should be" });
    this.asked.push(path);
    const payload = jws.payload === "" ? {} : decode<Record<string, unknown>>(jws.payload);
    switch (path) {
      case "/account":
        this.#key = jwk;
        this.accounts.push(payload);
        return json(201, { status: "valid" }, { location: `${base}/account/1` });
      case "/new-order":
        return this.#newOrder(payload);
      case "/order":
        return json(200, this.#order());
      case "/challenge":
        this.#isValidated = this.fault === undefined && this.presented !== undefined;
        return json(200, { status: "processing" });
      case "/finalize": {
        const csr = Buffer.from(String(payload.csr), "base64url");
        const now = this.#clock.now();
        this.#chain = `${await this.#authority.certify(csr, now, now + this.lifeMs)}\n${this.#authority.ca}`;
        return json(200, this.#order());
      }
      case "/certificate":
        return { status: 200, headers: {}, body: this.#chain! };
      default:
        return json(200, this.#authorization(decodeURIComponent(path.slice("/authorization/".length))));
    }
  }

  #newOrder(payload: Record<string, unknown>): AcmeReply {
    this.orders++;
    this.#isValidated = false;
    this.#chain = undefined;
    this.#looks = 0;
    this.#names = (payload.identifiers as { readonly value: string }[]).map(({ value }) => value);
    return json(201, this.#order(), { location: `${base}/order` });
  }

  #order(): object {
    const status = this.#chain !== undefined ? "valid" : this.#isValidated ? "ready" : "pending";
    const authorizations = this.#names.map((name) => `${base}/authorization/${name}`);
    return { status, authorizations, finalize: `${base}/finalize`, certificate: `${base}/certificate` };
  }

  #authorization(name: string): object {
    const isLookedAt =
      this.asked.includes("/challenge") && this.presented !== undefined && ++this.#looks > this.slowness;
    const error =
      this.fault === undefined ? {} : { error: { type: "urn:ietf:params:acme:error:connection", detail: this.fault } };
    const status = !isLookedAt ? "pending" : this.fault === undefined ? "valid" : "invalid";
    const challenges = ["http-01", "tls-alpn-01"].map((type) => ({
      type,
      url: `${base}/challenge`,
      token: `t-${name}`,
      ...error,
    }));
    return { status, identifier: { type: "dns", value: name }, challenges };
  }

  #nonce(): string {
    const nonce = `nonce-${++this.#made}`;
    this.#nonces.add(nonce);
    return nonce;
  }
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): AcmeReply {
  return { status, headers, body: JSON.stringify(body) };
}

function refused({ status, type, detail, headers = {} }: Refusal): AcmeReply {
  return json(status, { type: `urn:ietf:params:acme:error:${type}`, detail }, headers);
}

function decode<T>(text: string): T {
  return JSON.parse(Buffer.from(text, "base64url").toString()) as T;
}
