/**
 * Can strangers tell by the clock who has an account? Each kind of request is sent for users that exist and as often for users that
 * do not, in random order, and the times to the answer are compared.
 */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { answerChallenges } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { buildRequest, parseMessage, SipResponse } from "@trapezoid/sip/message";
import { mannWhitney } from "./mann-whitney.ts";

export interface TimingTarget {
  readonly host: string;
  /** UDP. */
  readonly port: number;
  readonly domain: string;
  /** Users that exist, and as many that do not, with names of one length. */
  readonly known: readonly string[];
  readonly unknown: readonly string[];
  /** Of each kind; default 500. The server must not limit their source: `firewall.allow`. */
  readonly samples?: number;
  /** The address to send from; default 127.0.0.1. */
  readonly source?: string;
}

export interface TimingResult {
  readonly method: "REGISTER" | "INVITE";
  readonly credentials: "none" | "wrong";
  /** Status codes seen for each kind, which must be the same. */
  readonly statuses: { readonly known: readonly number[]; readonly unknown: readonly number[] };
  /** Microseconds. */
  readonly medianKnown: number;
  readonly medianUnknown: number;
  /** Mann-Whitney, two-sided. Small: the times tell who exists. */
  readonly p: number;
}

/** Rejects when the server does not answer. */
export async function measureTimings(target: TimingTarget): Promise<readonly TimingResult[]> {
  await using asker = await openAsker(target);
  const results: TimingResult[] = [];
  for (const method of ["REGISTER", "INVITE"] as const) {
    for (const credentials of ["none", "wrong"] as const) {
      results.push(await measure(asker, target, method, credentials));
    }
  }
  return results;
}

async function measure(
  asker: Asker,
  { known, unknown, samples = 500 }: TimingTarget,
  method: "REGISTER" | "INVITE",
  credentials: "none" | "wrong",
): Promise<TimingResult> {
  // Compilers settle, and a nonce is fetched.
  for (let i = 0; i < 100; i++) await asker.ask(method, known[i % known.length]!, credentials);
  const kinds = { known: { users: known, times: [] as number[] }, unknown: { users: unknown, times: [] as number[] } };
  const statuses = { known: new Set<number>(), unknown: new Set<number>() };
  while (kinds.known.times.length + kinds.unknown.times.length < 2 * samples) {
    let kind: "known" | "unknown" = Math.random() < 0.5 ? "known" : "unknown";
    if (kinds[kind].times.length === samples) kind = kind === "known" ? "unknown" : "known";
    const { users, times } = kinds[kind];
    const { status, us } = await asker.ask(method, users[times.length % users.length]!, credentials);
    times.push(us);
    statuses[kind].add(status);
  }
  return {
    method,
    credentials,
    statuses: { known: [...statuses.known].sort(), unknown: [...statuses.unknown].sort() },
    medianKnown: median(kinds.known.times),
    medianUnknown: median(kinds.unknown.times),
    p: mannWhitney(kinds.known.times, kinds.unknown.times),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

const patienceMs = 5_000;

class Asker implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #target: TimingTarget;
  readonly #challenges = new Map<string, SipResponse>();
  #sequence = 0;
  #answered: ((octets: Buffer, at: bigint) => void) | undefined;

  constructor(socket: Socket, target: TimingTarget) {
    this.#socket = socket;
    this.#target = target;
    socket.on("message", (octets) => this.#answered?.(octets, process.hrtime.bigint()));
  }

  /** One request and its answer; a wrong password is given to a nonce that the server has sent before. */
  async ask(method: string, user: string, credentials: "none" | "wrong"): Promise<{ status: number; us: number }> {
    let headers: readonly (readonly [string, string])[] = [];
    if (credentials === "wrong") {
      const challenge = this.#challenges.get(method);
      if (challenge === undefined) return this.ask(method, user, "none");
      const account = { user, password: "wrong" };
      const uri = this.#uriOf(method, user);
      const answer = answerChallenges({ hash: nodeHash, response: challenge, account, method, uri });
      if (!answer.ok) throw new Error(`the challenge cannot be answered: ${answer.reason}`);
      headers = answer.headers;
    }
    const text = this.#text(method, user, headers);
    const { response, us } = await this.#exchange(text, `${this.#sequence}`);
    if (response.status === 401 || response.status === 407) this.#challenges.set(method, response);
    return { status: response.status, us };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  #exchange(text: string, sequence: string): Promise<{ response: SipResponse; us: number }> {
    const { host, port } = this.#target;
    const octets = Buffer.from(text, "latin1");
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms to:\n${text}`)), patienceMs);
      let sentAt = 0n;
      this.#answered = (answer, at) => {
        const parsed = parseMessage(answer.toString("latin1"));
        if (!parsed.ok || !(parsed.value instanceof SipResponse) || parsed.value.status < 200) return;
        if (parsed.value.cseq?.sequence !== Number(sequence)) return;
        clearTimeout(timer);
        resolve({ response: parsed.value, us: Number(at - sentAt) / 1_000 });
      };
      sentAt = process.hrtime.bigint();
      this.#socket.send(octets, port, host);
    });
  }

  /** A call goes to somebody else: whoever is asked for is the caller, whose account is looked for. */
  #uriOf(method: string, user: string): string {
    return method === "REGISTER" ? `sip:${this.#target.domain}` : `sip:${user}@${this.#target.domain}`;
  }

  #text(method: string, user: string, headers: readonly (readonly [string, string])[]): string {
    const { domain } = this.#target;
    const { address, port } = this.#socket.address();
    const sequence = ++this.#sequence;
    return buildRequest({
      method,
      uri: this.#uriOf(method, user),
      headers: [
        ["Via", `SIP/2.0/UDP ${address}:${port};branch=z9hG4bK-timing-${sequence}`],
        ["Max-Forwards", "70"],
        ["From", `<sip:${user}@${domain}>;tag=${sequence}`],
        ["To", `<sip:${user}@${domain}>`],
        ["Call-ID", `timing-${port}-${sequence}`],
        ["CSeq", `${sequence} ${method}`],
        ["Contact", `<sip:${user}@${address}:${port}>`],
        ...headers,
      ],
    });
  }
}

async function openAsker(target: TimingTarget): Promise<Asker> {
  const socket = createSocket("udp4");
  socket.bind(0, target.source ?? "127.0.0.1");
  await once(socket, "listening");
  return new Asker(socket, target);
}
