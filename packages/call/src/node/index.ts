/** User agents of Node. */

export * from "../index.ts";
export { type NodeUserAgent, type NodeUserAgentSettings, openUserAgent } from "./open-user-agent.ts";
