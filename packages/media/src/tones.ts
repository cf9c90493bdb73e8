/** What tones are made of, for those who make them by other means: browsers. ITU-T E.180 supplement 2, Q.23. */

export { frequenciesOf } from "./audio/dtmf-tones.ts";
export { type ToneBeat, type ToneName, toneBeats, toneCountries } from "./audio/tones.ts";
