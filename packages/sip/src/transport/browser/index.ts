/** The Transport of browsers. RFC 7118. */

export type { WebSocketFlow } from "./websocket-flow.ts";
export { openWebSocketTransport, WebSocketTransport, type WebSocketTransportOptions } from "./websocket-transport.ts";
