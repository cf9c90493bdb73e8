/** The client's side of digest authentication: answers challenges, remembers them, counts. RFC 3261 §22.2–22.4, RFC 7616 §3.4–3.6, RFC 8760 §2.4. */

import type { SipResponse } from "../message/message.ts";
import { type Algorithm, allAlgorithms } from "./algorithm.ts";
import { type AuthorizationHeader, challengesOf, realmKey } from "./challenges.ts";
import { parseDigestParams, plainText } from "./digest-params.ts";
import { type DigestAccount, type DigestRequest, DigestSession, secretOf } from "./digest-session.ts";
import type { Hash } from "./hash.ts";

export type HeaderLine = readonly [name: AuthorizationHeader, value: string];

export interface DigestClientOptions {
  readonly hash: Hash;
  /** Who we are in a realm; `undefined`: nobody, the challenge stays unanswered. */
  readonly accountFor: (realm: string) => DigestAccount | undefined;
  /** Algorithms that may be used. Default: all. */
  readonly algorithms?: readonly Algorithm[];
  /** How many realms are remembered; the oldest is forgotten. Default 32. */
  readonly maxRealms?: number;
}

/**
 * - `no-challenge`: there is no digest challenge in the response;
 * - `unsupported`: none with an algorithm and qop that we know, or may use, or have a secret for;
 * - `no-account`: we are nobody in its realm;
 * - `rejected`: it was answered and asked again: the user name or password is wrong (RFC 3261 §22.1: not tried again).
 */
export type DigestFailure = "no-challenge" | "unsupported" | "no-account" | "rejected";

export type DigestAnswer =
  /** The lines to put into the request when it is sent again, with a higher CSeq; they replace earlier ones. */
  | { readonly ok: true; readonly headers: readonly HeaderLine[] }
  | { readonly ok: false; readonly reason: DigestFailure; readonly realms: readonly string[] };

/** One for each account and path: its requests share nonces and their counts. */
export interface DigestClient {
  /**
   * Answers the challenges of a 401 or 407, or says why it cannot.
   * @param sent The lines, of ours, that the challenged request carried; empty at its first attempt.
   */
  answer(response: SipResponse, request: DigestRequest, sent: readonly HeaderLine[]): DigestAnswer;
  /** Lines for a new request from what is known already; empty before the first challenge. Saves the round trip. */
  authorize(request: DigestRequest): HeaderLine[];
  /**
   * To be told of every other final response to a request that carried our lines. Takes over `nextnonce`. The result is
   * false when the server gave a proof (`rspauth`) and it is wrong.
   */
  accepted(response: SipResponse, request: DigestRequest): boolean;
  forget(): void;
}

export function createDigestClient(options: DigestClientOptions): DigestClient {
  return new StandardDigestClient(options);
}

/** Answers one response without remembering anything. */
export function answerChallenges(
  options: {
    readonly hash: Hash;
    readonly response: SipResponse;
    readonly account: DigestAccount;
    readonly algorithms?: readonly Algorithm[];
    /** The lines that the challenged request carried. Default: none. */
    readonly sent?: readonly HeaderLine[];
  } & DigestRequest,
): DigestAnswer {
  const { hash, response, account, algorithms, sent } = options;
  const client = createDigestClient({
    hash,
    accountFor: () => account,
    ...(algorithms === undefined ? {} : { algorithms }),
  });
  return client.answer(response, options, sent ?? []);
}

/** A server that finds every nonce stale is not followed further than this. */
const MAX_STALE_IN_A_ROW = 3;

class StandardDigestClient implements DigestClient {
  readonly #hash: Hash;
  readonly #accountFor: (realm: string) => DigestAccount | undefined;
  readonly #algorithms: readonly Algorithm[];
  readonly #maxRealms: number;
  readonly #sessions = new Map<string, { readonly header: AuthorizationHeader; readonly session: DigestSession }>();

  constructor(options: DigestClientOptions) {
    this.#hash = options.hash;
    this.#accountFor = options.accountFor;
    this.#algorithms = options.algorithms ?? allAlgorithms;
    this.#maxRealms = options.maxRealms ?? 32;
  }

  answer(response: SipResponse, request: DigestRequest, sent: readonly HeaderLine[]): DigestAnswer {
    const challenges = challengesOf(response, (algorithm, realm) => this.#isUsable(algorithm, realm));
    let answered = 0;
    let reason: DigestFailure = "no-challenge";
    for (const { header, realm, challenge } of challenges) {
      const account = this.#accountFor(realm);
      if (account === undefined) {
        reason = "no-account";
        continue;
      }
      if (challenge === undefined) {
        reason = "unsupported";
        continue;
      }
      const key = realmKey(header, realm);
      const before = this.#sessions.get(key)?.session;
      this.#sessions.delete(key);
      if (isRejected(header, realm, challenge.stale, before, sent)) {
        return { ok: false, reason: "rejected", realms: [realm] };
      }
      const secret = secretOf(this.#hash, account, realm, challenge.algorithm)!;
      const staleInARow = before !== undefined && !before.proven && challenge.stale ? before.staleInARow + 1 : 0;
      this.#remember(key, header, new DigestSession(this.#hash, challenge, account, secret, staleInARow));
      answered++;
    }
    // RFC 8760 §2.4: credentials for any of the realms will do; a realm without them may challenge again.
    if (answered === 0) return { ok: false, reason, realms: challenges.map(({ realm }) => realm) };
    return { ok: true, headers: this.authorize(request) };
  }

  authorize(request: DigestRequest): HeaderLine[] {
    const lines: HeaderLine[] = [];
    for (const { header, session } of this.#sessions.values()) lines.push([header, session.authorize(request)]);
    return lines;
  }

  accepted(response: SipResponse, request: DigestRequest): boolean {
    let genuine = true;
    for (const { header, session } of this.#sessions.values()) {
      session.proven = true;
      const value =
        header === "Authorization"
          ? response.header("Authentication-Info")
          : response.header("Proxy-Authentication-Info");
      const info = value === undefined ? undefined : parseDigestParams(value, 0);
      // The field names no realm: with several of its kind it cannot be told whose it is.
      if (info?.ok !== true || !this.#isOnly(header)) continue;
      if (session.authenticationInfo(info.value, request, response.body) === false) genuine = false;
    }
    return genuine;
  }

  forget(): void {
    this.#sessions.clear();
  }

  #isUsable(algorithm: Algorithm, realm: string): boolean {
    if (!this.#algorithms.includes(algorithm)) return false;
    const account = this.#accountFor(realm);
    if (account === undefined || "password" in account) return true;
    return secretOf(this.#hash, account, realm, algorithm) !== undefined;
  }

  #isOnly(header: AuthorizationHeader): boolean {
    let count = 0;
    for (const entry of this.#sessions.values()) if (entry.header === header) count++;
    return count === 1;
  }

  #remember(key: string, header: AuthorizationHeader, session: DigestSession): void {
    this.#sessions.set(key, { header, session });
    if (this.#sessions.size > this.#maxRealms) this.#sessions.delete(this.#sessions.keys().next().value!);
  }
}

/**
 * Whether a new challenge means that our secret is wrong: the request carried credentials for this realm whose nonce had
 * just been given. A nonce that had served before may simply have expired at a server that does not say stale.
 */
function isRejected(
  header: AuthorizationHeader,
  realm: string,
  stale: boolean,
  session: DigestSession | undefined,
  sent: readonly HeaderLine[],
): boolean {
  for (const [name, value] of sent) {
    const params = name === header ? parseDigestParams(value) : undefined;
    if (params?.ok !== true || plainText(params.value.realm ?? "") !== realm) continue;
    if (stale) return session !== undefined && session.staleInARow >= MAX_STALE_IN_A_ROW;
    const { nonce, nc } = params.value;
    if (session?.nonce === nonce && session?.proven === true) return false;
    return nc === undefined || nc === "00000001";
  }
  return false;
}
