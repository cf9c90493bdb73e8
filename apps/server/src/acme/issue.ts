/** From names to a certificate: order, authorizations, challenges, finalization, download. RFC 8555 §7.4, §7.5. */

import type { Clock } from "@trapezoid/base";
import type { AcmeAnswer, AcmeClient, ProblemDocument } from "./acme-client.ts";
import { describeProblem } from "./acme-client.ts";
import { authorityUnreachable, challengeNotOffered, tooSlow, validationFailed } from "./errors.ts";
import { newRequest } from "./signing-request.ts";

export type ChallengeType = "http-01" | "tls-alpn-01";

/** One challenge that the authority is going to look at. */
export interface PendingChallenge {
  readonly type: ChallengeType;
  /** The domain. */
  readonly name: string;
  readonly token: string;
  /** What it must find (RFC 8555 §8.1). */
  readonly keyAuthorization: string;
}

/** Where challenges are answered. */
export interface ChallengePort {
  /** Resolves when every thread that the authority may reach answers; rejects when that cannot be. */
  present(challenges: readonly PendingChallenge[]): Promise<void>;
  withdraw(): Promise<void>;
}

export interface IssueOptions {
  readonly client: AcmeClient;
  readonly names: readonly string[];
  readonly challenge: ChallengeType;
  readonly port: ChallengePort;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface Issued {
  /** PEM: the certificate and its chain. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
}

interface Order {
  readonly status: "pending" | "ready" | "processing" | "valid" | "invalid";
  readonly authorizations: readonly string[];
  readonly finalize: string;
  readonly certificate?: string;
  readonly error?: ProblemDocument;
}

interface Authorization {
  readonly status: "pending" | "valid" | "invalid" | "deactivated" | "expired" | "revoked";
  readonly identifier: { readonly value: string };
  readonly challenges: readonly Challenge[];
}

interface Challenge {
  readonly type: string;
  readonly url: string;
  readonly token: string;
  readonly error?: ProblemDocument;
}

/** The authority's part: it may ask several times, from several places. */
const patienceMs = 300_000;
const firstPollMs = 500;
const longestPollMs = 15_000;
/** Though the authority names a longer time. */
const longestWaitMs = 60_000;

/** Rejects with what kept the authority from it. */
export async function issueCertificate(options: IssueOptions): Promise<Issued> {
  const { client, names } = options;
  const made = await client.newOrder(names);
  const url = made.location;
  if (url === undefined) throw authorityUnreachable("newOrder", "it names no order");
  const order = made.json<Order>();
  if (order.status === "pending") await authorize(order.authorizations, options);
  const { csr, key } = await newRequest(names);
  await until<Order>(
    "made the order ready",
    options,
    () => client.get(url),
    ({ status }) => status !== "pending",
  );
  await client.post(order.finalize, { csr: csr.toString("base64url") });
  const done = await until<Order>(
    "issued the certificate",
    options,
    () => client.get(url),
    ({ status }) => status === "valid" || status === "invalid",
  );
  if (done.status !== "valid" || done.certificate === undefined) {
    throw authorityUnreachable(url, `the order is ${done.status}: ${describeProblem(done.error ?? {})}`);
  }
  return { chain: (await client.get(done.certificate)).text, key };
}

/** Answers a challenge for each name that is not known to be ours already (RFC 8555 §7.5.1). */
async function authorize(urls: readonly string[], options: IssueOptions): Promise<void> {
  const { client, challenge: type, port } = options;
  const pending: { readonly url: string; readonly challenge: Challenge; readonly name: string }[] = [];
  for (const url of urls) {
    const authorization = (await client.get(url)).json<Authorization>();
    // RFC 8555 §7.1.3: one of an earlier order may do.
    if (authorization.status === "valid") continue;
    const name = authorization.identifier.value;
    const challenge = authorization.challenges.find((candidate) => candidate.type === type);
    if (challenge === undefined) {
      throw challengeNotOffered(
        name,
        type,
        authorization.challenges.map((candidate) => candidate.type),
      );
    }
    pending.push({ url, challenge, name });
  }
  if (pending.length === 0) return;
  try {
    await port.present(
      pending.map(({ name, challenge: { token } }) => {
        return { type, name, token, keyAuthorization: client.keyAuthorization(token) };
      }),
    );
    for (const { challenge } of pending) await client.post(challenge.url, {});
    for (const { url, name } of pending) await validated(url, name, options);
  } finally {
    await port.withdraw();
  }
}

async function validated(url: string, name: string, options: IssueOptions): Promise<void> {
  const { client, challenge: type } = options;
  const { status, challenges } = await until<Authorization>(
    `looked at ${name}`,
    options,
    () => client.get(url),
    (authorization) => authorization.status !== "pending",
  );
  if (status === "valid") return;
  const error = challenges.find((candidate) => candidate.type === type)?.error;
  throw validationFailed(name, type, error === undefined ? `its authorization is ${status}` : describeProblem(error));
}

/** Asks again and again, as often as the authority wants (RFC 8555 §7.5.1). */
async function until<T>(
  what: string,
  { clock, signal }: IssueOptions,
  ask: () => Promise<AcmeAnswer>,
  isDone: (resource: T) => boolean,
): Promise<T> {
  const deadline = clock.now() + patienceMs;
  for (let pause = firstPollMs; ; pause = Math.min(pause * 2, longestPollMs)) {
    signal.throwIfAborted();
    const answer = await ask();
    const resource = answer.json<T>();
    if (isDone(resource)) return resource;
    if (clock.now() >= deadline) throw tooSlow(what, patienceMs);
    await sleep(clock, Math.min(answer.retryAfterMs ?? pause, longestWaitMs), signal);
  }
}

function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = (): void => {
      timer[Symbol.dispose]();
      reject(signal.reason);
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
