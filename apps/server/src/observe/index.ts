/** Observation: log, metrics, thread statistics. */

export {
  createForwardingLogger,
  createLogger,
  type LogFields,
  type Logger,
  type LogLevel,
  logLevelOf,
  withoutSecrets,
} from "./logger.ts";
export { createMetrics, type Metrics, type ThreadStats } from "./metrics.ts";
export { Sparse } from "./sparse.ts";
