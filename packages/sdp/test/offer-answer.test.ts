import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Answer,
  attribute,
  type CodecSettings,
  formatSdp,
  type NegotiatedSession,
  OfferAnswer,
  parseSdp,
  type SessionDescription,
  type StreamSettings,
  telephoneEventFor,
} from "../src/index.ts";

const pcmu: CodecSettings = { name: "PCMU", clockRate: 8_000 };
const pcma: CodecSettings = { name: "PCMA", clockRate: 8_000 };
const opus: CodecSettings = { name: "opus", clockRate: 48_000, channels: 2, parameters: "useinbandfec=1" };
const events: CodecSettings = { name: "telephone-event", clockRate: 8_000, parameters: "0-16" };
const wideEvents: CodecSettings = { name: "telephone-event", clockRate: 48_000, parameters: "0-16" };
const h264: CodecSettings = {
  name: "H264",
  clockRate: 90_000,
  parameters: "profile-level-id=42e01f;packetization-mode=1",
};

function audio(more: Partial<StreamSettings> = {}): StreamSettings {
  return {
    kind: "audio",
    codecs: [pcmu, pcma, events],
    direction: "sendrecv",
    address: "192.0.2.1",
    port: 4_000,
    ...more,
  };
}

function video(more: Partial<StreamSettings> = {}): StreamSettings {
  return { ...audio({ kind: "video", codecs: [h264], port: 5_000 }), ...more };
}

function sessionAt(
  address: string,
  more: { bundle?: boolean; preference?: "local" | "remote"; singleCodec?: boolean } = {},
): OfferAnswer {
  return new OfferAnswer({ sessionId: "7", address, ...more });
}

/** Over the wire: what is read is what was written. */
function travelled(description: SessionDescription): SessionDescription {
  const parsed = parseSdp(formatSdp(description));
  assert.ok(parsed.ok);
  assert.equal(formatSdp(parsed.value), formatSdp(description));
  return parsed.value;
}

interface Exchange {
  readonly offer: SessionDescription;
  readonly answer: Answer;
  readonly offerer: NegotiatedSession;
}

function exchange(
  from: OfferAnswer,
  to: OfferAnswer,
  offered: readonly (StreamSettings | undefined)[],
  answered: readonly (StreamSettings | undefined)[],
): Exchange {
  const offer = travelled(from.createOffer(offered));
  assert.ok(to.receiveOffer(offer).ok);
  const answer = to.createAnswer(answered);
  const accepted = from.acceptAnswer(travelled(answer.description));
  assert.ok(accepted.ok, accepted.ok ? "" : accepted.error.message);
  return { offer, answer, offerer: accepted.value };
}

const there = { address: "192.0.2.2", port: 6_000 };

test("both ends come to the same codecs, addresses and directions (RFC 3264 §6, §7)", () => {
  const { offerer, answer } = exchange(
    sessionAt("192.0.2.1"),
    sessionAt("192.0.2.2"),
    [audio()],
    [audio({ ...there, codecs: [pcma, events] })],
  );
  const [caller, callee] = [offerer.streams[0]!, answer.session.streams[0]!];
  assert.deepEqual(caller.codecs, callee.codecs);
  assert.deepEqual(
    caller.codecs.map(({ name, sendPayloadType }) => [name, sendPayloadType]),
    [["PCMA", 8]],
  );
  assert.deepEqual(caller.remote, there);
  assert.deepEqual(callee.remote, { address: "192.0.2.1", port: 4_000 });
  assert.deepEqual([caller.direction, callee.direction], ["sendrecv", "sendrecv"]);
  assert.equal(telephoneEventFor(caller)?.sendPayloadType, 96);
  assert.deepEqual(caller.remoteRtcp, there, "rtcp-mux was offered and accepted");
});

test("an offer is a whole description, with a session of its own and no time (RFC 3264 §5)", () => {
  const offer = formatSdp(new OfferAnswer({ sessionId: "7", address: "192.0.2.1" }).createOffer([audio()]));
  assert.match(offer, /^v=0\r\no=\S+ 7 \d+ IN IP4 192\.0\.2\.1\r\ns=\S+\r\n/);
  assert.match(offer, /\r\nt=0 0\r\n/);
  assert.match(offer, /\r\nm=audio 4000 RTP\/AVP 0 8 96\r\n/);
});

test("RTCP has the next port without rtcp-mux, or the one of a=rtcp (RFC 3605, RFC 5761 §5.1.1)", () => {
  const plain = exchange(sessionAt("a"), sessionAt("b"), [audio({ rtcpMux: false })], [audio(there)]);
  assert.deepEqual(plain.offerer.streams[0]!.remoteRtcp, { address: there.address, port: 6_001 });
  const named = exchange(
    sessionAt("a"),
    sessionAt("b"),
    [audio({ rtcpMux: false })],
    [audio({ ...there, rtcpPort: 7_777 })],
  );
  assert.deepEqual(named.offerer.streams[0]!.remoteRtcp, { address: there.address, port: 7_777 });
  for (const rtcpPort of [0, 65_536, 99_999]) {
    const none = exchange(sessionAt("a"), sessionAt("b"), [audio({ rtcpMux: false })], [audio({ ...there, rtcpPort })]);
    assert.equal(none.offerer.streams[0]!.remoteRtcp.port, 6_001, `${rtcpPort} is no port`);
  }
});

test("the offer's order of codecs counts, or the answerer's where that is asked for (RFC 3264 §6.1)", () => {
  const first = (preference: "local" | "remote"): string | undefined =>
    exchange(sessionAt("a"), sessionAt("b", { preference }), [audio()], [audio({ codecs: [pcma, pcmu] })]).offerer
      .streams[0]!.codecs[0]?.name;
  assert.deepEqual([first("remote"), first("local")], ["PCMU", "PCMA"]);
  const single = exchange(sessionAt("a"), sessionAt("b", { singleCodec: true }), [audio()], [audio()]);
  assert.deepEqual(
    single.offerer.streams[0]!.codecs.map(({ name }) => name),
    ["PCMU"],
  );
  assert.equal(single.offerer.streams[0]!.companions.length, 1);
});

test("telephone-event goes with the clock rate of a codec that was taken (RFC 4733 §2.1)", () => {
  const all = { codecs: [opus, pcmu, wideEvents, events] };
  const { offerer } = exchange(
    sessionAt("a"),
    sessionAt("b"),
    [audio(all)],
    [audio({ codecs: [opus, wideEvents, events] })],
  );
  const stream = offerer.streams[0]!;
  assert.deepEqual(
    stream.companions.map(({ clockRate }) => clockRate),
    [48_000],
  );
  assert.equal(telephoneEventFor(stream)?.clockRate, 48_000);
  assert.equal(stream.codecs[0]?.sendParameters, "useinbandfec=1");
});

test("hold and resume from both sides (RFC 3264 §8.4)", () => {
  const [a, b] = [sessionAt("a"), sessionAt("b")];
  exchange(a, b, [audio()], [audio(there)]);
  const held = exchange(a, b, [audio({ direction: "sendonly" })], [audio(there)]);
  assert.equal(held.offerer.streams[0]!.direction, "sendonly");
  assert.deepEqual(
    [held.answer.session.streams[0]!.direction, held.answer.session.streams[0]!.heldByRemote],
    ["recvonly", true],
  );
  const both = exchange(b, a, [audio({ ...there, direction: "sendonly" })], [audio({ direction: "sendonly" })]);
  assert.equal(both.offerer.streams[0]!.direction, "inactive", "both hold: nobody sends");
  const back = exchange(a, b, [audio()], [audio(there)]);
  assert.deepEqual(
    [back.offerer.streams[0]!.direction, back.answer.session.streams[0]!.heldByRemote],
    ["sendrecv", false],
  );
});

test("0.0.0.0 holds as well, and nothing is sent there (RFC 3264 §8.4, RFC 2543 §B.5)", () => {
  const answerer = sessionAt("b");
  const offer = parseSdp(
    "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
  );
  assert.ok(offer.ok && answerer.receiveOffer(offer.value).ok);
  const stream = answerer.createAnswer([audio()]).session.streams[0]!;
  assert.deepEqual([stream.direction, stream.heldByRemote], ["recvonly", true]);
});

test("an unanswered offer blocks another one, until it is rolled back (RFC 3264 §4, RFC 3261 §14.1)", () => {
  const [a, b] = [sessionAt("a"), sessionAt("b")];
  exchange(a, b, [audio()], [audio(there)]);
  const before = a.session;
  a.createOffer([audio({ direction: "sendonly" })]);
  const glare = a.receiveOffer(travelled(b.createOffer([audio(there)])));
  assert.equal(glare.ok ? "" : glare.error.code, "SDP_GLARE");
  assert.throws(() => a.createOffer([audio()]), TypeError);
  a.rollback();
  b.rollback();
  assert.equal(a.session, before);
  assert.equal(a.state, "stable");
  exchange(b, a, [audio(there)], [audio()]);
});

test("the version of o= goes up by one when, and only when, something changes (RFC 3264 §8)", () => {
  const [a, b] = [sessionAt("a"), sessionAt("b")];
  const versions = [audio(), audio(), audio({ port: 4_002 }), audio({ port: 4_002 })].map(
    (settings) => exchange(a, b, [settings], [audio(there)]).offer.origin?.sessionVersion,
  );
  assert.deepEqual(versions, ["1", "1", "2", "2"]);
});

test("streams are added at the end, dropped with port 0, and their place is used again (RFC 3264 §8.1, §8.2)", () => {
  const [a, b] = [sessionAt("a"), sessionAt("b")];
  exchange(a, b, [audio()], [audio(there)]);
  const added = exchange(a, b, [audio(), video()], [audio(there), video({ ...there, port: 6_100 })]);
  assert.deepEqual(
    added.offerer.streams.map(({ kind, active }) => [kind, active]),
    [
      ["audio", true],
      ["video", true],
    ],
  );
  const dropped = exchange(a, b, [audio()], [audio(there), video(there)]);
  assert.deepEqual(
    dropped.offer.media.map(({ port }) => port),
    [4_000, 0],
  );
  assert.deepEqual(
    dropped.offerer.streams.map(({ active }) => active),
    [true, false],
  );
  assert.deepEqual(
    dropped.answer.session.streams.map(({ active }) => active),
    [true, false],
  );
  const again = exchange(b, a, [audio(there), video(there)], [audio(), video()]);
  assert.deepEqual(
    again.offerer.streams.map(({ active }) => active),
    [true, true],
  );
});

test("a stream nobody wants is refused, the others go on (RFC 3264 §6)", () => {
  const { answer, offerer } = exchange(sessionAt("a"), sessionAt("b"), [audio(), video()], [audio(there)]);
  assert.deepEqual(
    answer.description.media.map(({ port }) => port),
    [6_000, 0],
  );
  assert.deepEqual(
    offerer.streams.map(({ active }) => active),
    [true, false],
  );
  const none = sessionAt("b");
  assert.ok(none.receiveOffer(sessionAt("a").createOffer([audio({ codecs: [opus] })])).ok);
  const refused = none.createAnswer([audio()]);
  assert.equal(refused.refusals.get(0), "no common codec");
  assert.equal(refused.session.streams[0]!.active, false);
});

test("a payload type keeps its meaning through the session, whoever gave it (RFC 3264 §8.3.2)", () => {
  const [a, b] = [sessionAt("a"), sessionAt("b")];
  const numbered = { ...opus, payloadType: 120 };
  exchange(a, b, [audio({ codecs: [numbered, events] })], [audio({ ...there, codecs: [opus, pcmu, events] })]);
  const second = exchange(
    b,
    a,
    [audio({ ...there, codecs: [pcmu, opus, wideEvents] })],
    [audio({ codecs: [numbered, wideEvents] })],
  );
  assert.equal(attribute(second.offer.media[0]!, "rtpmap"), "0 PCMU/8000");
  assert.deepEqual(second.offer.media[0]!.formats.slice(0, 2), ["0", "120"]);
  // 96 was the narrow events: the wide ones need a number of their own.
  assert.notEqual(second.offer.media[0]!.formats[2], "96");
});

test("different numbers for one codec: each side sends what the other asked for (RFC 3264 §5.1, §7)", () => {
  const caller = sessionAt("a");
  caller.createOffer([audio({ codecs: [{ ...opus, payloadType: 111 }] })]);
  const answer = parseSdp(
    "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\nm=audio 9 RTP/AVP 99\r\na=rtpmap:99 opus/48000/2\r\n",
  );
  assert.ok(answer.ok);
  const accepted = caller.acceptAnswer(answer.value);
  assert.ok(accepted.ok);
  const codec = accepted.value.streams[0]!.codecs[0]!;
  assert.deepEqual([codec.sendPayloadType, codec.receivePayloadType], [99, 111]);
});

test("H.264 is the same only with the same profile and packetization (RFC 6184 §8.2.2)", () => {
  const accepts = (parameters: string): boolean => {
    const answerer = sessionAt("b");
    assert.ok(answerer.receiveOffer(travelled(sessionAt("a").createOffer([video()]))).ok);
    return answerer.createAnswer([video({ codecs: [{ ...h264, parameters }] })]).session.streams[0]!.active;
  };
  assert.equal(accepts("profile-level-id=42e016;packetization-mode=1"), true);
  assert.equal(accepts("profile-level-id=4de01f;packetization-mode=1"), true, "constrained baseline in other words");
  assert.equal(accepts("profile-level-id=640c1f;packetization-mode=1"), false);
  assert.equal(accepts("profile-level-id=42e01f"), false);
});

const key = Buffer.alloc(30, 7).toString("base64");
const longKey = Buffer.alloc(46, 9).toString("base64");
const sdes = {
  keys: [
    { suite: "AES_256_CM_HMAC_SHA1_80", keySalt: longKey },
    { suite: "AES_CM_128_HMAC_SHA1_80", keySalt: key },
  ],
};

test("SDES: the first suite that both have, with its tag; each side's own key (RFC 4568 §5.1)", () => {
  const other = Buffer.alloc(30, 3).toString("base64");
  const { offer, offerer, answer } = exchange(
    sessionAt("a"),
    sessionAt("b"),
    [audio({ security: { required: true, sdes } })],
    [audio({ security: { required: true, sdes: { keys: [{ suite: "AES_CM_128_HMAC_SHA1_80", keySalt: other }] } } })],
  );
  assert.equal(offer.media[0]!.protocol, "RTP/SAVP");
  assert.match(attribute(answer.description.media[0]!, "crypto") ?? "", /^2 AES_CM_128_HMAC_SHA1_80 inline:/);
  assert.deepEqual(offerer.streams[0]!.sdes, {
    suite: "AES_CM_128_HMAC_SHA1_80",
    localKeySalt: key,
    remoteKeySalt: other,
  });
  assert.deepEqual(answer.session.streams[0]!.sdes, {
    suite: "AES_CM_128_HMAC_SHA1_80",
    localKeySalt: other,
    remoteKeySalt: key,
  });
});

test("encryption that is required is not negotiated away; one that is not may be (RFC 4568 §3.1)", () => {
  const refusal = (offered: StreamSettings, answered: StreamSettings): string | undefined => {
    const answerer = sessionAt("b");
    assert.ok(answerer.receiveOffer(travelled(sessionAt("a").createOffer([offered]))).ok);
    return answerer.createAnswer([answered]).refusals.get(0);
  };
  assert.match(refusal(audio(), audio({ security: { required: true, sdes } })) ?? "", /required/);
  assert.match(refusal(audio({ security: { required: true, sdes } }), audio()) ?? "", /no encryption/);
  assert.equal(refusal(audio({ security: { required: false, sdes } }), audio()), undefined);
  const offerer = sessionAt("a");
  offerer.createOffer([audio({ security: { required: true, sdes } })]);
  const plain = parseSdp(
    "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\nm=audio 9 RTP/SAVP 0\r\n",
  );
  assert.ok(plain.ok);
  const accepted = offerer.acceptAnswer(plain.value);
  assert.equal(accepted.ok ? "" : accepted.error.code, "SDP_NOT_SECURE");
});

const fingerprints = [{ hash: "sha-256", value: Array.from({ length: 32 }, () => "AB").join(":") }];

test("DTLS: the offer leaves the choice, the answerer begins; roles are opposite (RFC 5763 §5)", () => {
  const dtls = { required: true, dtls: { fingerprints } };
  const { offer, offerer, answer } = exchange(
    sessionAt("a"),
    sessionAt("b"),
    [audio({ security: dtls, feedback: true })],
    [audio({ security: dtls })],
  );
  assert.equal(offer.media[0]!.protocol, "UDP/TLS/RTP/SAVPF");
  assert.deepEqual(
    [attribute(offer.media[0]!, "setup"), attribute(answer.description.media[0]!, "setup")],
    ["actpass", "active"],
  );
  assert.deepEqual([offerer.streams[0]!.dtls?.role, answer.session.streams[0]!.dtls?.role], ["server", "client"]);
  assert.deepEqual(offerer.streams[0]!.dtls?.remoteFingerprints, fingerprints);
});

test("BUNDLE: what both group shares the transport of the first that was accepted (RFC 9143 §7)", () => {
  const [a, b] = [sessionAt("a", { bundle: true }), sessionAt("b", { bundle: true })];
  const { offer, answer, offerer } = exchange(a, b, [audio(), video()], [audio(there), video(there)]);
  assert.equal(attribute(offer, "group"), "BUNDLE 0 1");
  assert.equal(attribute(answer.description, "group"), "BUNDLE 0 1");
  assert.deepEqual(
    offerer.streams.map(({ transportIndex }) => transportIndex),
    [0, 0],
  );
  const refused = exchange(a, b, [audio(), video()], [undefined, video(there)]);
  assert.equal(attribute(refused.answer.description, "group"), "BUNDLE 1");
  assert.equal(refused.offerer.streams[1]!.transportIndex, 1);
});

test("ICE: credentials and candidates of both, when both have them (RFC 8839 §4)", () => {
  const candidate = {
    foundation: "1",
    component: 1,
    transport: "UDP",
    priority: 2_130_706_431,
    address: "192.0.2.1",
    port: 4_000,
    type: "srflx",
    relatedAddress: "10.0.0.1",
    relatedPort: 4_000,
    extensions: [["generation", "0"] as const],
  };
  const ice = { ufrag: "abcd", password: "0123456789012345678901", candidates: [candidate], options: ["trickle"] };
  const { offerer, answer } = exchange(
    sessionAt("a"),
    sessionAt("b"),
    [audio({ ice })],
    [audio({ ...there, ice: { ...ice, ufrag: "efgh", lite: true } })],
  );
  assert.deepEqual(answer.session.streams[0]!.ice?.remote.candidates, [candidate]);
  assert.deepEqual([offerer.streams[0]!.ice?.remote.ufrag, offerer.streams[0]!.ice?.remote.lite], ["efgh", true]);
  const without = exchange(sessionAt("a"), sessionAt("b"), [audio({ ice })], [audio(there)]);
  assert.equal(without.offerer.streams[0]!.ice, undefined);
});

test("each early dialog answers the same offer for itself (RFC 3261 §13.2.2.4)", () => {
  const caller = sessionAt("a");
  const offer = travelled(caller.createOffer([audio()]));
  const answers = ["b", "c"].map((address, index) => {
    const callee = sessionAt(address);
    assert.ok(callee.receiveOffer(offer).ok);
    return callee.createAnswer([audio({ address, port: 6_000 + index })]).description;
  });
  const forks = answers.map((answer) => {
    const fork = caller.clone();
    assert.ok(fork.acceptAnswer(answer).ok);
    return fork.session!.streams[0]!.remote;
  });
  assert.deepEqual(forks, [
    { address: "b", port: 6_000 },
    { address: "c", port: 6_001 },
  ]);
  assert.equal(caller.state, "offered");
});

test("answers that cannot be followed are faults, and the offer stays open", () => {
  const caller = sessionAt("a");
  caller.createOffer([audio()]);
  const head = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\n";
  const code = (media: string): string | undefined => {
    const parsed = parseSdp(head + media);
    assert.ok(parsed.ok);
    const accepted = caller.acceptAnswer(parsed.value);
    return accepted.ok ? undefined : accepted.error.code;
  };
  assert.equal(code("m=video 9 RTP/AVP 0\r\n"), "SDP_ANSWER_KIND");
  assert.equal(code("m=audio 9 RTP/AVP 3\r\n"), "SDP_NO_COMMON_CODEC");
  assert.equal(code("m=audio 9 RTP/AVP 0\r\nm=audio 9 RTP/AVP 0\r\n"), "SDP_ANSWER_SECTIONS");
  assert.equal(code("m=audio 9 RTP/AVP 0\r\n"), undefined);
  assert.equal(code("m=audio 9 RTP/AVP 0\r\n"), "SDP_NO_OFFER");
});
