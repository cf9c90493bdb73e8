import assert from "node:assert/strict";
import { test } from "node:test";
import { sdpWords } from "./sdp-words.ts";

const session = ["v=0", "o=- 1 1 IN IP4 192.0.2.2", "s=-", "c=IN IP4 192.0.2.2", "t=0 0"];

const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  [
    "codecs by their names, digits beside them, where to send",
    ["m=audio 40000 RTP/AVP 96 8 0 101", "a=rtpmap:96 opus/48000/2", "a=rtpmap:101 telephone-event/8000"],
    ["audio opus PCMA PCMU + digits, 192.0.2.2:40000"],
  ],
  [
    "a direction that is not the usual one",
    ["m=audio 40000 RTP/AVP 0", "a=sendonly"],
    ["audio PCMU, sendonly, 192.0.2.2:40000"],
  ],
  [
    "keys that are demanded (RFC 4568)",
    ["m=audio 40000 RTP/SAVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"],
    ["audio PCMU, SDES, 192.0.2.2:40000"],
  ],
  [
    "keys that are wished for",
    ["m=audio 40000 RTP/AVP 0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"],
    ["audio PCMU, SDES if wanted, 192.0.2.2:40000"],
  ],
  [
    "DTLS (RFC 5763), at the level of the session too",
    ["a=fingerprint:sha-256 AA", "m=audio 40000 UDP/TLS/RTP/SAVPF 0"],
    ["audio PCMU, DTLS, 192.0.2.2:40000"],
  ],
  [
    "a stream that is refused",
    ["m=audio 40000 RTP/AVP 0", "m=video 0 RTP/AVP 31"],
    ["audio PCMU, 192.0.2.2:40000", "no video"],
  ],
  ["the old way to hold", ["m=audio 40000 RTP/AVP 0", "c=IN IP4 0.0.0.0"], ["audio PCMU, held by a null address"]],
  ["an IPv6 address", ["m=audio 40000 RTP/AVP 0", "c=IN IP6 2001:db8::1"], ["audio PCMU, [2001:db8::1]:40000"]],
  ["nothing at all", [], ["no media"]],
];

for (const [name, lines, words] of cases) {
  test(`a description in words: ${name}`, () => {
    assert.deepEqual(sdpWords(`${[...session, ...lines].join("\r\n")}\r\n`), words);
  });
}

test("a wish that is answered is agreed on; ZRTP is agreed on later (RFC 4568 §5.1.2, RFC 6189 §8)", () => {
  const words = (attribute: string): readonly string[] =>
    sdpWords(`${[...session, "m=audio 40000 RTP/AVP 0", attribute].join("\r\n")}\r\n`, "answers");
  assert.deepEqual(words("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"), ["audio PCMU, SDES, 192.0.2.2:40000"]);
  assert.deepEqual(words("a=zrtp-hash:1.10 00"), ["audio PCMU, ZRTP if wanted, 192.0.2.2:40000"]);
});

test("a description that is none is said to be that", () => {
  assert.match(sdpWords("v=0\r\nm=audio x RTP/AVP 0\r\n")[0]!, /^a description that cannot be read \(/);
});
