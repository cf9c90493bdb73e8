/** Calls in browsers: SIP over WebSocket (RFC 7118), media by RTCPeerConnection. */

export * from "../index.ts";
export { browserMedia, mediaOf } from "./browser-media.ts";
export { CallStreams } from "./call-streams.ts";
export { frameWorkletSource } from "./frame-worklet.ts";
export { type BrowserUserAgent, type BrowserUserAgentSettings, openUserAgent } from "./open-user-agent.ts";
export { PeerConnectionMedia } from "./peer-connection-media.ts";
export type { BrowserMediaOptions, InputChoice } from "./settings.ts";
