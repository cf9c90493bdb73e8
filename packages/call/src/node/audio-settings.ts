/** What a call of Node offers for its sound: codecs and digits. RFC 3551, 4733, 7587. */

import type { CodecSettings } from "@trapezoid/sdp";
import { CallError } from "../errors.ts";
import type { MediaProfile } from "../media-port.ts";

export const defaultCodecs: readonly string[] = ["opus", "G722", "PCMA", "PCMU"];

const known: Readonly<Record<string, CodecSettings>> = {
  OPUS: { name: "opus", clockRate: 48_000, channels: 2, parameters: "useinbandfec=1" },
  G722: { name: "G722", clockRate: 8_000 },
  PCMA: { name: "PCMA", clockRate: 8_000 },
  PCMU: { name: "PCMU", clockRate: 8_000 },
  // RFC 3551 §6 gives L16 numbers at 44,100 Hz alone, of which no phone has a use.
  L16: { name: "L16", clockRate: 16_000 },
};

/** Some phones look for no other number. */
const usualEvents = { clockRate: 8_000, payloadType: 101 } as const;

/** Aliases that people write. */
const aliases: Readonly<Record<string, string>> = { ULAW: "PCMU", ALAW: "PCMA", "G.722": "G722", "G.711": "PCMA" };

/** L16 alone has a choice (RFC 3551 §4.5.11); packets of 10 ms are whole samples. */
function hasRate({ name, clockRate }: CodecSettings, wanted: number): boolean {
  if (name !== "L16") return wanted === clockRate;
  return wanted >= 8_000 && wanted <= 48_000 && wanted % 100 === 0;
}

/** Codecs by names, `L16/44100` for a rate that is not the usual. Throws a `CallError` for one that we do not have. */
export function codecSettings({
  codecs: names = defaultCodecs,
  digitEvents = true,
}: Pick<MediaProfile, "codecs" | "digitEvents">): CodecSettings[] {
  const codecs = names.map((written): CodecSettings => {
    const [name = "", rate, channels] = written.split("/");
    const upper = name.toUpperCase();
    const codec = known[aliases[upper] ?? upper];
    const clockRate = rate === undefined ? codec?.clockRate : Number(rate);
    const isKnown = channels === undefined || Number(channels) === (codec?.channels ?? 1);
    if (codec === undefined || clockRate === undefined || !isKnown || !hasRate(codec, clockRate)) {
      throw new CallError(
        "CALL_UNKNOWN_CODEC",
        `there is no codec ${written}; ${Object.values(known)
          .map((one) => one.name)
          .join(", ")} can be used, L16 with a rate of 8000 to 48000 (L16/44100)`,
      );
    }
    return { ...codec, clockRate };
  });
  if (!digitEvents) return codecs;
  // RFC 4733 §2.1: events have the clock of the sound that they go with.
  const rates = new Set(codecs.map(({ clockRate }) => clockRate));
  for (const clockRate of rates) {
    const events: CodecSettings = { name: "telephone-event", clockRate, parameters: "0-16" };
    codecs.push(clockRate === usualEvents.clockRate ? { ...events, ...usualEvents } : events);
  }
  return codecs;
}
