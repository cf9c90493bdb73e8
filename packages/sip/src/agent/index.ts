/** User agents: sessions, registrations, subscriptions, publications, transfers. RFC 3261 §8, §10 to §15 and the extensions in `contract.ts`. Runs in Node and in browsers. */

export * from "./contract.ts";
export { type IdentityOptions, LocalIdentity } from "./core/identity.ts";
export { createUserAgentCore } from "./core/user-agent.ts";
export { SipError } from "./errors.ts";
export * from "./publication/contract.ts";
export * from "./refer/contract.ts";
export * from "./registration/contract.ts";
export * from "./request/contract.ts";
export * from "./session/contract.ts";
export * from "./session/values.ts";
export * from "./subscription/contract.ts";
