/** What a ZRTP stream asks of its owner, and what it tells. */

import type { SrtpKeying } from "../srtp/sender.ts";
import type { AgreementType, AuthTagType, CipherType, HashType, SasType } from "./algorithms.ts";
import type { Role } from "./retained-secrets.ts";

/** What is known of a stream that is secure. Plain data. */
export interface ZrtpSecurity {
  readonly role: Role;
  /** What both people must read to each other; of the first stream of the call. */
  readonly sas: string;
  readonly sasType: SasType;
  /** Our user compared it, in this call or in an earlier one with an unbroken chain of secrets since. */
  readonly verified: boolean;
  /** The other side's user did, in an earlier call (§7.1). */
  readonly verifiedByPeer: boolean;
  /** A secret of an earlier call went into the keys: nobody came in between since (§15.1). */
  readonly continuity: boolean;
  /** The Hello is the one that the signalling announced (§8.1). */
  readonly announced: boolean;
  readonly agreement: AgreementType | "Mult";
  readonly hash: HashType;
  readonly cipher: CipherType;
  readonly authTag: AuthTagType;
  /** Name of the SRTP profile, as in RFC 4568. */
  readonly suite: string;
  /** 24 hexadecimal digits. */
  readonly peerZid: string;
  readonly peerClient: string;
}

/** What a person must be told. */
export type ZrtpWarning =
  /** A secret of an earlier call was expected and the other side does not have it (§4.3.2). */
  | "cacheMismatch"
  /** The secret agreed on by other means is not the same (§4.3.2). */
  | "auxMismatch"
  /** The other side says that it stands between people, as a PBX does (§5.2). */
  | "middle"
  /** The other side offers to be trusted as one in the middle from now on; it is not (§7.3.1). */
  | "enrolment"
  /** The other side gives its keys to somebody (§11). */
  | "disclosure"
  /** A Hello came that is not the one the signalling announced; it was not used (§8.1). */
  | "helloHash"
  /** The other side wanted to go back to unprotected media; that was refused (§4.7.2). */
  | "goClear";

export interface ZrtpFailure {
  /** `peer`: it said so in an Error; `tampered`: messages were changed on their way, or somebody is in the middle. */
  readonly kind: "peer" | "tampered" | "refused" | "timeout";
  /** Of RFC 6189 table 8. */
  readonly code: number;
  /** For a person. */
  readonly text: string;
}

/** What further streams of the same call take their keys from (§4.4.3). Holds a secret. */
export interface ZrtpMaster {
  readonly sessionKey: Uint8Array;
  readonly hash: HashType;
  readonly cipher: CipherType;
  readonly authTag: AuthTagType;
  readonly peerZid: string;
  /** Of Commits so far, in hexadecimal digits: none may come twice (§4.4.3.1). Shared by the streams of the call. */
  readonly nonces: Set<string>;
  readonly security: ZrtpSecurity;
}

export type ZrtpEffect =
  | { readonly kind: "send"; readonly packet: Uint8Array }
  /** The one timer: `timeout()` is called so much later, in place of what was armed before; `undefined` disarms it. */
  | { readonly kind: "timer"; readonly ms: number | undefined }
  /** Look for secrets of an earlier call; answered with `retained()`. */
  | { readonly kind: "lookup"; readonly peer: string }
  /** Keys are being agreed on: media in clear should rest (§4). Off: it was a false start. */
  | { readonly kind: "quiet"; readonly on: boolean }
  /** From now on SRTP may come; nothing may be sent yet (§4: before Conf2ACK). */
  | { readonly kind: "receive"; readonly keying: SrtpKeying }
  /** From now on SRTP goes both ways. */
  | {
      readonly kind: "secured";
      readonly security: ZrtpSecurity;
      readonly send: SrtpKeying;
      readonly receive: SrtpKeying;
      readonly master: ZrtpMaster;
    }
  /** Something about a secure stream has changed: compared, or rendered otherwise. */
  | { readonly kind: "changed"; readonly security: ZrtpSecurity }
  /** Remember the new secret: what was rs1 becomes rs2 (§4.6.1). */
  | {
      readonly kind: "remember";
      readonly peer: string;
      readonly secret: Uint8Array;
      readonly verified: boolean;
      /** 0xffffffff: for ever. */
      readonly seconds: number;
    }
  /** What is remembered may be forgotten from now on (§4.9). */
  | { readonly kind: "expire"; readonly peer: string }
  /** The user compared the authentication string; false: it was another, and what is remembered is to be erased (§7.1). */
  | { readonly kind: "verified"; readonly peer: string; readonly verified: boolean }
  | { readonly kind: "warning"; readonly warning: ZrtpWarning; readonly text: string }
  | { readonly kind: "failed"; readonly failure: ZrtpFailure }
  /** Nobody answers the Hellos: the other side does not speak ZRTP, or not yet. A Hello that comes later is answered. */
  | { readonly kind: "silent" };

const texts: Readonly<Record<ZrtpWarning, string>> = {
  cacheMismatch:
    "a secret from an earlier call was expected, and the other side does not have it: compare the authentication string; if it differs, somebody listens",
  auxMismatch: "the secret that was agreed on by other means is not the same on the other side",
  middle:
    "the other side is a device between you and the person you talk to: what is protected is the way to that device",
  enrolment: "the other side offers to be trusted as a device in the middle; it is not trusted",
  disclosure: "the other side gives the keys of this call to somebody else",
  helloHash: "a greeting came that the signalling had not announced; it was not used",
  goClear: "the other side wanted to go on without protection; that was refused",
};

export function warningOf(warning: ZrtpWarning): ZrtpEffect {
  return { kind: "warning", warning, text: texts[warning] };
}
