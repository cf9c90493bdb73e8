/** What a configuration and its tests import from `trapezoid`. Light: nothing of the server is loaded. */

export {
  type AcmeConfig,
  type AuthConfig,
  type CertificateConfig,
  type Config,
  type DigestAlgorithm,
  type DomainConfig,
  defineConfig,
  type InboundPolicy,
  type LimitsConfig,
  type ListenConfig,
  type RegistrarConfig,
  type Route,
  type ServerMode,
  type TimersConfig,
  type TlsConfig,
  type TrunkConfig,
  type TrunkTlsConfig,
} from "./config/config.ts";
export type * from "./routing/plan.ts";
export type {
  Planner,
  PlanOptions,
  PlanTarget,
  RedirectOptions,
  RejectOptions,
  RingOptions,
  TrunkOptions,
} from "./routing/planner.ts";
export type { RouteAddress, RouteCaller, RouteRequest, RouteSource } from "./routing/route-request.ts";
export type { RouteUri } from "./routing/route-uri.ts";
export { type TestRequest, testRoute } from "./routing/test-route.ts";
