import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { createZrtpCrypto } from "../node/index.ts";
import { type RetainedSecrets, type SecretParts, secretIds, sharedSecrets } from "./retained-secrets.ts";

const crypto = createZrtpCrypto();
const [one, two, three] = [1, 2, 3].map((octet) => new Uint8Array(32).fill(octet)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const h3 = { initiator: new Uint8Array(32).fill(0x11), responder: new Uint8Array(32).fill(0x22) };

function parts(rs1?: Uint8Array, rs2?: Uint8Array, auxSecret?: Uint8Array): SecretParts {
  const retained: RetainedSecrets | undefined = rs1 && { rs1, rs2, verified: false };
  return { crypto, hash: "S256", retained, auxSecret };
}

/** s1 and s2 as both sides find them; they must be the same. */
function agreed(initiator: SecretParts, responder: SecretParts): readonly (Uint8Array | undefined)[] {
  const idsI = secretIds(initiator, "initiator", h3.initiator);
  const idsR = secretIds(responder, "responder", h3.responder);
  const ofInitiator = sharedSecrets(initiator, "initiator", idsR, h3.responder);
  const ofResponder = sharedSecrets(responder, "responder", idsI, h3.initiator);
  assert.deepEqual(ofInitiator, ofResponder);
  return [ofInitiator.retained, ofInitiator.aux];
}

test("hashes of secrets are MACs over the role's name, of 64 bits (RFC 6189 §4.3.1)", () => {
  const { rs1, aux } = secretIds(parts(one, two, three), "responder", h3.responder);
  const mac = (key: Uint8Array, text: string | Uint8Array): string =>
    createHmac("sha256", key).update(text).digest().subarray(0, 8).toString("hex");
  assert.equal(Buffer.from(rs1).toString("hex"), mac(one, "Responder"));
  assert.equal(Buffer.from(aux).toString("hex"), mac(three, h3.responder));
});

test("s1 is the initiator's rs1 if the responder has it, else its rs2, else null (RFC 6189 §4.3)", () => {
  assert.deepEqual(agreed(parts(one, two), parts(one, two)), [one, undefined]);
  // One side has come a call further.
  assert.deepEqual(agreed(parts(one, two), parts(three, one)), [one, undefined]);
  assert.deepEqual(agreed(parts(three, one), parts(one, two)), [one, undefined]);
  // Both of them match crosswise: the initiator's rs1 decides.
  assert.deepEqual(agreed(parts(one, two), parts(two, one)), [one, undefined]);
  assert.deepEqual(agreed(parts(one), parts(two, three)), [undefined, undefined]);
  assert.deepEqual(agreed(parts(), parts(one)), [undefined, undefined]);
});

test("s2 is the auxiliary secret if both have it (RFC 6189 §4.3)", () => {
  assert.deepEqual(agreed(parts(one, undefined, three), parts(one, undefined, three)), [one, three]);
  assert.deepEqual(agreed(parts(one, undefined, three), parts(one, undefined, two)), [one, undefined]);
  assert.deepEqual(agreed(parts(one, undefined, three), parts(one)), [one, undefined]);
});

test("a secret that is not there looks like one that is (RFC 6189 §4.3)", () => {
  const ids = [secretIds(parts(), "initiator", h3.initiator), secretIds(parts(), "initiator", h3.initiator)];
  const texts = ids.flatMap(({ rs1, rs2, aux, pbx }) =>
    [rs1, rs2, aux, pbx].map((id) => Buffer.from(id).toString("hex")),
  );
  assert.equal(new Set(texts).size, 8);
});
