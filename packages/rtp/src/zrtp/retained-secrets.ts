/** Secrets of earlier calls: how the two sides find out which they share, without saying them. RFC 6189 §4.3. */

import type { HashType } from "./algorithms.ts";
import type { ZrtpCrypto } from "./crypto.ts";
import { idBytes, type SecretIds } from "./dh-part.ts";
import { isEqual, putText } from "./message.ts";

/** What is remembered of a peer, by its ZID. */
export interface RetainedSecrets {
  readonly rs1?: Uint8Array | undefined;
  readonly rs2?: Uint8Array | undefined;
  /** The user has compared the authentication string, and nothing has broken the chain of secrets since. */
  readonly verified: boolean;
}

export type Role = "initiator" | "responder";

const roleTexts: Readonly<Record<Role, Uint8Array>> = {
  initiator: octetsOf("Initiator"),
  responder: octetsOf("Responder"),
};

export interface SecretParts {
  readonly crypto: ZrtpCrypto;
  readonly hash: HashType;
  readonly retained: RetainedSecrets | undefined;
  /** Agreed on by other means (§4.3). */
  readonly auxSecret: Uint8Array | undefined;
}

/** What this side sends in that role. */
export function secretIds(parts: SecretParts, role: Role, ownH3: Uint8Array): SecretIds {
  const { retained, auxSecret } = parts;
  const text = roleTexts[role];
  return {
    rs1: idOf(parts, retained?.rs1, text),
    rs2: idOf(parts, retained?.rs2, text),
    aux: idOf(parts, auxSecret, ownH3),
    // Trusted devices in the middle are not enrolled with: nobody has this secret.
    pbx: idOf(parts, undefined, text),
  };
}

export interface SharedSecrets {
  /** s1 of §4.3. */
  readonly retained: Uint8Array | undefined;
  /** s2 of §4.3. */
  readonly aux: Uint8Array | undefined;
}

/** The secrets that both sides have, by the hashes that the peer sent in the other role. */
export function sharedSecrets(
  parts: SecretParts,
  ownRole: Role,
  peerIds: SecretIds,
  peerH3: Uint8Array,
): SharedSecrets {
  const { retained, auxSecret } = parts;
  const peerText = roleTexts[ownRole === "initiator" ? "responder" : "initiator"];
  const own = [retained?.rs1, retained?.rs2].filter((secret) => secret !== undefined);
  const theirs = [peerIds.rs1, peerIds.rs2];
  const matches = (secret: Uint8Array, id: Uint8Array): boolean => isEqual(idOf(parts, secret, peerText), id);
  // §4.3: the initiator's rs1 if the responder has it at all, else the initiator's rs2.
  const s1 =
    ownRole === "initiator"
      ? own.find((secret) => theirs.some((id) => matches(secret, id)))
      : theirs.map((id) => own.find((secret) => matches(secret, id))).find((secret) => secret !== undefined);
  const hasAux = auxSecret !== undefined && isEqual(idOf(parts, auxSecret, peerH3), peerIds.aux);
  return { retained: s1, aux: hasAux ? auxSecret : undefined };
}

/** §4.3: where there is no secret, a random value says so to nobody. */
function idOf({ crypto, hash }: SecretParts, secret: Uint8Array | undefined, text: Uint8Array): Uint8Array {
  return secret === undefined ? crypto.random(idBytes) : crypto.hmac(hash, secret, text).slice(0, idBytes);
}

function octetsOf(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  putText(octets, 0, text);
  return octets;
}
