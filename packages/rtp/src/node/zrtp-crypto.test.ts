import assert from "node:assert/strict";
import { createCipheriv, getDiffieHellman } from "node:crypto";
import { test } from "node:test";
import { type AgreementType, publicValueBytes } from "../zrtp/algorithms.ts";
import { createZrtpCrypto } from "./zrtp-crypto.ts";

/** Secrets and results that RFCs print. */
const vectors: Partial<Record<AgreementType, readonly (readonly [secret: string, publicValue: string])[]>> = {
  // RFC 7748 §6.1
  X255: [
    [
      "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
    ],
    [
      "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
    ],
  ],
  // RFC 7748 §6.2
  X448: [
    [
      "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b",
      "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0",
    ],
    [
      "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d",
      "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609",
    ],
  ],
  // RFC 5903 §8.1
  EC25: [
    [
      "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
      "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
    ],
    [
      "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
      "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
    ],
  ],
  // RFC 5903 §8.2
  EC38: [
    [
      "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
      "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
    ],
    [
      "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
      "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
    ],
  ],
};

const results: Partial<Record<AgreementType, string>> = {
  X255: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
  X448: "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d",
  EC25: "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
  EC38: "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746",
};

function withSecret(secret: string): ReturnType<typeof createZrtpCrypto> {
  return createZrtpCrypto(() => Buffer.from(secret, "hex"));
}

for (const [name, pairs] of Object.entries(vectors)) {
  const type = name as AgreementType;
  test(`${type}: public values and result are those of the RFC's example (RFC 6189 §5.1.5)`, () => {
    const [one, two] = pairs.map(([secret]) => withSecret(secret).keyAgreement(type, 32));
    for (const [index, pair] of [one!, two!].entries()) {
      assert.equal(Buffer.from(pair.publicValue).toString("hex"), pairs[index]![1]);
    }
    assert.equal(Buffer.from(one!.agree(two!.publicValue)!).toString("hex"), results[type]);
    assert.equal(Buffer.from(two!.agree(one!.publicValue)!).toString("hex"), results[type]);
  });
}

function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  let result = 1n;
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % prime) {
    if (rest & 1n) result = (result * square) % prime;
  }
  return result;
}

for (const [type, group] of [
  ["DH3k", "modp15"],
  ["DH2k", "modp14"],
] as const) {
  const bytes = publicValueBytes[type];
  const prime = BigInt(`0x${getDiffieHellman(group).getPrime("hex")}`);
  const fixed = (value: bigint): Uint8Array => Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex");

  test(`${type}: 2 to the power of the secret, as long as the prime (RFC 6189 §4.4.1.1, §4.4.1.4)`, () => {
    // A small secret has a public value with many leading zeros, which must stay.
    for (const secretHex of ["0011".repeat(32), "80".repeat(64), "05dc"]) {
      const secret = BigInt(`0x${secretHex}`);
      const pair = withSecret(secretHex).keyAgreement(type, secretHex.length / 2);
      assert.deepEqual(pair.publicValue, Uint8Array.from(fixed(power(2n, secret, prime))));
      const peer = power(2n, 12_345_678_901_234_567_890n, prime);
      assert.deepEqual(Uint8Array.from(pair.agree(fixed(peer))!), Uint8Array.from(fixed(power(peer, secret, prime))));
    }
  });

  test(`${type}: 0, 1, p-1 and what is not below p are refused (RFC 6189 §4.4.1.2, §5.9)`, () => {
    const pair = createZrtpCrypto().keyAgreement(type, 32);
    for (const bad of [0n, 1n, prime - 1n, prime, prime + 1n]) assert.equal(pair.agree(fixed(bad)), undefined);
    assert.equal(pair.agree(pair.publicValue.subarray(1)), undefined);
    assert.ok(pair.agree(fixed(4n)));
  });
}

test("points that are not on the curve, and those that lead to zero, are refused (RFC 6189 §5.1.5)", () => {
  const crypto = createZrtpCrypto();
  for (const type of ["EC25", "EC38"] as const) {
    const pair = crypto.keyAgreement(type, 32);
    const other = crypto.keyAgreement(type, 32).publicValue;
    assert.ok(pair.agree(other));
    other[5]! ^= 1;
    assert.equal(pair.agree(other), undefined);
    assert.equal(pair.agree(new Uint8Array(other.length)), undefined);
  }
  for (const type of ["X255", "X448"] as const) {
    const pair = crypto.keyAgreement(type, 32);
    assert.equal(pair.agree(new Uint8Array(publicValueBytes[type])), undefined);
    assert.equal(pair.agree(new Uint8Array(publicValueBytes[type] + 1)), undefined);
  }
});

test("a secret that is not below the order of the curve is drawn again", () => {
  const draws = [Buffer.alloc(32, 0xff), Buffer.alloc(32), Buffer.alloc(32, 1)];
  const pair = createZrtpCrypto(() => draws.shift()!).keyAgreement("EC25", 32);
  assert.equal(draws.length, 0);
  assert.deepEqual(pair.publicValue, withSecret("01".repeat(32)).keyAgreement("EC25", 32).publicValue);
});

test("CFB feeds back full blocks and cuts the last one (RFC 6189 §5.7)", () => {
  const crypto = createZrtpCrypto();
  for (const keyBytes of [16, 24, 32]) {
    const key = Buffer.alloc(keyBytes, 3);
    const iv = Buffer.alloc(16, 5);
    const text = Buffer.from("0123456789abcdef0123456789abcdef01234567");
    // By single blocks: what is encrypted is fed back.
    let register: Buffer = iv;
    const expected: number[] = [];
    for (let at = 0; at < text.length; at += 16) {
      const stream = createCipheriv(`aes-${keyBytes * 8}-ecb`, key, null)
        .setAutoPadding(false)
        .update(register);
      const block = [...text.subarray(at, at + 16)].map((octet, index) => octet ^ stream[index]!);
      expected.push(...block);
      register = Buffer.from(block);
    }
    const sealed = crypto.encryptCfb(key, iv, text);
    assert.deepEqual([...sealed], expected);
    assert.deepEqual(Buffer.from(crypto.decryptCfb(key, iv, sealed)), text);
  }
});
