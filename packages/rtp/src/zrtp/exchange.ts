/** One key agreement: its messages, the checks on those of the peer, and the keys that come of it. RFC 6189 §4.4, §4.6, §8.1.1, §9. */

import { publicValueBytes } from "./algorithms.ts";
import { type Commit, encodeCommit, hviBytes, nonceBytes } from "./commit.ts";
import { type ConfirmContent, openConfirm, sealConfirm } from "./confirm.ts";
import type { KeyAgreement, ZrtpCrypto } from "./crypto.ts";
import { decodeDhPart, encodeDhPart } from "./dh-part.ts";
import type { ZrtpMaster } from "./effects.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { type HashChain, imageOf, isImage } from "./hash-chain.ts";
import type { Hello } from "./hello.ts";
import {
  contextOf,
  deriveSessionSecrets,
  deriveStreamKeys,
  multistreamSecretOf,
  type SessionSecrets,
  type StreamKeys,
  secretOf,
} from "./key-schedule.ts";
import { hasRightMac, isEqual } from "./message.ts";
import type { Choice } from "./negotiation.ts";
import { type RetainedSecrets, type Role, type SharedSecrets, secretIds, sharedSecrets } from "./retained-secrets.ts";

export interface ExchangeParts {
  readonly crypto: ZrtpCrypto;
  readonly chain: HashChain;
  readonly zid: Uint8Array;
  /** Our whole Hello. */
  readonly hello: Uint8Array;
  readonly peer: Hello;
  readonly choice: Choice;
  readonly retained: RetainedSecrets | undefined;
  readonly auxSecret: Uint8Array | undefined;
  /** In multistream mode. */
  readonly master: ZrtpMaster | undefined;
}

/** Why a message of the peer is not used. `false`: it is not the peer's, and is passed over (§9); else the exchange ends. */
export type Refusal = { readonly code: ErrorCode; readonly tampered: boolean } | false;

export interface Agreed {
  readonly keys: StreamKeys;
  /** `undefined` in multistream mode. */
  readonly session: SessionSecrets | undefined;
  readonly shared: SharedSecrets;
}

const tampered = (code: ErrorCode): Refusal => ({ code, tampered: true });
const refused = (code: ErrorCode): Refusal => ({ code, tampered: false });

export class Exchange {
  readonly role: Role;
  readonly choice: Choice;
  /** The initiator's. */
  readonly commit: Uint8Array;
  /** Compared in contention (§4.2). */
  readonly commitment: Uint8Array;
  /** `undefined` in multistream mode. */
  readonly pair: KeyAgreement | undefined;
  readonly #parts: ExchangeParts;
  /** Ours: DHPart2 of an initiator, DHPart1 of a responder. */
  readonly #ownPart: Uint8Array | undefined;
  #peerPart: Uint8Array | undefined;
  /** The latest image of the peer's chain that was proved. */
  #peerImage: Uint8Array;
  #confirm: Uint8Array | undefined;
  #peerConfirm: Uint8Array | undefined;
  #agreed: Agreed | undefined;

  private constructor(parts: ExchangeParts, commit: Commit | undefined, pair: KeyAgreement | undefined) {
    const { crypto, chain, zid, peer, choice } = parts;
    this.#parts = parts;
    this.choice = choice;
    this.role = commit === undefined ? "initiator" : "responder";
    this.#peerImage = peer.h3;
    const { agreement, cipher } = choice;
    if (agreement !== "Mult") {
      // §5.1.5: an exponent twice as long as the AES key.
      this.pair = pair ?? crypto.keyAgreement(agreement, cipher === "AES1" ? 32 : 64);
      const ids = secretIds({ ...parts, hash: choice.hash }, this.role, chain.h3);
      const type = this.role === "initiator" ? "DHPart2" : "DHPart1";
      this.#ownPart = encodeDhPart(crypto, chain, type, ids, this.pair.publicValue);
    }
    if (commit !== undefined) {
      this.commit = commit.octets;
      this.commitment = commit.commitment;
      this.#peerImage = commit.h2;
    } else {
      this.commitment = this.#ownPart === undefined ? crypto.random(nonceBytes) : this.#hvi(this.#ownPart, peer.octets);
      this.commit = encodeCommit(crypto, chain, zid, choice, this.commitment);
    }
    if (agreement === "Mult") this.#agree(undefined, { retained: undefined, aux: undefined });
  }

  static initiate(parts: ExchangeParts): Exchange {
    return new Exchange(parts, undefined, undefined);
  }

  /** `pair`: of a Commit of ours that was discarded; it need not be made anew (§4.2). */
  static respond(parts: ExchangeParts, commit: Commit, pair?: KeyAgreement): Exchange {
    return new Exchange(parts, commit, pair);
  }

  /** A Commit is of the one who sent the Hello, and the Hello was not changed on its way. */
  static checkCommit(crypto: ZrtpCrypto, peer: Hello, commit: Commit): Refusal | undefined {
    // §9: a wrong preimage is somebody else's, and must not be used.
    if (!isImage(crypto, commit.h2, peer.h3)) return false;
    if (!hasRightMac(crypto, peer.octets, commit.h2)) return tampered(errorCodes.software);
    return isEqual(commit.zid, peer.zid) ? undefined : refused(errorCodes.helloMismatch);
  }

  /** What goes out to answer or to follow a Commit: our DHPart. */
  get ownPart(): Uint8Array | undefined {
    return this.#ownPart;
  }

  /** Once the peer's DHPart was taken; at once in multistream mode. */
  get agreed(): Agreed | undefined {
    return this.#agreed;
  }

  /** DHPart1 of a responder, DHPart2 of an initiator. */
  takeDhPart(message: Uint8Array): Refusal | undefined {
    const { crypto, hello, peer } = this.#parts;
    const { agreement } = this.choice;
    if (agreement === "Mult") return false;
    const part = decodeDhPart(message, publicValueBytes[agreement]);
    if (part === undefined) return refused(errorCodes.malformed);
    // A responder sends no Commit: its H2 is the image of the H1 here (§9).
    const isInitiator = this.role === "initiator";
    const h2 = imageOf(crypto, part.h1);
    if (!isEqual(isInitiator ? imageOf(crypto, h2) : h2, this.#peerImage)) return false;
    // §8.1.1: each message's MAC is checked when its key has come.
    const covered = isInitiator ? peer.octets : this.commit;
    if (!hasRightMac(crypto, covered, isInitiator ? h2 : part.h1)) return tampered(errorCodes.software);
    // §4.4.1.2: what was committed to is what is sent.
    if (!isInitiator && !isEqual(this.#hvi(message, hello), this.commitment)) return tampered(errorCodes.commitment);
    const result = this.pair!.agree(part.publicValue);
    if (result === undefined) return tampered(errorCodes.publicValue);
    this.#peerPart = part.octets;
    this.#peerImage = part.h1;
    const shared = sharedSecrets({ ...this.#parts, hash: this.choice.hash }, this.role, part.ids, peer.h3);
    this.#agree(result, shared);
    result.fill(0);
    return undefined;
  }

  /** Whether it is the Commit, the DHPart or the Confirm that was taken, once more. */
  isRepeated(message: Uint8Array): boolean {
    return [this.commit, this.#peerPart, this.#peerConfirm].some((taken) => taken && isEqual(message, taken));
  }

  /** Confirm1 of a responder, Confirm2 of an initiator; always the same octets (§6). */
  confirm(content: Omit<ConfirmContent, "h0">): Uint8Array {
    const { crypto, chain } = this.#parts;
    const type = this.role === "initiator" ? "Confirm2" : "Confirm1";
    this.#confirm ??= sealConfirm(crypto, type, this.#agreed!.keys.sealing[this.role], { ...content, h0: chain.h0 });
    return this.#confirm;
  }

  takeConfirm(message: Uint8Array): ConfirmContent | Exclude<Refusal, false> {
    const { crypto, peer } = this.#parts;
    const content = openConfirm(crypto, this.peerSealing, message);
    if (content === undefined) return { code: errorCodes.confirmMac, tampered: true };
    const isWhole =
      this.#peerPart !== undefined
        ? isImage(crypto, content.h0, this.#peerImage) && hasRightMac(crypto, this.#peerPart, content.h0)
        : this.#isWholeMultistream(content.h0, peer);
    if (!isWhole) return { code: errorCodes.software, tampered: true };
    this.#peerConfirm = message.slice();
    return content;
  }

  /** What the peer seals with. */
  get peerSealing(): StreamKeys["sealing"]["initiator"] {
    return this.#agreed!.keys.sealing[this.role === "initiator" ? "responder" : "initiator"];
  }

  /** §4.7.3. What was handed out is its holder's to erase. */
  erase(): void {
    const { keys, session } = this.#agreed ?? {};
    for (const sealing of [keys?.sealing.initiator, keys?.sealing.responder]) {
      sealing?.mac.fill(0);
      sealing?.cipher.fill(0);
    }
    session?.retained.fill(0);
  }

  /** §9: the images that were skipped are computed from H0. */
  #isWholeMultistream(h0: Uint8Array, peer: Hello): boolean {
    const { crypto } = this.#parts;
    const h1 = imageOf(crypto, h0);
    const h2 = imageOf(crypto, h1);
    if (!isImage(crypto, h2, peer.h3)) return false;
    return hasRightMac(crypto, peer.octets, h2) && (this.role === "initiator" || hasRightMac(crypto, this.commit, h1));
  }

  /** hvi: hash(DHPart2 ‖ responder's Hello), 256 bits (§4.4.1.1). */
  #hvi(dhPart2: Uint8Array, responderHello: Uint8Array): Uint8Array {
    return this.#parts.crypto.hash(this.choice.hash, dhPart2, responderHello).slice(0, hviBytes);
  }

  #agree(dhResult: Uint8Array | undefined, shared: SharedSecrets): void {
    const { crypto, hello, peer, zid, master } = this.#parts;
    const { hash, cipher } = this.choice;
    const isInitiator = this.role === "initiator";
    const parts = isInitiator ? [this.#peerPart, this.#ownPart] : [this.#ownPart, this.#peerPart];
    const dhParts = parts.filter((part) => part !== undefined);
    // §4.4.1.4: Hello of the responder, Commit, DHPart1, DHPart2.
    const totalHash = crypto.hash(hash, isInitiator ? peer.octets : hello, this.commit, ...dhParts);
    const context = isInitiator ? contextOf(zid, peer.zid, totalHash) : contextOf(peer.zid, zid, totalHash);
    const s0 =
      dhResult === undefined
        ? multistreamSecretOf(crypto, hash, master!.sessionKey, context)
        : secretOf(crypto, hash, dhResult, context, shared);
    this.#agreed = {
      keys: deriveStreamKeys(crypto, { hash, cipher }, s0, context),
      session: dhResult === undefined ? undefined : deriveSessionSecrets(crypto, hash, s0, context),
      shared,
    };
    // §4.6.1: s0 is erased; all that is needed of it has been derived.
    s0.fill(0);
  }
}
