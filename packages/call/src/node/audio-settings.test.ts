import assert from "node:assert/strict";
import { test } from "node:test";
import { CallError } from "../errors.ts";
import { codecSettings } from "./audio-settings.ts";

test("each clock has its events; those of 8 kHz under the number that phones look for (RFC 4733 §2.1)", () => {
  const settings = codecSettings({ codecs: ["opus", "PCMA"] });
  assert.deepEqual(
    settings.map(({ name, clockRate, payloadType }) => [name, clockRate, payloadType]),
    [
      ["opus", 48_000, undefined],
      ["PCMA", 8_000, undefined],
      ["telephone-event", 48_000, undefined],
      ["telephone-event", 8_000, 101],
    ],
  );
});

test("without events there are codecs alone", () => {
  assert.deepEqual(
    codecSettings({ codecs: ["PCMU"], digitEvents: false }).map(({ name }) => name),
    ["PCMU"],
  );
});

test("names as people write them; one that there is not is named at once", () => {
  assert.deepEqual(
    codecSettings({ codecs: ["ulaw", "g.722", "L16/44100"], digitEvents: false }).map(
      ({ name, clockRate }) => `${name}/${clockRate}`,
    ),
    ["PCMU/8000", "G722/8000", "L16/44100"],
  );
  for (const none of ["MP3", "PCMA/16000", "L16/44100/2", "L16/96000", "L16/44.1k"]) {
    assert.throws(() => codecSettings({ codecs: [none] }), CallError, none);
  }
  assert.equal(codecSettings({ codecs: ["opus/48000/2"] })[0]!.channels, 2);
});
