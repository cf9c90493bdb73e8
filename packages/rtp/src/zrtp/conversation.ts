/** The state machine of a ZRTP stream: what is done about each message, each decision, each time-out. RFC 6189 §4.1, §4.7, §6. */

import { defaultAlgorithms } from "./algorithms.ts";
import { Discovery } from "./discovery.ts";
import { warningOf, type ZrtpEffect, type ZrtpFailure, type ZrtpMaster, type ZrtpSecurity } from "./effects.ts";
import { type ErrorCode, errorCodes, errorText } from "./error-codes.ts";
import type { HashChain } from "./hash-chain.ts";
import { type Hello, hexOf } from "./hello.ts";
import { KeyExchange } from "./key-exchange.ts";
import { acknowledgement, type MessageType } from "./message.ts";
import { withMandatory } from "./negotiation.ts";
import { decodeError, encodeError } from "./notices.ts";
import type { ZrtpOptions } from "./options.ts";
import { helloSchedule, longHelloSchedule, messageSchedule, type Outlet } from "./outlet.ts";
import type { RetainedSecrets } from "./retained-secrets.ts";
import type { SecureStream } from "./secure-stream.ts";
import { type Action, actionFor, isOpen, type State } from "./states.ts";

/** Our Hello was acknowledged: so long the other side's may take, or its Commit. */
const discoveryMs = 12_000;

export class Conversation {
  readonly #options: ZrtpOptions;
  readonly #chain: HashChain;
  readonly #hello: Uint8Array;
  readonly #outlet: Outlet;
  readonly #found: Discovery;
  readonly #exchange: KeyExchange;
  #state: State = "idle";
  #refused = 0;
  /** A Commit that came before the lookup was answered. */
  #held: Uint8Array | undefined;
  #secured: SecureStream | undefined;
  #isHelloWarned = false;

  constructor(options: ZrtpOptions, chain: HashChain, hello: Uint8Array, outlet: Outlet) {
    this.#options = options;
    this.#chain = chain;
    this.#hello = hello;
    this.#outlet = outlet;
    this.#found = new Discovery(options.crypto, options.zid);
    this.#exchange = new KeyExchange({
      options,
      own: withMandatory(options.algorithms ?? defaultAlgorithms),
      chain,
      hello,
      outlet,
      found: this.#found,
      enter: (state) => {
        this.#state = state;
      },
      passOver: () => this.#refused++,
      fail: (kind, code) => this.#fail(kind, code),
    });
  }

  get state(): State {
    return this.#state;
  }

  /** Messages that were not used. */
  get refused(): number {
    return this.#refused;
  }

  get security(): ZrtpSecurity | undefined {
    return this.#secured?.security;
  }

  start(master: ZrtpMaster | undefined): void {
    this.#exchange.master = master;
    this.#greet();
  }

  restart(): void {
    this.#found.forget();
    this.#exchange.end();
    this.#secured = undefined;
    this.#held = undefined;
    this.#isHelloWarned = false;
    this.#greet();
  }

  announce(announced: string | undefined): void {
    this.#found.announced = announced;
    const isRight = this.#found.isAnnounced;
    if (isRight === undefined) return;
    if (this.#secured !== undefined) this.#outlet.tell(...this.#secured.announce(isRight));
    else if (!isRight && isOpen(this.#state)) {
      // §8.1: it was somebody else's Hello; whatever was agreed on so far is left.
      this.#warnOfHello();
      this.#found.forget();
      this.#exchange.end();
      this.#outlet.tell({ kind: "quiet", on: false });
      this.#greet();
    }
  }

  retained(retained: RetainedSecrets | undefined): void {
    if (this.#found.peer === undefined || this.#found.isReady) return;
    this.#found.remember(retained);
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && actionFor(this.#state, "Commit") === "respond") this.#exchange.respond(held);
    this.#tryCommit();
  }

  receive(type: MessageType, message: Uint8Array, ssrc: number): void {
    const { peer } = this.#found;
    const action = actionFor(this.#state, type);
    // §5: another source is another stream, which is none of ours, unless nothing has come of the first.
    if (action === undefined || (peer !== undefined && ssrc !== peer.ssrc && this.#state !== "silent")) {
      this.#refused++;
    } else this.#do(action, message, ssrc);
  }

  srtpReceived(): void {
    if (this.#state === "confirming") this.#secured = this.#exchange.secure();
  }

  /** What was repeated was repeated often enough, or what was awaited did not come. */
  expired(): void {
    if (this.#state === "discovering") {
      this.#state = "silent";
      this.#outlet.tell({ kind: "silent" });
    } else if (this.#state === "failing") this.#end();
    else if (isOpen(this.#state)) this.#fail("timeout", errorCodes.timeout);
  }

  verify(matches: boolean): void {
    if (this.#secured !== undefined) this.#outlet.tell(...this.#secured.verify(matches));
  }

  close(): void {
    this.#end();
    this.#state = "closed";
    this.#chain.h0.fill(0);
  }

  #greet(): void {
    this.#state = "discovering";
    const isKnown = this.#found.announced !== undefined || this.#found.peer !== undefined;
    this.#outlet.repeat(this.#hello, isKnown ? longHelloSchedule : helloSchedule);
  }

  #do(action: Action, message: Uint8Array, ssrc: number): void {
    const exchange = this.#exchange;
    const actions: Readonly<Record<Action, () => void>> = {
      takeHello: () => this.#takeHello(message, ssrc),
      acknowledgeHello: () => this.#acknowledgeHello(message),
      takeHelloAck: () => this.#takeHelloAck(),
      respond: () => this.#respond(message),
      contend: () => exchange.contend(message),
      repeatDhPart1: () => exchange.repeat(message, "DHPart1"),
      takeDhPart: () => exchange.takeDhPart(message),
      repeatConfirm1: () => exchange.repeat(message, "Confirm1"),
      takeConfirm: () => this.#note(exchange.takeConfirm(message)),
      takeConf2Ack: () => this.#note(exchange.secure()),
      repeatConf2Ack: () => exchange.repeat(message, "Conf2ACK"),
      refuseClear: () => this.#answerSealed(this.#secured!.clear(message), encodeError(errorCodes.goClear)),
      takeRelay: () => this.#answerSealed(this.#secured!.relay(message), acknowledgement("RelayACK")),
      takeError: () => this.#takeError(message),
      acknowledgeError: () => this.#outlet.send(acknowledgement("ErrorACK")),
      takeErrorAck: () => this.#end(),
    };
    actions[action]();
  }

  #takeHello(message: Uint8Array, ssrc: number): void {
    const verdict = this.#found.judge(message, ssrc, this.#outlet.ssrc);
    if (verdict.kind === "error") this.#fail("refused", verdict.code);
    else if (verdict.kind === "passedOver" || verdict.kind === "notAnnounced") {
      this.#refused++;
      if (verdict.kind === "notAnnounced") this.#warnOfHello();
    } else {
      // §5.3: whatever it offers, and also when it is of a version to come.
      this.#outlet.send(acknowledgement("HelloACK"));
      if (verdict.kind === "tooNew") return;
      if (verdict.kind === "found") this.#meet(verdict.hello, ssrc);
      // §6: now that it is known to speak ZRTP, it is given more time.
      if (this.#state === "silent") this.#greet();
      else if (!this.#found.acknowledged) this.#outlet.reschedule(longHelloSchedule);
      this.#tryCommit();
    }
  }

  #meet(hello: Hello, ssrc: number): void {
    this.#found.take(hello, ssrc);
    this.#held = undefined;
    if (this.#options.cacheSeconds === 0) this.#found.remember(undefined);
    else this.#outlet.tell({ kind: "lookup", peer: hexOf(hello.zid) });
  }

  #acknowledgeHello(message: Uint8Array): void {
    if (this.#found.isKnown(message)) this.#outlet.send(acknowledgement("HelloACK"));
    else this.#refused++;
  }

  #takeHelloAck(): void {
    this.#found.acknowledged = true;
    this.#outlet.await(discoveryMs);
    this.#tryCommit();
  }

  /** §5.4: after a Hello and a HelloACK were received. */
  #tryCommit(): void {
    const { acknowledged, isReady } = this.#found;
    if (this.#state !== "discovering" || !acknowledged || !isReady) return;
    if (this.#options.passive !== true) this.#exchange.commit();
  }

  #respond(message: Uint8Array): void {
    if (this.#found.peer !== undefined && !this.#found.isReady) this.#held = message.slice();
    else this.#exchange.respond(message);
  }

  #takeError(message: Uint8Array): void {
    const code = decodeError(message);
    if (code === undefined) {
      this.#refused++;
      return;
    }
    this.#outlet.send(acknowledgement("ErrorACK"));
    this.#end();
    this.#outlet.tell({ kind: "failed", failure: { kind: "peer", code, text: errorText(code) } });
  }

  /** A message that is sealed with the keys of the stream; `undefined`: with others. */
  #answerSealed(effects: readonly ZrtpEffect[] | undefined, answer: Uint8Array): void {
    if (effects === undefined) this.#refused++;
    else {
      this.#outlet.send(answer);
      this.#outlet.tell(...effects);
    }
  }

  #note(stream: SecureStream | undefined): void {
    this.#secured = stream;
  }

  #fail(kind: ZrtpFailure["kind"], code: ErrorCode): void {
    this.#end();
    this.#state = "failing";
    this.#outlet.repeat(encodeError(code), messageSchedule);
    this.#outlet.tell({ kind: "failed", failure: { kind, code, text: errorText(code) } });
  }

  #end(): void {
    this.#state = "failed";
    this.#exchange.end();
    this.#outlet.await(undefined);
  }

  #warnOfHello(): void {
    if (this.#isHelloWarned) return;
    this.#isHelloWarned = true;
    this.#outlet.tell(warningOf("helloHash"));
  }
}
