/** One realm's challenge as a client holds it: the nonce, how often it was used, the secret. RFC 7616 §3.6, RFC 3261 §22. */

import { quote, utf8Encode } from "../message/lexer.ts";
import { type Algorithm, algorithmTraits } from "./algorithm.ts";
import {
  type DigestSecrets,
  digestSecret,
  type Qop,
  requestDigest,
  responseDigest,
  sessionSecret,
} from "./computation.ts";
import type { DigestParams } from "./digest-params.ts";
import { type Hash, hexText } from "./hash.ts";

/** Who a client is in a realm: with a password, or with the secrets made of it. */
export type DigestAccount =
  | { readonly user: string; readonly password: string }
  | { readonly user: string; readonly secrets: DigestSecrets };

/** What goes into a digest of a request. */
export interface DigestRequest {
  readonly method: string;
  /** The Request-URI as it is sent. */
  readonly uri: string;
  /** One character per octet. */
  readonly body?: string;
}

/** A challenge that can be answered: ours in scheme, algorithm and qop. */
export interface AnswerableChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: Algorithm;
  /** Whether the challenge named it; then the answer does too. */
  readonly algorithmNamed: boolean;
  readonly qop: Qop | undefined;
  readonly stale: boolean;
  readonly userhash: boolean;
}

export class DigestSession {
  readonly challenge: AnswerableChallenge;
  readonly #hash: Hash;
  readonly #account: DigestAccount;
  readonly #secret: string;
  #nonce: string;
  #cnonce: string;
  #count = 0;
  /** Whether a request with this nonce has been let through. */
  proven = false;
  /** Stale nonces in a row before this one. */
  readonly staleInARow: number;

  /** @param secret HA1 for the challenge's algorithm, from `secretOf`. */
  constructor(hash: Hash, challenge: AnswerableChallenge, account: DigestAccount, secret: string, staleInARow: number) {
    this.#hash = hash;
    this.challenge = challenge;
    this.#account = account;
    this.#secret = secret;
    this.#nonce = challenge.nonce;
    this.#cnonce = hexText(hash.random(8));
    this.staleInARow = staleInARow;
  }

  get nonce(): string {
    return this.#nonce;
  }

  /** The value of Authorization or Proxy-Authorization for one more request. */
  authorize(request: DigestRequest): string {
    const { realm, opaque, algorithm, qop, userhash } = this.challenge;
    const hash = this.#hash;
    const name = algorithmTraits[algorithm].hash;
    this.#count++;
    const nc = this.#count.toString(16).padStart(8, "0");
    const ha2 = requestDigest(hash, name, request.method, request.uri, qop, request.body ?? "");
    const response = responseDigest(hash, name, this.#ha1(), this.#nonce, nc, this.#cnonce, qop, ha2);
    const user = this.#account.user;
    // RFC 7616 §3.4.4: when the server asks for it, the name is sent hashed.
    const username = userhash ? hash[name](`${utf8Encode(user)}:${utf8Encode(realm)}`) : user;
    // RFC 8760 §2.6 step 2: uri in quotation marks.
    let value = `Digest username=${quote(username)}, realm=${quote(realm)}, nonce="${this.#nonce}", uri="${request.uri}", response="${response}"`;
    if (this.challenge.algorithmNamed) value += `, algorithm=${algorithm}`;
    if (qop !== undefined) value += `, cnonce="${this.#cnonce}", qop=${qop}, nc=${nc}`;
    else if (algorithmTraits[algorithm].session) value += `, cnonce="${this.#cnonce}"`;
    if (opaque !== undefined) value += `, opaque="${opaque}"`;
    if (userhash) value += ", userhash=true";
    return value;
  }

  /** RFC 7616 §3.5: takes over `nextnonce`; the result says whether `rspauth` proves that the server knows our secret, `undefined` without one. */
  authenticationInfo(info: DigestParams, request: DigestRequest, body: string): boolean | undefined {
    let proof: boolean | undefined;
    if (info.rspauth !== undefined) {
      const name = algorithmTraits[this.challenge.algorithm].hash;
      const qop = info.qop === "auth" || info.qop === "auth-int" ? info.qop : this.challenge.qop;
      const nc = info.nc ?? this.#count.toString(16).padStart(8, "0");
      const ha2 = requestDigest(this.#hash, name, "", request.uri, qop, body);
      const expected = responseDigest(this.#hash, name, this.#ha1(), this.#nonce, nc, this.#cnonce, qop, ha2);
      proof = info.rspauth === expected && (info.cnonce === undefined || info.cnonce === this.#cnonce);
    }
    if (info.nextnonce !== undefined && info.nextnonce !== this.#nonce) {
      this.#nonce = info.nextnonce;
      this.#cnonce = hexText(this.#hash.random(8));
      this.#count = 0;
    }
    return proof;
  }

  #ha1(): string {
    const { hash: name, session } = algorithmTraits[this.challenge.algorithm];
    return session ? sessionSecret(this.#hash, name, this.#secret, this.#nonce, this.#cnonce) : this.#secret;
  }
}

/** HA1 of an account for an algorithm; `undefined` when the account has only secrets of other algorithms. */
export function secretOf(hash: Hash, account: DigestAccount, realm: string, algorithm: Algorithm): string | undefined {
  const name = algorithmTraits[algorithm].hash;
  return "secrets" in account ? account.secrets[name] : digestSecret(hash, name, account.user, realm, account.password);
}
