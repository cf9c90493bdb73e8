/** What a mean opinion score means to people. ITU-T G.107 Annex B, the scale of P.800. */

export type QualityWord = "excellent" | "good" | "fair" | "poor" | "bad";

/** The best that narrow-band sound reaches is about 4.4. */
export function qualityWord(mos: number): QualityWord {
  if (mos >= 4.3) return "excellent";
  if (mos >= 4) return "good";
  if (mos >= 3.6) return "fair";
  if (mos >= 3.1) return "poor";
  return "bad";
}
