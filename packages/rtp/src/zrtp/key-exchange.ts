/** From a Commit to a secure stream, as initiator or as responder. RFC 6189 §4.2, §4.4, §4.6. */

import type { ZrtpAlgorithms } from "./algorithms.ts";
import { type Commit, compareCommitments, decodeCommit } from "./commit.ts";
import type { ConfirmContent } from "./confirm.ts";
import type { Discovery } from "./discovery.ts";
import { warningOf, type ZrtpFailure, type ZrtpMaster } from "./effects.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { Exchange, type ExchangeParts, type Refusal } from "./exchange.ts";
import type { HashChain } from "./hash-chain.ts";
import { hexOf } from "./hello.ts";
import { acknowledgement } from "./message.ts";
import { type Choice, choose, judge } from "./negotiation.ts";
import type { ZrtpOptions } from "./options.ts";
import { messageSchedule, type Outlet } from "./outlet.ts";
import { isMismatch, keyingOf, other, SecureStream, wasVerified } from "./secure-stream.ts";
import type { State } from "./states.ts";

export interface KeyExchangeParts {
  readonly options: ZrtpOptions;
  /** What we can do, what is mandatory included. */
  readonly own: ZrtpAlgorithms;
  readonly chain: HashChain;
  /** Our whole Hello. */
  readonly hello: Uint8Array;
  readonly outlet: Outlet;
  readonly found: Discovery;
  readonly enter: (state: State) => void;
  /** A message was not used. */
  readonly passOver: () => void;
  readonly fail: (kind: ZrtpFailure["kind"], code: ErrorCode) => void;
}

/** §6: a responder that hears nothing for so long gives up. */
const patienceMs = 10_000;
const forEver = 0xffffffff;

export class KeyExchange {
  /** Of the first stream of the call, where this is a further one. */
  master: ZrtpMaster | undefined;
  readonly #parts: KeyExchangeParts;
  #exchange: Exchange | undefined;
  #peerConfirm: ConfirmContent | undefined;

  constructor(parts: KeyExchangeParts) {
    this.#parts = parts;
  }

  /** We are the initiator. */
  commit(): void {
    const { own, found, outlet, fail } = this.#parts;
    const { master } = this;
    const { hello } = found.peer!;
    let choice = choose(own, hello.lists);
    if (master !== undefined) {
      if (master.peerZid !== hexOf(hello.zid)) {
        fail("refused", errorCodes.helloMismatch);
        return;
      }
      // §4.4.3.1: the same algorithms as in the first stream.
      const { hash, cipher, authTag } = master;
      choice = { ...choice, hash, cipher, authTag, agreement: "Mult" };
    }
    this.#exchange = Exchange.initiate(this.#partsOf(choice));
    master?.nonces.add(hexOf(this.#exchange.commitment));
    this.#parts.enter("committed");
    outlet.tell({ kind: "quiet", on: true });
    outlet.repeat(this.#exchange.commit, messageSchedule);
  }

  /** A Commit: we are the responder. */
  respond(message: Uint8Array): void {
    const commit = this.#checkedCommit(message);
    if (commit !== undefined) this.#accept(commit, undefined);
  }

  /** A Commit while ours is under way (§4.2): the greater one stays. */
  contend(message: Uint8Array): void {
    const commit = this.#checkedCommit(message);
    if (commit === undefined) return;
    const ours = this.#exchange!;
    if ((commit.choice.agreement === "Mult") !== (ours.choice.agreement === "Mult")) {
      this.#parts.fail("refused", errorCodes.software);
    } else if (compareCommitments(commit.commitment, ours.commitment) > 0) this.#accept(commit, ours);
    else this.#parts.passOver();
  }

  takeDhPart(message: Uint8Array): void {
    const { options, found, outlet, enter } = this.#parts;
    const exchange = this.#exchange!;
    const refusal = exchange.takeDhPart(message);
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    if (isMismatch(exchange, found.retained)) outlet.tell(warningOf("cacheMismatch"));
    if (options.auxSecret !== undefined && exchange.agreed!.shared.aux === undefined) {
      outlet.tell(warningOf("auxMismatch"));
    }
    if (exchange.role === "initiator") {
      enter("agreeing");
      outlet.repeat(exchange.ownPart!, messageSchedule);
    } else this.#conclude(this.#confirm());
  }

  /** The SRTP that follows a Confirm1 may come before its Conf2ACK. */
  takeConfirm(message: Uint8Array): SecureStream | undefined {
    const { outlet, enter, passOver } = this.#parts;
    const exchange = this.#exchange!;
    if (exchange.agreed === undefined) {
      passOver();
      return undefined;
    }
    const content = exchange.takeConfirm(message);
    if ("code" in content) {
      this.#refuse(content);
      return undefined;
    }
    this.#peerConfirm = content;
    if (exchange.role === "responder") {
      outlet.send(acknowledgement("Conf2ACK"));
      return this.secure();
    }
    enter("confirming");
    outlet.tell({ kind: "receive", keying: keyingOf(exchange, other(exchange.role)) });
    outlet.repeat(this.#confirm(), messageSchedule);
    return undefined;
  }

  /** Both sides have confirmed. */
  secure(): SecureStream {
    const { options, found, outlet, enter } = this.#parts;
    const { crypto, cacheSeconds = forEver } = options;
    enter("secure");
    const stream = new SecureStream({
      crypto,
      exchange: this.#exchange!,
      peer: found.peer!.hello,
      confirm: this.#peerConfirm!,
      retained: found.retained,
      cacheSeconds,
      announced: found.isAnnounced === true,
      master: this.master,
    });
    outlet.await(undefined);
    outlet.tell(...stream.begin());
    return stream;
  }

  /** What came once more is answered once more, with the same octets (§6). */
  repeat(message: Uint8Array, answer: "DHPart1" | "Confirm1" | "Conf2ACK"): void {
    const { outlet, passOver } = this.#parts;
    if (!this.#exchange!.isRepeated(message)) passOver();
    else if (answer === "Conf2ACK") outlet.send(acknowledgement("Conf2ACK"));
    else {
      outlet.send(answer === "DHPart1" ? this.#exchange!.ownPart! : this.#confirm());
      outlet.await(patienceMs);
    }
  }

  /** Keys are erased (§4.7.3). */
  end(): void {
    this.#exchange?.erase();
    this.#exchange = undefined;
  }

  #checkedCommit(message: Uint8Array): Commit | undefined {
    const { options, found, passOver } = this.#parts;
    const { peer } = found;
    const decoded = decodeCommit(message);
    if (peer === undefined || !decoded.ok) {
      passOver();
      return undefined;
    }
    const refusal = Exchange.checkCommit(options.crypto, peer.hello, decoded.value);
    if (refusal === undefined) return decoded.value;
    this.#refuse(refusal);
    return undefined;
  }

  /** `discarded`: our own Commit, whose key pair may serve again. */
  #accept(commit: Commit, discarded: Exchange | undefined): void {
    const { own, outlet, enter, fail } = this.#parts;
    const choice = judge(own, commit.choice);
    const code = typeof choice === "number" ? choice : this.#judgeNonce(choice, commit);
    if (typeof choice === "number" || code !== undefined) {
      fail("refused", code!);
      return;
    }
    const pair = discarded?.choice.agreement === choice.agreement ? discarded.pair : undefined;
    this.#exchange = Exchange.respond(this.#partsOf(choice), commit, pair);
    outlet.tell({ kind: "quiet", on: true });
    const { ownPart } = this.#exchange;
    if (ownPart === undefined) this.#conclude(this.#confirm());
    else {
      enter("responding");
      outlet.send(ownPart);
      outlet.await(patienceMs);
    }
  }

  /** §4.4.3.1: a further stream of this session, with a nonce of its own. */
  #judgeNonce({ agreement }: Choice, { commitment, zid }: Commit): ErrorCode | undefined {
    if (agreement !== "Mult") return undefined;
    const { master } = this;
    if (master?.peerZid !== hexOf(zid)) return errorCodes.noSharedSecret;
    const nonce = hexOf(commitment);
    if (master.nonces.has(nonce)) return errorCodes.nonceReuse;
    master.nonces.add(nonce);
    return undefined;
  }

  #conclude(confirm1: Uint8Array): void {
    const { outlet, enter } = this.#parts;
    enter("concluding");
    outlet.send(confirm1);
    outlet.await(patienceMs);
  }

  #confirm(): Uint8Array {
    const { options, found } = this.#parts;
    const { cacheSeconds = forEver } = options;
    const exchange = this.#exchange!;
    return exchange.confirm({
      enrolment: false,
      verified: cacheSeconds !== 0 && wasVerified(exchange, found.retained),
      allowClear: false,
      disclosure: false,
      // §4.9: in multistream mode it means nothing.
      cacheSeconds: this.master === undefined ? cacheSeconds : forEver,
    });
  }

  #refuse(refusal: Refusal): void {
    if (refusal === false) this.#parts.passOver();
    else this.#parts.fail(refusal.tampered ? "tampered" : "refused", refusal.code);
  }

  #partsOf(choice: Choice): ExchangeParts {
    const { options, chain, hello, found } = this.#parts;
    const { crypto, zid, auxSecret } = options;
    const peer = found.peer!.hello;
    return { crypto, chain, zid, hello, peer, choice, retained: found.retained, auxSecret, master: this.master };
  }
}
