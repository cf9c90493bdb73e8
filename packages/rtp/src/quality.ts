/** Quality of a call as one number: the E-model of ITU-T G.107 with the losses of G.113 appendix I. */

export interface QualityFacts {
  /** Mouth to ear, one way: network, jitter buffer, packets. */
  readonly delayMs: number;
  /** Share of frames that were not played: lost or too late. 0 to 1. */
  readonly loss: number;
  /** How much losses cling together: 1 is random, 2 twice as long in bursts. Default 1. */
  readonly burstRatio?: number;
  readonly codec: string;
}

export interface Quality {
  /** 0 to 100. */
  readonly rFactor: number;
  /** 1 to 4.5. */
  readonly mos: number;
}

/** Equipment impairment and robustness against loss, with concealment. G.113 tables I.1 to I.4; Opus from published fits. */
const codecs: Readonly<Record<string, { readonly ie: number; readonly bpl: number }>> = {
  pcmu: { ie: 0, bpl: 25.1 },
  pcma: { ie: 0, bpl: 25.1 },
  l16: { ie: 0, bpl: 25.1 },
  g722: { ie: 0, bpl: 18 },
  opus: { ie: 0, bpl: 27 },
  g729: { ie: 11, bpl: 19 },
  gsm: { ie: 20, bpl: 10 },
  ilbc: { ie: 10, bpl: 34 },
};

/** What narrow-band telephony has without delay and loss: G.107 §7.7 with all values at their defaults. */
const undisturbed = 93.2;

export function estimateQuality({ delayMs, loss, burstRatio = 1, codec }: QualityFacts): Quality {
  const { ie, bpl } = codecs[codec.toLowerCase()] ?? { ie: 10, bpl: 15 };
  const percent = Math.max(0, Math.min(1, loss)) * 100;
  // G.107 equation 7-29.
  const impairment = ie + (95 - ie) * (percent / (percent / Math.max(1, burstRatio) + bpl));
  // G.107 equation 7-27, by its usual approximation: delay hurts little up to 177.3 ms, and then it does.
  const delay = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0);
  const rFactor = Math.max(0, Math.min(100, undisturbed - delay - impairment));
  return { rFactor, mos: mosOf(rFactor) };
}

/** G.107 annex B. */
export function mosOf(rFactor: number): number {
  if (rFactor <= 0) return 1;
  if (rFactor >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rFactor + rFactor * (rFactor - 60) * (100 - rFactor) * 7e-6);
}
