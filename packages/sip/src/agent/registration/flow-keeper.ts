/** Keeps a flow open and notices when it is dead: CRLF on connections, STUN on UDP. RFC 5626 §4.4, RFC 8489 §6.2.1. */

import { CallbackTimer } from "@trapezoid/base";
import type { Endpoint, Flow } from "../../transport/contract.ts";
import { readStunAnswer, stunKeepAlive } from "../../transport/stun-keep-alive.ts";
import type { Environment } from "../core/environment.ts";
import { randomUpTo } from "../core/identifiers.ts";

export interface KeeperOptions {
  /** At most this far apart; each time 80 to 100 % of it. */
  readonly seconds: number;
  /** The other side has said that it answers (RFC 5626 §4.4); without that, nothing is concluded from silence. */
  readonly expectsAnswer: boolean;
  /** The first answer: the flow is one (§4.5). */
  readonly onAlive: () => void;
  readonly onFailed: (why: string) => void;
}

const ping = Uint8Array.of(13, 10, 13, 10);
/** §4.4.1. */
const PONG_MS = 10_000;
/** RFC 8489 §6.2.1: seven requests at doubled intervals, then 16 times RTO. */
const RTO_MS = 500;
const STUN_REQUESTS = 7;
const STUN_LAST_MS = 16 * RTO_MS;

interface StunRequest {
  readonly octets: Uint8Array;
  readonly transactionId: Uint8Array;
  sent: number;
}

export class FlowKeeper {
  readonly #environment: Environment;
  readonly #flow: Flow;
  readonly #options: KeeperOptions;
  readonly #timer: CallbackTimer;
  readonly #listening: Disposable;
  /** Of the STUN request that waits. */
  #request: StunRequest | undefined;
  #isWaiting = false;
  #isAlive = false;
  #mapped: Endpoint | undefined;
  #isStopped = false;

  constructor(environment: Environment, flow: Flow, options: KeeperOptions) {
    this.#environment = environment;
    this.#flow = flow;
    this.#options = options;
    this.#timer = new CallbackTimer(() => this.#onTimer());
    this.#listening = environment.keepAlives.listen(flow, (answer) => this.#onAnswer(answer));
    this.#schedule();
  }

  stop(): void {
    this.#isStopped = true;
    this.#environment.wheel.cancel(this.#timer);
    this.#listening[Symbol.dispose]();
  }

  #schedule(): void {
    const { seconds } = this.#options;
    // §4.4: 80 to 100 %, a new number for each.
    const ms = seconds * 800 + randomUpTo(this.#environment.hash, seconds * 200);
    this.#environment.wheel.arm(this.#timer, ms);
  }

  #onTimer(): void {
    if (this.#isWaiting) this.#onSilence();
    else if (this.#flow.reliable) this.#sendPing();
    else this.#sendStun();
  }

  #sendPing(): void {
    if (!this.#flow.send(ping)) {
      this.#fail("the connection takes nothing");
      return;
    }
    if (this.#options.expectsAnswer) this.#wait(PONG_MS);
    else this.#schedule();
  }

  #sendStun(): void {
    const transactionId = this.#environment.hash.random(12);
    this.#request = { octets: stunKeepAlive(transactionId), transactionId, sent: 0 };
    this.#repeatStun(this.#request);
  }

  #repeatStun(request: StunRequest): void {
    request.sent++;
    this.#flow.send(request.octets);
    if (!this.#options.expectsAnswer) this.#schedule();
    else this.#wait(request.sent === STUN_REQUESTS ? STUN_LAST_MS : RTO_MS * 2 ** (request.sent - 1));
  }

  #wait(ms: number): void {
    this.#isWaiting = true;
    this.#environment.wheel.arm(this.#timer, ms);
  }

  #onSilence(): void {
    const request = this.#request;
    if (request !== undefined && request.sent < STUN_REQUESTS) this.#repeatStun(request);
    else this.#fail(request === undefined ? `no pong within ${PONG_MS} ms` : "no answer to STUN");
  }

  #onAnswer(answer: "pong" | Uint8Array): void {
    if (this.#isStopped) return;
    if (answer === "pong") {
      if (this.#flow.reliable) this.#alive();
      return;
    }
    const read = readStunAnswer(answer);
    const request = this.#request;
    if (read === undefined || request === undefined || !isSame(read.transactionId, request.transactionId)) return;
    const { mapped } = read;
    if (mapped === undefined) {
      if (this.#options.expectsAnswer) this.#fail("STUN was answered with an error");
      return;
    }
    const before = this.#mapped;
    this.#mapped = mapped;
    // §4.4.2: behind another address it is another flow.
    if (before !== undefined && (before.address !== mapped.address || before.port !== mapped.port)) {
      this.#fail(`the address that others see has changed to ${mapped.address}:${mapped.port}`);
    } else this.#alive();
  }

  #alive(): void {
    if (!this.#isAlive) {
      this.#isAlive = true;
      this.#options.onAlive();
    }
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#request = undefined;
    this.#schedule();
  }

  #fail(why: string): void {
    if (this.#isStopped) return;
    this.stop();
    this.#options.onFailed(why);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, at) => octet === b[at]);
}
