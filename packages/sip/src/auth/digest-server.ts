/** The server's side of digest authentication: makes challenges, judges credentials. RFC 3261 §22, RFC 7616, RFC 8760. */

import type { Clock } from "@trapezoid/base";
import { HeaderId } from "../message/header-id.ts";
import { quote, utf8Encode } from "../message/lexer.ts";
import type { SipRequest } from "../message/message.ts";
import { type Algorithm, algorithmNamed, algorithmTraits, allAlgorithms } from "./algorithm.ts";
import {
  type AllDigestSecrets,
  type DigestSecrets,
  type Qop,
  requestDigest,
  responseDigest,
  sessionSecret,
} from "./computation.ts";
import { type DigestParams, isDigest, parseDigestParams, plainText } from "./digest-params.ts";
import { type IsOwnHost, type UriCheck, uriMatches } from "./digest-uri.ts";
import { equalInConstantTime, type Hash, type HashName, octetText } from "./hash.ts";
import { NonceMaker } from "./nonce.ts";
import { createNonceTable, type NonceTable } from "./nonce-table.ts";
import { accepted, type DigestVerdict, refused } from "./verdict.ts";

export interface DigestServerOptions {
  readonly hash: Hash;
  readonly clock: Pick<Clock, "now">;
  /** At least 32 octets that only the servers of a house know; shared by its threads. */
  readonly secret: Uint8Array;
  /** 0 to 1295, as in branches and tags. Default 0. */
  readonly workerId?: number;
  /** How long a nonce is good. Default 300,000. */
  readonly nonceLifetimeMs?: number;
  /** Where used nonce counts are remembered; shared between threads or not. Default: one of 65,536 slots for this server alone. */
  readonly nonceTable?: NonceTable;
  /**
   * Honour nonces made with this secret for another table: by a process that was restarted, or by another machine. The
   * price: what was used there may be replayed here, once per table, for the rest of its life. Default false.
   */
  readonly foreignNonces?: boolean;
  /** Algorithms accepted without qop and nonce count (RFC 2069), each nonce once. Real phones do that with MD5. Default MD5. */
  readonly withoutQop?: readonly Algorithm[];
  /** How the uri parameter must relate to the Request-URI. Default "user-and-host". */
  readonly uriCheck?: UriCheck;
}

export interface ChallengeOptions {
  readonly realm: string;
  /** One header field each, in this order: the preferred one first (RFC 8760 §2.3). */
  readonly algorithms: readonly Algorithm[];
  /** The credentials were right but their nonce was not: the client need not ask for the password again. */
  readonly stale?: boolean;
  readonly opaque?: string;
  /** Whom the challenge goes to: the address. Default: nobody in particular. */
  readonly peer?: string;
}

export interface VerifyOptions {
  readonly header: "Authorization" | "Proxy-Authorization";
  /** Ours: never what the request says. */
  readonly realm: string;
  /**
   * The secrets of a user in this realm; `undefined` when there is no such user. `isOfPeer`: the nonce was given to `peer`, so the
   * request is from where it seems to be.
   */
  readonly secretsFor: (user: string, isOfPeer: boolean) => DigestSecrets | undefined;
  /** Who sent the request, as in the challenge. */
  readonly peer?: string;
  /** Default: all. */
  readonly allowedAlgorithms?: readonly Algorithm[];
  /** With it, credentials whose uri names this server instead of the Request-URI are accepted (RFC 3261 §22.4 step 6). Default: none are. */
  readonly isOwnHost?: IsOwnHost;
}

export interface DigestServer {
  /** Values of WWW-Authenticate or Proxy-Authenticate, one for each algorithm. */
  challenge(options: ChallengeOptions): string[];
  /** Judges the credentials of a request. Never throws on what a peer sent. */
  verify(request: SipRequest, options: VerifyOptions): DigestVerdict;
}

export function createDigestServer(options: DigestServerOptions): DigestServer {
  return new StandardDigestServer(options);
}

const noncesForever = "any";

class StandardDigestServer implements DigestServer {
  readonly #hash: Hash;
  readonly #clock: Pick<Clock, "now">;
  readonly #lifetimeMs: number;
  readonly #table: NonceTable;
  readonly #nonces: NonceMaker;
  readonly #withoutQop: readonly Algorithm[];
  readonly #uriCheck: UriCheck;
  readonly #nobody: AllDigestSecrets;
  // The last H(A2) with qop=auth: registrations to one domain all have the same.
  #a2Hash: HashName | undefined = undefined;
  #a2Method = "";
  #a2Uri = "";
  #a2Digest = "";

  constructor(options: DigestServerOptions) {
    const { hash, secret } = options;
    if (secret.length < 32) throw new TypeError(`a digest secret has at least 32 octets, got ${secret.length}`);
    this.#hash = hash;
    this.#clock = options.clock;
    this.#lifetimeMs = options.nonceLifetimeMs ?? 300_000;
    this.#table = options.nonceTable ?? createNonceTable(hash.random);
    const table = options.foreignNonces === true ? noncesForever : this.#table.id;
    this.#nonces = new NonceMaker(hash, secret, table, options.workerId ?? 0);
    this.#withoutQop = options.withoutQop ?? ["MD5"];
    this.#uriCheck = options.uriCheck ?? "user-and-host";
    // Nobody's secrets: what unknown users are measured against, so that they take as long as known ones.
    const text = `${octetText(secret)}:nobody`;
    this.#nobody = { md5: hash.md5(text), sha256: hash.sha256(text), sha512_256: hash.sha512_256(text) };
  }

  challenge(options: ChallengeOptions): string[] {
    const { realm, algorithms, stale, opaque, peer } = options;
    if (algorithms.length === 0) throw new TypeError("a challenge needs an algorithm");
    const nonce = this.#nonces.make(this.#clock.now(), peer);
    // RFC 8760 §2.6 step 8: qop is always sent.
    let shared = `Digest realm=${quote(realm)}, nonce="${nonce}", qop="auth"`;
    if (opaque !== undefined) shared += `, opaque=${quote(opaque)}`;
    if (stale === true) shared += ", stale=true";
    return algorithms.map((algorithm) => `${shared}, algorithm=${algorithm}`);
  }

  verify(request: SipRequest, options: VerifyOptions): DigestVerdict {
    const allowed = options.allowedAlgorithms ?? allAlgorithms;
    let verdict: DigestVerdict | undefined;
    const id = HeaderId[options.header];
    // RFC 3261 §22.3: credentials for several realms stand in header fields of their own; ours is one of them.
    for (let line = request.findLine(id); line !== -1; line = request.findLine(id, line + 1)) {
      const value = request.lineValue(line);
      if (!isDigest(value)) continue;
      const parsed = parseDigestParams(value, 6);
      if (!parsed.ok) {
        verdict ??= refused("malformed", parsed.error.message);
        continue;
      }
      const params = parsed.value;
      if (params.realm === undefined) {
        verdict ??= refused("malformed", "realm is missing");
        continue;
      }
      if (params.realm !== utf8Encode(options.realm) && plainText(params.realm) !== options.realm) {
        verdict ??= refused("wrong-realm", `credentials for the realm ${params.realm}`);
        continue;
      }
      const algorithm = algorithmNamed(params.algorithm);
      if (algorithm === undefined || !allowed.includes(algorithm)) {
        verdict = refused("unknown-algorithm", `credentials with ${params.algorithm ?? "MD5"}, which is not offered`);
        continue;
      }
      return this.#judge(request, params, algorithm, options);
    }
    return verdict ?? refused("none", `no ${options.header}`);
  }

  #judge(request: SipRequest, params: DigestParams, algorithm: Algorithm, options: VerifyOptions): DigestVerdict {
    const { username, nonce, uri, response } = params;
    if (username === undefined || nonce === undefined || uri === undefined || response === undefined) {
      return refused("malformed", "username, nonce, uri or response is missing");
    }
    // RFC 8760 §2.7: empty values come from a client that has not been challenged yet.
    if (nonce === "" || response === "") return refused("none", "credentials without a nonce or response");
    const traits = algorithmTraits[algorithm];
    if (response.length !== traits.digestLength) return refused("malformed", `response has ${response.length} digits`);
    const qop = qopOf(params.qop);
    if (qop === null) return refused("malformed", `qop is ${params.qop}, expected auth or auth-int`);
    const nc = countOf(params.nc);
    const cnonce = params.cnonce ?? "";
    if (qop !== undefined && (nc === undefined || cnonce === "")) {
      return refused("malformed", "nc or cnonce is missing or wrong");
    }
    if (traits.session && cnonce === "") return refused("malformed", "cnonce is missing");
    if (qop === undefined && !this.#withoutQop.includes(algorithm)) {
      return refused("malformed", `qop is missing, which is not accepted with ${algorithm}`);
    }

    const made = this.#nonces.read(nonce, options.peer);
    if (made === undefined) return refused("stale", "the nonce is none of ours");
    const age = this.#clock.now() - made.issuedAt;
    if (age >= this.#lifetimeMs || age <= -this.#lifetimeMs) return refused("stale", "the nonce is too old");
    if (!uriMatches(this.#uriCheck, uri, request, options.isOwnHost)) {
      return refused("wrong-uri", `credentials for ${uri} in a request to ${request.requestUri}`);
    }

    const user = plainText(username);
    // RFC 7616 §3.4.4: a hashed user name is nobody's, since we never ask for one.
    const secrets = params.userhash?.toLowerCase() === "true" ? undefined : options.secretsFor(user, made.isOfPeer);
    const name = traits.hash;
    const known = secrets?.[name];
    let ha1 = known ?? this.#nobody[name];
    if (traits.session) ha1 = sessionSecret(this.#hash, name, ha1, nonce, cnonce);
    const ha2 = this.#requestDigest(name, request, uri, qop);
    const expected = responseDigest(this.#hash, name, ha1, nonce, params.nc ?? "", cnonce, qop, ha2);
    if (!equalInConstantTime(expected, response) || known === undefined) {
      if (secrets === undefined) return refused("unknown-user", `there is no user ${user}`, user);
      if (known === undefined) return refused("wrong-password", `${user} has no secret for ${algorithm}`, user);
      return refused("wrong-password", `wrong password for ${user}`, user);
    }
    // Only now: a stranger's request leaves no trace in the table.
    const slot = made.serial & (this.#table.slots - 1);
    const use = this.#table.use(slot, made.issuedAt, made.serial, nc ?? 0, qop === undefined);
    if (use === "accepted") return accepted(user, algorithm, qop, nc ?? 0, nonce);
    if (use === "used") return refused("replay", `nonce count ${params.nc ?? "none"} was used before`, user);
    return refused("stale", "another nonce has taken the place of this one", user);
  }

  #requestDigest(name: HashName, request: SipRequest, uri: string, qop: Qop | undefined): string {
    if (qop === "auth-int") return requestDigest(this.#hash, name, request.method, uri, qop, request.body);
    if (this.#a2Hash !== name || this.#a2Uri !== uri || this.#a2Method !== request.method) {
      this.#a2Digest = requestDigest(this.#hash, name, request.method, uri, qop, "");
      this.#a2Hash = name;
      this.#a2Uri = uri;
      this.#a2Method = request.method;
    }
    return this.#a2Digest;
  }
}

/** `undefined`: absent; `null`: none that we know. */
function qopOf(text: string | undefined): Qop | undefined | null {
  if (text === undefined || text === "auth" || text === "auth-int") return text;
  const lower = text.toLowerCase();
  return lower === "auth" || lower === "auth-int" ? lower : null;
}

/** The nonce count of one to eight hexadecimal digits. */
function countOf(text: string | undefined): number | undefined {
  if (text === undefined || text.length === 0 || text.length > 8) return undefined;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = Number.parseInt(text[i]!, 16);
    if (Number.isNaN(digit)) return undefined;
    count = count * 16 + digit;
  }
  return count;
}
