/** Calls in browsers: SIP over WebSocket (RFC 7118), media by RTCPeerConnection. */

export { CallStreams } from "./call-streams.ts";
export { frameWorkletSource } from "./frame-worklet.ts";
export { PeerConnectionMedia } from "./peer-connection-media.ts";
export type { BrowserMediaOptions, InputChoice } from "./settings.ts";
