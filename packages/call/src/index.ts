/** Calls as objects: what is the same in Node and in browsers. `@trapezoid/call/node` opens a user agent. */

// Who calls, in words: what `remote` is made of.
export { formatNameAddr, formatUri } from "@trapezoid/sip/message";
export * from "./contract.ts";
export * from "./errors.ts";
export type * from "./media-port.ts";
export { createUserAgent } from "./user-agent.ts";
export type { UserAgentParts } from "./user-agent-parts.ts";
export type * from "./values.ts";
