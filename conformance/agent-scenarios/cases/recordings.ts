/** What scenarios play: recordings of their folders, and tones of ours by the names that they know. */

import { existsSync } from "node:fs";
import path from "node:path";
import { encodeAlaw, encodeUlaw } from "@trapezoid/codec";
import type { SippOptions } from "../../../interop/rig/sipp.ts";
import { moreScenarios } from "../../sipp/sipp-case.ts";

type Files = NonNullable<SippOptions["files"]>;

/** SIPp's own recordings, which drachtio and jambonz have copied. */
export function pcaps(...names: readonly string[]): Files {
  if (moreScenarios === undefined) return {};
  const folder = path.join(moreScenarios, "sipp-builtin", "pcap");
  const files = names.map((name) => [`pcap/${name}.pcap`, path.join(folder, `${name}.pcap`)] as const);
  return Object.fromEntries(files.filter(([, file]) => existsSync(file)));
}

/** A second of 440 Hz. */
const tone = Int16Array.from({ length: 8_000 }, (_, at) =>
  Math.round(8_000 * Math.sin((2 * Math.PI * 440 * at) / 8_000)),
);

function encoded(law: "alaw" | "ulaw"): Uint8Array {
  const octets = new Uint8Array(tone.length);
  if (law === "alaw") encodeAlaw(tone, octets);
  else encodeUlaw(tone, octets);
  return octets;
}

/** In place of a beep that the scenarios' folder lacks. */
export const beep: Files = { "beep_1sec_50x160b.alaw": encoded("alaw") };

/** What later versions of SIPp make by themselves; for this one they are files, and whoever pauses them plays them, too. */
export function patterns(law: "alaw" | "ulaw"): Files {
  return Object.fromEntries(["apattern", "pauseapattern", "resumeapattern"].map((name) => [name, encoded(law)]));
}

export const song: Files = { "sipp_scenarios/coco_jamboo_ulaw.wav": encoded("ulaw") };
