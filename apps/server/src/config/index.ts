/** Configuration: typed, checked, loaded from anywhere. */

export {
  type Config,
  type DigestAlgorithm,
  defineConfig,
  type InboundPolicy,
  type Route,
  type ServerMode,
} from "./config.ts";
export { defaultPrimaryDomain } from "./defaults.ts";
export { configBroken, configInvalid, configMissing, optionInvalid } from "./errors.ts";
export { type HostInfo, readHostInfo } from "./host-info.ts";
export { type HostPort, isThisMachine, parseHostPort } from "./host-port.ts";
export { type LoadedConfig, loadConfig } from "./load.ts";
export { resolveConfig } from "./resolve.ts";
export type * from "./types.ts";
