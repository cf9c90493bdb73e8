/** The server's whole logic in memory, under the scenarios of the transaction target: registrations, calls, challenges, routes. */

import type { Product } from "../product.ts";
import { houseWorlds } from "../world/house-world.ts";
import type { Step } from "../world/steps.ts";
import type { Target } from "./contract.ts";
import { scenarioTarget } from "./transaction.ts";

export function createServerTarget(product: Product): Target<readonly Step[]> {
  return scenarioTarget("server", houseWorlds(product));
}
