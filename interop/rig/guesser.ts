/** Somebody who guesses passwords from an address of loopback's many. Not a phone. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { answerChallenges } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { buildRequest, parseMessage, SipResponse } from "@trapezoid/sip/message";

export interface GuesserOptions {
  /** 127.0.1.7. */
  readonly from: string;
  /** The server's UDP port on 127.0.0.1. */
  readonly port: number;
  readonly domain: string;
  readonly userAgent?: string;
}

export class Guesser implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #options: GuesserOptions;
  readonly #waiting = new Map<string, (response: SipResponse) => void>();
  #sequence = 0;

  constructor(socket: Socket, options: GuesserOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("message", (octets) => {
      const parsed = parseMessage(octets.toString("latin1"));
      if (parsed.ok && parsed.value instanceof SipResponse)
        this.#waiting.get(parsed.value.callId ?? "")?.(parsed.value);
    });
    socket.on("error", () => {});
  }

  /** The status that a REGISTER with this password got; `undefined` when nothing came. */
  async guess(user: string, password: string, timeoutMs = 1_000): Promise<number | undefined> {
    const challenge = await this.#register(user, [], timeoutMs);
    if (challenge?.status !== 401) return challenge?.status;
    const uri = `sip:${this.#options.domain}`;
    const account = { user, password };
    const answer = answerChallenges({ hash: nodeHash, response: challenge, account, method: "REGISTER", uri });
    if (!answer.ok) throw new Error(`the challenge cannot be answered: ${answer.reason}`);
    return (await this.#register(user, answer.headers, timeoutMs))?.status;
  }

  /** An OPTIONS to the server itself, which it answers to anybody that it hears. */
  async isHeard(timeoutMs = 1_000): Promise<boolean> {
    return (await this.#send("OPTIONS", "nobody", [], timeoutMs))?.status === 200;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  #register(user: string, headers: readonly (readonly [string, string])[], timeoutMs: number) {
    return this.#send("REGISTER", user, [["Contact", `<sip:${user}@${this.#options.from}>`], ...headers], timeoutMs);
  }

  #send(
    method: string,
    user: string,
    headers: readonly (readonly [string, string])[],
    timeoutMs: number,
  ): Promise<SipResponse | undefined> {
    const { from, port, domain, userAgent } = this.#options;
    const sequence = ++this.#sequence;
    const callId = `${from}-${this.#socket.address().port}-${sequence}`;
    const text = buildRequest({
      method,
      uri: `sip:${domain}`,
      headers: [
        ["Via", `SIP/2.0/UDP ${from}:${this.#socket.address().port};branch=z9hG4bK${callId}`],
        ["Max-Forwards", "70"],
        ["From", `<sip:${user}@${domain}>;tag=${sequence}`],
        ["To", `<sip:${method === "REGISTER" ? `${user}@` : ""}${domain}>`],
        ["Call-ID", callId],
        ["CSeq", `${sequence} ${method}`],
        ...(userAgent === undefined ? [] : [["User-Agent", userAgent] as const]),
        ...headers,
      ],
    });
    return new Promise((resolve) => {
      const end = (response?: SipResponse): void => {
        clearTimeout(timer);
        this.#waiting.delete(callId);
        resolve(response);
      };
      const timer = setTimeout(end, timeoutMs);
      this.#waiting.set(callId, end);
      this.#socket.send(Buffer.from(text, "latin1"), port, "127.0.0.1");
    });
  }
}

export async function openGuesser(options: GuesserOptions): Promise<Guesser> {
  const socket = createSocket("udp4");
  socket.bind(0, options.from);
  await once(socket, "listening");
  return new Guesser(socket, options);
}
