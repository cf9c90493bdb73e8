/** Why a REGISTER is not carried out. */

export interface Refusal {
  readonly status: number;
  /** Empty for the standard phrase. */
  readonly reason: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}
