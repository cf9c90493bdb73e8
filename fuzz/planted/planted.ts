/** Every planted bug. */

import type { Planted } from "./contract.ts";
import { cseqOverflow, emptyQuoted, quadraticParams } from "./in-fields.ts";
import { hoarding, lineEndCut } from "./in-framer.ts";
import { contentLength, cutTag, endless, foldedHeader, methodLeak, twiceVia } from "./in-messages.ts";
import { cancelLeak, deafServer, lostLine, swappedBranch } from "./in-transactions.ts";

export const planted: readonly Planted[] = [
  contentLength,
  foldedHeader,
  twiceVia,
  emptyQuoted,
  cseqOverflow,
  quadraticParams,
  methodLeak,
  lineEndCut,
  hoarding,
  cancelLeak,
  swappedBranch,
  lostLine,
  deafServer,
  cutTag,
  endless,
];

export function plantedNamed(name: string): Planted {
  const found = planted.find((one) => one.name === name);
  if (found === undefined) throw new TypeError(`no planted bug is called ${name}`);
  return found;
}
