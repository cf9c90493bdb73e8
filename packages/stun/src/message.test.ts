import assert from "node:assert/strict";
import { test } from "node:test";
import {
  errorCode,
  mappedAddress,
  readErrorCode,
  readText,
  readUnknownAttributes,
  textAttribute,
} from "./attributes.ts";
import { answerBinding, bindingRequest } from "./binding.ts";
import { encodeStun } from "./encode.ts";
import { decodeStun, findAttribute, isStun, StunAttribute, type StunMessage, StunMethod } from "./message.ts";

const transactionId = Uint8Array.from({ length: 12 }, (_, at) => at * 17);

function decoded(octets: Uint8Array): StunMessage {
  const result = decodeStun(octets);
  assert.ok(result.ok, result.ok ? "" : result.error.message);
  return result.value;
}

test("decodeStun() is the inverse of encodeStun() for every class and for methods of 12 bits (RFC 8489 §5)", () => {
  for (const kind of ["request", "indication", "success", "error"] as const) {
    for (const method of [1, 3, 0x00f, 0x070, 0xf80, 0xfff]) {
      const attributes = [textAttribute(StunAttribute.software, "x".repeat(method % 7))];
      const message = decoded(encodeStun({ class: kind, method, transactionId, attributes }, { fingerprint: true }));
      assert.equal(message.class, kind);
      assert.equal(message.method, method);
      assert.deepEqual(message.transactionId, transactionId);
      assert.equal(readText(message, StunAttribute.software), "x".repeat(method % 7));
    }
  }
});

test("a binding request is 20 octets starting 0001 (RFC 8489 §5, §18.2)", () => {
  const octets = bindingRequest(transactionId);
  assert.equal(Buffer.from(octets).toString("hex"), `000100002112a442${Buffer.from(transactionId).toString("hex")}`);
});

test("answerBinding() tells a peer the address it came from, IPv4 and IPv6 (RFC 8489 §6.3.1)", () => {
  for (const source of [
    { address: "192.0.2.7", port: 51234 },
    { address: "2001:db8::7", port: 1 },
  ]) {
    const answer = answerBinding(decoded(bindingRequest(transactionId)), source);
    assert.ok(answer);
    const message = decoded(answer);
    assert.equal(message.class, "success");
    assert.deepEqual(message.transactionId, transactionId);
    assert.deepEqual(mappedAddress(message), source);
  }
});

test("answerBinding() refuses unknown comprehension-required attributes with 420 and lists them (RFC 8489 §6.3.1)", () => {
  const attributes = [0x7001, 0x7001, 0x0024, 0xff01].map((type) => ({ type, value: new Uint8Array(3) }));
  const request = decoded(encodeStun({ class: "request", method: StunMethod.binding, transactionId, attributes }));
  const message = decoded(answerBinding(request, { address: "192.0.2.7", port: 9 })!);
  assert.equal(message.class, "error");
  assert.deepEqual(readErrorCode(message), { code: 420, reason: "Unknown Attribute" });
  assert.deepEqual(readUnknownAttributes(message), [0x7001, 0x0024]);
});

test("answerBinding() is silent to indications, responses and other methods (RFC 8489 §6.3)", () => {
  const source = { address: "192.0.2.7", port: 9 };
  for (const message of [
    { class: "indication", method: 1, transactionId },
    { class: "success", method: 1, transactionId },
    { class: "request", method: 3, transactionId },
  ] as const) {
    assert.equal(answerBinding(decoded(encodeStun(message)), source), undefined);
  }
});

test("decodeStun() refuses a wrong FINGERPRINT, and one that is not last (RFC 8489 §7.3, §14.7)", () => {
  const octets = bindingRequest(transactionId, { fingerprint: true, software: "a" });
  octets[21] = octets[21]! ^ 1;
  const result = decodeStun(octets);
  assert.equal(result.ok ? "" : result.error.code, "STUN_BAD_FINGERPRINT");
});

test("decodeStun() never throws and never reads past the end, wherever a message is cut or flipped", () => {
  const whole = encodeStun(
    {
      class: "error",
      method: 1,
      transactionId,
      attributes: [errorCode(401), textAttribute(StunAttribute.realm, "example")],
    },
    { fingerprint: true },
  );
  for (let end = 0; end < whole.length; end++) assert.equal(decodeStun(whole.slice(0, end)).ok, false);
  for (let at = 0; at < whole.length; at++) {
    // Without its type, FINGERPRINT is an unknown optional attribute.
    if (at === whole.length - 8 || at === whole.length - 7) continue;
    const flipped = whole.slice();
    flipped[at] = flipped[at]! ^ 0xff;
    assert.equal(decodeStun(flipped).ok, false, `octet ${at}`);
  }
});

test("isStun() tells STUN from SIP, RTP, DTLS and short datagrams (RFC 8489 §5)", () => {
  assert.equal(isStun(bindingRequest(transactionId)), true);
  for (const other of ["OPTIONS sip:a@b SIP/2.0\r\n", "\x80\x00aaaabbbbccccddddeeee", "\x16\xfe\xfd", ""]) {
    assert.equal(isStun(Buffer.from(other, "latin1")), false);
  }
});

test("attributes after MESSAGE-INTEGRITY are ignored, but for SHA-256 and FINGERPRINT (RFC 8489 §14.5)", () => {
  const octets = encodeStun(
    {
      class: "request",
      method: 1,
      transactionId,
      attributes: [
        { type: StunAttribute.messageIntegrity, value: new Uint8Array(20) },
        textAttribute(StunAttribute.username, "smuggled"),
      ],
    },
    { fingerprint: true },
  );
  const message = decoded(octets);
  assert.equal(findAttribute(message, StunAttribute.username), undefined);
  assert.notEqual(findAttribute(message, StunAttribute.fingerprint), undefined);
});
