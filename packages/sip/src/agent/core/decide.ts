/** Asks a handler for its word; what goes wrong in it is reported once. */

import type { Environment } from "./environment.ts";

/** Rejects when the handler throws or its promise is rejected, after it was reported. */
export async function decide<T>(environment: Environment, ask: () => T | Promise<T>): Promise<T> {
  const { counters } = environment;
  counters.pendingRequests++;
  try {
    return await ask();
  } catch (error) {
    counters.handlerErrors++;
    environment.onError(error);
    throw error;
  } finally {
    counters.pendingRequests--;
  }
}
