import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attribute,
  codecsOf,
  formatCandidate,
  formatCrypto,
  formatExtensionMap,
  formatRtpMap,
  formatSdp,
  parseCandidate,
  parseCrypto,
  parseExtensionMap,
  parseRtpMap,
  parseSdp,
  usableKey,
} from "../src/index.ts";

const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";

function faultOf(text: string): string | undefined {
  const parsed = parseSdp(text);
  return parsed.ok ? undefined : parsed.error.code;
}

test("unknown lines and attributes, order and blanks survive (RFC 8866 §5)", () => {
  const text = `${head}i=a session\r\nz=0 0\r\na=X-own:1;2\r\na=sendonly\r\nm=audio 9 RTP/AVP 0 8\r\nk=clear:x\r\na=fmtp:0  a=b \r\nm=image 0 udptl t38\r\n`;
  const parsed = parseSdp(text);
  assert.ok(parsed.ok);
  assert.equal(formatSdp(parsed.value), text);
  assert.equal(parsed.value.media[0]!.direction, "sendonly", "the session's direction is inherited (RFC 8866 §6.7)");
  assert.deepEqual(parsed.value.media[1]!.formats, ["t38"]);
  assert.equal(attribute(parsed.value, "X-own"), "1;2");
});

test("a medium's own address and direction go before the session's (RFC 8866 §5.7, §6.7)", () => {
  const parsed = parseSdp(
    `${head}c=IN IP4 192.0.2.1\r\na=inactive\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\na=recvonly\r\n`,
  );
  assert.ok(parsed.ok);
  const media = parsed.value.media[0]!;
  assert.deepEqual(media.connection, { addressType: "IP6", address: "2001:db8::1" });
  assert.equal(media.direction, "recvonly");
});

test("static payload types need no rtpmap, dynamic ones do (RFC 3551 §6)", () => {
  const parsed = parseSdp(
    `${head}m=audio 9 RTP/AVP 0 9 96 97\r\na=rtpmap:97 OPUS/48000/2\r\na=fmtp:97 useinbandfec=1\r\na=rtcp-fb:* nack\r\n`,
  );
  assert.ok(parsed.ok);
  assert.deepEqual(
    codecsOf(parsed.value.media[0]!).map(({ name, clockRate, channels, parameters, feedback }) => [
      name,
      clockRate,
      channels,
      parameters,
      feedback,
    ]),
    [
      ["PCMU", 8_000, 1, undefined, ["nack"]],
      ["G722", 8_000, 1, undefined, ["nack"]],
      ["OPUS", 48_000, 2, "useinbandfec=1", ["nack"]],
    ],
  );
});

test("what would lead media astray is a fault; a broken o= or attribute is not", () => {
  assert.equal(faultOf(`${head}m=audio 99999 RTP/AVP 0\r\n`), "SDP_BAD_MEDIA");
  assert.equal(faultOf(`${head}m=audio\r\n`), "SDP_BAD_MEDIA");
  assert.equal(faultOf(`${head}c=IN IP4\r\n`), "SDP_BAD_CONNECTION");
  assert.equal(faultOf(`${head}${"m=audio 9 RTP/AVP 0\r\n".repeat(65)}`), "SDP_TOO_MANY_MEDIA");
  assert.equal(faultOf(head + "a=x".repeat(30_000)), "SDP_TOO_LONG");
  assert.equal(faultOf("v=0\r\no=broken\r\na=rtpmap:\r\nm=audio 9 RTP/AVP 0\r\na=crypto:\r\n"), undefined);
});

const values: readonly (readonly [what: string, text: string, parse: (text: string) => string | undefined])[] = [
  ["rtpmap", "97 opus/48000/2", (text) => format(parseRtpMap(text), formatRtpMap)],
  ["rtpmap", "8 PCMA/8000", (text) => format(parseRtpMap(text), formatRtpMap)],
  [
    "crypto",
    "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32",
    (text) => format(parseCrypto(text), formatCrypto),
  ],
  [
    "crypto",
    "2 F8_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP",
    (text) => format(parseCrypto(text), formatCrypto),
  ],
  [
    "candidate",
    "1 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998 generation 0",
    (text) => format(parseCandidate(text), formatCandidate),
  ],
  [
    "candidate",
    "a+/ 2 TCP 2 2001:db8::5 9 typ host tcptype active",
    (text) => format(parseCandidate(text), formatCandidate),
  ],
  [
    "extmap",
    "3/recvonly urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on",
    (text) => format(parseExtensionMap(text), formatExtensionMap),
  ],
];

function format<T>(value: T | undefined, write: (value: T) => string): string | undefined {
  return value === undefined ? undefined : write(value);
}

for (const [what, text, roundTrip] of values) {
  test(`a=${what}:${text.slice(0, 24)}… is written as it was read`, () => assert.equal(roundTrip(text), text));
  test(`a=${what}:${text.slice(0, 24)}… cut short is never more than it says`, () => {
    for (let length = 0; length < text.length; length++) {
      const cut = text.slice(0, length).trimEnd();
      const result = roundTrip(cut);
      assert.ok(result === undefined || cut.startsWith(result), `${cut} became ${result}`);
    }
  });
}

test("keys of another length, unknown suites and parameters that change packets are not used (RFC 4568 §5.1.2, §6.3)", () => {
  const key = Buffer.alloc(30).toString("base64");
  const use = (text: string): boolean => usableKey(parseCrypto(text)!) !== undefined;
  assert.equal(use(`1 AES_CM_128_HMAC_SHA1_80 inline:${key}`), true);
  assert.equal(use(`1 AES_CM_128_HMAC_SHA1_80 inline:${key} WSH=64`), true);
  assert.equal(use(`1 AES_CM_128_HMAC_SHA1_80 inline:${key} UNENCRYPTED_SRTP`), false);
  assert.equal(use(`1 AES_256_CM_HMAC_SHA1_80 inline:${key}`), false);
  assert.equal(use(`1 SOMETHING_ELSE inline:${key}`), false);
});

test("a description of nothing but repeats is read in time that grows with its length", () => {
  for (const piece of [
    "a=candidate:1 1 UDP 1 a 1 typ a ",
    "a= ",
    "m=a 1 b ",
    "a=crypto:1 a inline:a|a|",
    "a=fmtp:96 ;;;=;",
    "a=extmap:1 a ",
  ]) {
    const text = `${head}m=audio 9 RTP/AVP 96\r\n${piece.repeat(Math.floor(60_000 / piece.length))}\r\n`;
    const start = process.cpuUsage().user;
    const parsed = parseSdp(text);
    if (parsed.ok) for (const media of parsed.value.media) codecsOf(media);
    for (const line of text.split("\r\n")) {
      parseCandidate(line.slice(12));
      parseCrypto(line.slice(9));
      parseExtensionMap(line.slice(9));
    }
    assert.ok(process.cpuUsage().user - start < 200_000, piece);
  }
});
