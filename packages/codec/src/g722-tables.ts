/** The numbers of ITU-T G.722, by the names that its clauses give them. */

/** Coefficients of both filter banks; the other twelve are these mirrored. Table 11. */
export const qmf: Int32Array = Int32Array.of(3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11);

/** Decision levels of the lower sub-band. Table 14. */
export const q6: Int32Array = Int32Array.of(
  ...[0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650],
  ...[714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919],
);

/** Code words of 6 bits by interval: for negative differences 63, 62, then 31 downwards; for positive ones from 61 downwards. Table 14. */
export const negativeCodes: Uint8Array = Uint8Array.from({ length: 31 }, (_, level) =>
  level === 0 ? 0 : level < 3 ? 64 - level : 34 - level,
);
export const positiveCodes: Uint8Array = Uint8Array.from({ length: 31 }, (_, level) => (level === 0 ? 0 : 62 - level));

/** Inverse quantizer of 4 bits, which both ends adapt by. Table 16. */
export const qm4: Int32Array = Int32Array.of(
  ...[0, -20456, -12896, -8968, -6288, -4240, -2584, -1200],
  ...[20456, 12896, 8968, 6288, 4240, 2584, 1200, 0],
);

/** Inverse quantizer of 6 bits, for what is heard. Table 17. */
const qm6Magnitudes = [
  ...[24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576],
  ...[6000, 5456, 4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728],
];
export const qm6: Int32Array = Int32Array.of(
  ...[-136, -136, -136, -136],
  ...qm6Magnitudes.map((magnitude) => -magnitude),
  ...qm6Magnitudes,
  ...[432, 136, -432, -136],
);

/** Inverse quantizer of the higher sub-band. Table 18. */
export const qm2: Int32Array = Int32Array.of(-7408, -1616, 7408, 1616);

/** Multipliers that adapt the scale factors, by code word. Tables 19 and 20. */
const lowMultipliers = [-60, -30, 58, 172, 334, 538, 1198, 3042];
export const lowerScaleSteps: Int32Array = Int32Array.from(
  [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0],
  (magnitude) => lowMultipliers[magnitude]!,
);
export const higherScaleSteps: Int32Array = Int32Array.of(798, -214, 798, -214);

/** 2048 · 2^(n/32): from the logarithmic to the linear scale factor. Table 21. */
export const ilb: Int32Array = Int32Array.of(
  ...[2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834],
  ...[2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008],
);
