/** REGISTERs by the thousand over one UDP socket, without credentials: the server has to trust 127.0.0.1. Not a phone. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

export interface RegisterAnswer {
  readonly user: string;
  readonly status: number;
  readonly text: string;
}

/** Sends and counts; whoever opens it says when it ends. */
export class RegisterClient implements AsyncDisposable {
  /** Users whose REGISTER was answered 200, in the order of the answers. */
  readonly acknowledged: string[] = [];
  readonly #socket: Socket;
  readonly #port: number;
  readonly #domain: string;
  readonly #waiting = new Map<string, (answer: RegisterAnswer) => void>();
  #sequence = 0;

  constructor(socket: Socket, port: number, domain: string) {
    this.#socket = socket;
    this.#port = port;
    this.#domain = domain;
    socket.on("message", (message) => this.#receive(message.toString("latin1")));
    socket.on("error", () => {});
  }

  /** The contact that `user` registers. */
  contactOf(user: string): string {
    return `sip:${user}@127.0.0.1:${this.#socket.address().port}`;
  }

  /** Resolves with the final answer; `undefined` when none came in time. Nothing is sent twice. */
  register(user: string, timeoutMs = 10_000): Promise<RegisterAnswer | undefined> {
    const sequence = ++this.#sequence;
    const callId = `${user}-${sequence}`;
    const address = `<sip:${user}@${this.#domain}>`;
    const text = [
      `REGISTER sip:${this.#domain} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#socket.address().port};branch=z9hG4bK${callId};rport`,
      `Call-ID: ${callId}`,
      `From: ${address};tag=${sequence}`,
      `To: ${address}`,
      `CSeq: ${sequence} REGISTER`,
      "Max-Forwards: 70",
      `Contact: <${this.contactOf(user)}>`,
      "Expires: 3600",
      "Content-Length: 0",
      "\r\n",
    ].join("\r\n");
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(callId);
        resolve(undefined);
      }, timeoutMs);
      this.#waiting.set(callId, (answer) => {
        clearTimeout(timer);
        resolve({ ...answer, user });
        if (answer.status === 200) this.acknowledged.push(user);
      });
      this.#socket.send(Buffer.from(text, "latin1"), this.#port, "127.0.0.1");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }

  #receive(text: string): void {
    const status = Number(/^SIP\/2\.0 (\d{3}) /.exec(text)?.[1]);
    const callId = /^Call-ID: (.*)$/im.exec(text)?.[1]?.trim() ?? "";
    const answer = this.#waiting.get(callId);
    if (answer === undefined || !(status >= 200)) return;
    this.#waiting.delete(callId);
    answer({ user: "", status, text });
  }
}

export async function openRegisterClient(port: number, domain: string): Promise<RegisterClient> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return new RegisterClient(socket, port, domain);
}
