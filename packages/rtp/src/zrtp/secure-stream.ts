/** What a finished exchange means: keys, the authentication string, what is remembered. RFC 6189 §4.6.1, §4.9, §7.1, §7.3. */

import type { SrtpKeying } from "../srtp/sender.ts";
import { suiteOf } from "./algorithms.ts";
import { type ConfirmContent, openSasRelay } from "./confirm.ts";
import type { ZrtpCrypto } from "./crypto.ts";
import { warningOf, type ZrtpEffect, type ZrtpMaster, type ZrtpSecurity } from "./effects.ts";
import type { Exchange } from "./exchange.ts";
import { type Hello, hexOf } from "./hello.ts";
import type { MasterKey } from "./key-schedule.ts";
import { isRightGoClear } from "./notices.ts";
import type { RetainedSecrets, Role } from "./retained-secrets.ts";
import { renderSas } from "./sas.ts";

export interface SecureParts {
  readonly crypto: ZrtpCrypto;
  readonly exchange: Exchange;
  readonly peer: Hello;
  /** What the peer's Confirm said. */
  readonly confirm: ConfirmContent;
  readonly retained: RetainedSecrets | undefined;
  /** Ours; 0 remembers nothing. */
  readonly cacheSeconds: number;
  readonly announced: boolean;
  /** In multistream mode. */
  readonly master: ZrtpMaster | undefined;
}

/** Keys of one direction: initiator and responder have one each (§4.5.3). */
export function keyingOf(exchange: Exchange, sender: Role): SrtpKeying {
  const { cipher, authTag } = exchange.choice;
  const { key, salt }: MasterKey = exchange.agreed!.keys.srtp[sender];
  return { suite: suiteOf(cipher, authTag), masterKey: key, masterSalt: salt };
}

export function other(role: Role): Role {
  return role === "initiator" ? "responder" : "initiator";
}

/** §4.3.2: a secret was expected, and the other side does not have it. */
export function isMismatch(exchange: Exchange, retained: RetainedSecrets | undefined): boolean {
  const { session, shared } = exchange.agreed!;
  return session !== undefined && retained?.rs1 !== undefined && shared.retained === undefined;
}

/** Our V flag (§7.1): of earlier calls, and only while the chain of secrets goes on. */
export function wasVerified(exchange: Exchange, retained: RetainedSecrets | undefined): boolean {
  return retained?.verified === true && exchange.agreed!.shared.retained !== undefined;
}

export class SecureStream {
  readonly #parts: SecureParts;
  readonly #sasHash: Uint8Array;
  #security: ZrtpSecurity;
  /** Not remembered until the user has compared (§4.6.1.1). */
  #withheld: Uint8Array | undefined;
  #clearRefused = false;

  constructor(parts: SecureParts) {
    this.#parts = parts;
    const { exchange, peer, confirm, retained, announced, master } = parts;
    const { choice, role, agreed } = exchange;
    this.#sasHash = agreed!.session?.sasHash ?? new Uint8Array(32);
    const sas = renderSas(choice.sas, this.#sasHash);
    this.#security = {
      role,
      sas: master?.security.sas ?? sas,
      sasType: master?.security.sasType ?? choice.sas,
      verified: master?.security.verified ?? wasVerified(exchange, retained),
      verifiedByPeer: master?.security.verifiedByPeer ?? confirm.verified,
      continuity: master?.security.continuity ?? agreed!.shared.retained !== undefined,
      announced,
      agreement: choice.agreement,
      hash: choice.hash,
      cipher: choice.cipher,
      authTag: choice.authTag,
      suite: suiteOf(choice.cipher, choice.authTag).name,
      peerZid: hexOf(peer.zid),
      peerClient: peer.clientId,
    };
  }

  get security(): ZrtpSecurity {
    return this.#security;
  }

  /** What is told and asked for when the stream becomes secure. */
  begin(): readonly ZrtpEffect[] {
    const { exchange, confirm, peer } = this.#parts;
    const { role, choice, agreed } = exchange;
    const master: ZrtpMaster = this.#parts.master ?? {
      sessionKey: agreed!.session!.sessionKey,
      hash: choice.hash,
      cipher: choice.cipher,
      authTag: choice.authTag,
      peerZid: this.#security.peerZid,
      nonces: new Set(),
      security: this.#security,
    };
    const send = keyingOf(exchange, role);
    const receive = keyingOf(exchange, other(role));
    return [
      ...(peer.mitm ? [warningOf("middle")] : []),
      ...(confirm.enrolment ? [warningOf("enrolment")] : []),
      ...(confirm.disclosure ? [warningOf("disclosure")] : []),
      { kind: "secured", security: this.#security, send, receive, master },
      ...this.#remember(),
    ];
  }

  /** The user has compared the authentication string; false: it was another. */
  verify(matches: boolean): readonly ZrtpEffect[] {
    this.#security = { ...this.#security, verified: matches };
    const peer = this.#security.peerZid;
    const changed: ZrtpEffect = { kind: "changed", security: this.#security };
    const secret = this.#withheld;
    this.#withheld = undefined;
    if (!matches || secret === undefined) return [{ kind: "verified", peer, verified: matches }, changed];
    return [{ kind: "remember", peer, secret, verified: true, seconds: this.#seconds() }, changed];
  }

  /** Whether the Hello of this stream is the one that the signalling announces, which may come late. */
  announce(announced: boolean): readonly ZrtpEffect[] {
    if (announced === this.#security.announced) return [];
    this.#security = { ...this.#security, announced };
    return [...(announced ? [] : [warningOf("helloHash")]), { kind: "changed", security: this.#security }];
  }

  /** A SASrelay: `undefined` when it is not the peer's; else it is acknowledged. */
  relay(message: Uint8Array): readonly ZrtpEffect[] | undefined {
    const { crypto, exchange, peer, master } = this.#parts;
    const content = openSasRelay(crypto, exchange.peerSealing, message);
    if (content === undefined) return undefined;
    // §5.13, §7.3: the relayed string is for those alone who enrolled; its rendering is for all.
    const { sasType } = content;
    const isKnown = sasType === "B32" || sasType === "B256";
    if (!peer.mitm || !isKnown || sasType === this.#security.sasType || master !== undefined) return [];
    this.#security = { ...this.#security, sasType, sas: renderSas(sasType, this.#sasHash) };
    return [{ kind: "changed", security: this.#security }];
  }

  /** A GoClear: `undefined` when it is not the peer's; else it is refused, and told once. */
  clear(message: Uint8Array): readonly ZrtpEffect[] | undefined {
    const { crypto, exchange } = this.#parts;
    if (!isRightGoClear(crypto, exchange.peerSealing, message)) return undefined;
    if (this.#clearRefused) return [];
    this.#clearRefused = true;
    return [warningOf("goClear")];
  }

  #remember(): readonly ZrtpEffect[] {
    const { exchange, retained } = this.#parts;
    const secret = exchange.agreed!.session?.retained;
    if (secret === undefined) return [];
    const peer = this.#security.peerZid;
    const seconds = this.#seconds();
    // §4.9: 0 stores nothing, and lets go of what is stored.
    if (seconds === 0) return retained === undefined ? [] : [{ kind: "expire", peer }];
    if (isMismatch(exchange, retained)) {
      this.#withheld = secret.slice();
      return [];
    }
    return [{ kind: "remember", peer, secret: secret.slice(), verified: this.#security.verified, seconds }];
  }

  /** §4.9: the lesser of the two. */
  #seconds(): number {
    return Math.min(this.#parts.cacheSeconds, this.#parts.confirm.cacheSeconds);
  }
}
