/** The registrar. RFC 3261 §10, RFC 3327, RFC 5626. */

export { flowIdFor, readFlowId } from "./reach.ts";
export {
  createRegistrar,
  type RegisterTransaction,
  Registrar,
  type RegistrarCounters,
  type RegistrarOptions,
  type Registration,
} from "./registrar.ts";
export { acceptedEncodings, acceptedTypes, notUnderstood } from "./understood.ts";
