/** Overload control: how a loss of traffic is spread. RFC 7339. Runs in Node and in browsers. */

export { Fate, fateMs } from "./fate.ts";
export { spreadLoss } from "./spread.ts";
