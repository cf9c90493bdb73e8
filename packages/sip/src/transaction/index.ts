/** Transactions: RFC 3261 §17 with RFC 6026, for proxies, registrars and user agents. Runs in Node and in browsers. */

export * from "./contract.ts";
export { createTransactionLayer, type TransactionLayerOptions } from "./layer.ts";
export type { ReopenFlow } from "./response-fallback.ts";
export { type ResponseFlowsOptions, responseFlows } from "./response-flows.ts";
export { defaultTimerSettings } from "./timer-settings.ts";
export { magicCookie, maxWorkerId, workerDigits, workerOf } from "./worker-id.ts";
