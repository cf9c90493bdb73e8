import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  codecsOf,
  formatSdp,
  type MediaDescription,
  OfferAnswer,
  parseSdp,
  type SessionDescription,
  type StreamChoice,
} from "../src/index.ts";

interface Example {
  readonly section: string;
  readonly step: string;
  readonly sdp: string;
}

const examples = JSON.parse(readFileSync(`${import.meta.dirname}/data/rfc4317.json`, "utf8")) as Example[];

function read(text: string): SessionDescription {
  const parsed = parseSdp(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

/** What somebody must have been willing to do who wrote this section. */
function choiceOf(media: MediaDescription): StreamChoice {
  if (media.port === 0) return undefined;
  return {
    kind: media.kind,
    codecs: codecsOf(media).map(({ name, clockRate, channels, payloadType }) => ({
      name,
      clockRate,
      channels,
      payloadType,
    })),
    direction: media.direction,
    address: media.connection!.address,
    port: media.port,
    rtcpMux: false,
  };
}

/** What a section says that counts: the order of codecs, but not the numbers, which an answerer may choose. */
function essence(media: MediaDescription): object {
  const codecs = media.port === 0 ? [] : codecsOf(media).map(({ name, clockRate }) => `${name}/${clockRate}`);
  const { kind, port, direction, connection } = media;
  return port === 0 ? { kind, port } : { kind, port, direction, address: connection?.address, codecs };
}

/**
 * The example of §3.2 answers `sendonly` with `sendrecv`, and with a codec more than was offered. RFC 3264 §6.1 allows `recvonly` and `inactive` alone; the additional codec would be allowed, but gains nothing.
 */
function strictly(answer: MediaDescription, offer: MediaDescription): MediaDescription {
  const offered = new Set(codecsOf(offer).map(({ name }) => name));
  const formats = codecsOf(answer)
    .filter(({ name }) => offered.has(name))
    .map(({ payloadType }) => `${payloadType}`);
  const direction = offer.direction === "sendonly" && answer.direction === "sendrecv" ? "recvonly" : answer.direction;
  return { ...answer, formats, direction };
}

function sessionFor(address: string): OfferAnswer {
  return new OfferAnswer({ sessionId: "1", address });
}

for (const section of new Set(examples.map((example) => example.section))) {
  const steps = examples.filter((example) => example.section === section);

  test(`RFC 4317 §${section}: the answerer comes to the same answers`, () => {
    // The first offerer may be the second answerer.
    const ends = new Map<string, OfferAnswer>();
    const endOf = (description: SessionDescription): OfferAnswer => {
      const name = description.origin!.username;
      const end = ends.get(name) ?? sessionFor(description.origin!.address);
      ends.set(name, end);
      return end;
    };
    for (let index = 0; index < steps.length; index += 2) {
      const [offer, answer] = [read(steps[index]!.sdp), read(steps[index + 1]!.sdp)];
      const [offerer, answerer] = [endOf(offer), endOf(answer)];
      const made = offerer.createOffer(offer.media.map(choiceOf));
      assert.deepEqual(made.media.map(essence), offer.media.map(essence));
      assert.ok(answerer.receiveOffer(offer).ok);
      const { description, refusals } = answerer.createAnswer(answer.media.map(choiceOf));
      assert.deepEqual(
        description.media.map(essence),
        answer.media.map((media, place) => essence(strictly(media, offer.media[place]!))),
      );
      assert.equal(refusals.size, 0);
      const accepted = offerer.acceptAnswer(answer);
      assert.ok(accepted.ok, accepted.ok ? "" : accepted.error.message);
      for (const [place, stream] of accepted.value.streams.entries()) {
        const media = strictly(answer.media[place]!, offer.media[place]!);
        assert.equal(stream.active, media.port !== 0);
        if (!stream.active) continue;
        assert.deepEqual(stream.remote, { address: media.connection!.address, port: media.port });
        assert.deepEqual(
          stream.codecs.map(({ name }) => name),
          codecsOf(media)
            .map(({ name }) => name)
            .filter((name) => name !== "telephone-event" || stream.companions.length === 0),
        );
      }
      assert.equal(formatSdp(offer), steps[index]!.sdp);
    }
  });
}
