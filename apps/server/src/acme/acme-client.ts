/** Signed requests to an authority: its directory, nonces, the account, and what it answers when it refuses. RFC 8555 §6, §7.1.1, §7.3. */

import { AcmeProblem, authorityUnreachable } from "./errors.ts";
import type { AcmeReply, AcmeSend } from "./http-port.ts";
import { type AccountKey, externalBinding, signRequest } from "./jws.ts";

/** Where an authority's resources are (RFC 8555 §7.1.1). */
interface Directory {
  readonly newNonce: string;
  readonly newAccount: string;
  readonly newOrder: string;
}

export interface AcmeAnswer {
  readonly status: number;
  /** Where the resource is, for one that was made. */
  readonly location: string | undefined;
  /** What the authority asked to wait, milliseconds. */
  readonly retryAfterMs: number | undefined;
  readonly text: string;
  /** The body as JSON. Throws `ACME_UNREACHABLE` when it is none. */
  json<T>(): T;
}

export interface AccountTerms {
  readonly email: string | undefined;
  readonly external: { readonly keyId: string; readonly macKey: string } | undefined;
}

export interface AcmeClientOptions {
  readonly directory: string;
  readonly key: AccountKey;
  readonly send: AcmeSend;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** How often a nonce may be refused before a request is given up (RFC 8555 §6.5: clients SHOULD retry). */
const mostNonces = 20;

export class AcmeClient {
  /** The account's URL, from an earlier time or made by `openAccount`. */
  account: string | undefined;
  readonly #options: AcmeClientOptions;
  #directory: Directory | undefined;
  #nonce: string | undefined;

  constructor(options: AcmeClientOptions) {
    this.#options = options;
  }

  /** What a challenge's token is answered with (RFC 8555 §8.1). */
  keyAuthorization(token: string): string {
    return `${token}.${this.#options.key.thumbprint}`;
  }

  /** Makes the account, or finds the one of this key (RFC 8555 §7.3). */
  async openAccount({ email, external }: AccountTerms): Promise<string> {
    const { newAccount } = await this.#resources();
    const { key } = this.#options;
    this.account = undefined;
    const answer = await this.post(newAccount, {
      termsOfServiceAgreed: true,
      ...(email !== undefined && { contact: [`mailto:${email}`] }),
      ...(external !== undefined && {
        externalAccountBinding: externalBinding(key, external.keyId, external.macKey, newAccount),
      }),
    });
    if (answer.location === undefined) throw authorityUnreachable(newAccount, "it names no account");
    this.account = answer.location;
    return answer.location;
  }

  async newOrder(names: readonly string[]): Promise<AcmeAnswer> {
    const { newOrder } = await this.#resources();
    return this.post(newOrder, { identifiers: names.map((value) => ({ type: "dns", value })) });
  }

  /** Reads a resource. */
  get(url: string): Promise<AcmeAnswer> {
    return this.post(url, undefined);
  }

  /** Rejects with `AcmeProblem` or `ACME_UNREACHABLE`. */
  async post(url: string, payload: unknown): Promise<AcmeAnswer> {
    const { key, send } = this.#options;
    for (let attempt = 1; ; attempt++) {
      const nonce = this.#nonce ?? (await this.#newNonce());
      // Used once, whatever comes back (RFC 8555 §6.5).
      this.#nonce = undefined;
      const reply = await send("POST", url, signRequest(key, { url, nonce, account: this.account, payload }));
      this.#nonce = reply.headers["replay-nonce"];
      if (reply.status < 400) return this.#answer(url, reply);
      const problem = this.#problem(url, reply);
      if (problem.type !== "badNonce" || attempt === mostNonces) throw problem;
    }
  }

  async #resources(): Promise<Directory> {
    if (this.#directory !== undefined) return this.#directory;
    const { directory, send } = this.#options;
    const reply = await send("GET", directory);
    if (reply.status !== 200) throw this.#problem(directory, reply);
    const found = parsed<Partial<Directory>>(directory, reply.body);
    const { newNonce, newAccount, newOrder } = found;
    if (typeof newNonce !== "string" || typeof newAccount !== "string" || typeof newOrder !== "string") {
      throw authorityUnreachable(directory, "that is no ACME directory; check tls.acme.directory");
    }
    this.#directory = { newNonce, newAccount, newOrder };
    return this.#directory;
  }

  async #newNonce(): Promise<string> {
    const { newNonce } = await this.#resources();
    const reply = await this.#options.send("HEAD", newNonce);
    const nonce = reply.headers["replay-nonce"];
    if (nonce === undefined) throw authorityUnreachable(newNonce, `no nonce in its answer ${reply.status}`);
    return nonce;
  }

  #answer(url: string, reply: AcmeReply): AcmeAnswer {
    return {
      status: reply.status,
      location: reply.headers.location,
      retryAfterMs: retryAfterOf(reply, this.#options.now()),
      text: reply.body,
      json: () => parsed(url, reply.body),
    };
  }

  #problem(url: string, reply: AcmeReply): AcmeProblem {
    let document: ProblemDocument = {};
    try {
      document = JSON.parse(reply.body) as ProblemDocument;
    } catch {
      // A proxy's page, not the authority's.
    }
    const type = document.type?.split(":").at(-1) ?? "no problem document";
    return new AcmeProblem(
      url,
      reply.status,
      type,
      describeProblem(document),
      retryAfterOf(reply, this.#options.now()),
    );
  }
}

/** RFC 7807, with the parts of RFC 8555 §6.7.1. */
export interface ProblemDocument {
  readonly type?: string;
  readonly detail?: string;
  readonly subproblems?: readonly {
    readonly detail?: string;
    readonly identifier?: { readonly value?: string };
  }[];
}

/** In one line. */
export function describeProblem({ detail, subproblems = [] }: ProblemDocument): string {
  const parts = subproblems.map((part) => `${part.identifier?.value ?? "?"}: ${part.detail ?? "no reason given"}`);
  return [detail ?? "no reason given", ...parts].join("; ").replaceAll(/\s+/g, " ");
}

function parsed<T>(url: string, text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw authorityUnreachable.from(error, url, "its answer is no JSON");
  }
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf({ headers }: AcmeReply, now: number): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
