/** The Transport of Node. */

export type { Advertised } from "./advertise.ts";
export { openFilesLimit } from "./open-files.ts";
export {
  defaultLimits,
  defaultTimeouts,
  type TransportLimits,
  type TransportOptions,
  type TransportTimeouts,
  type WebSocketSettings,
} from "./options.ts";
export { defaultCiphers, TlsContexts } from "./tls-contexts.ts";
export { isChallenge, tlsServerContext, tlsServerOptions } from "./tls-serving.ts";
export type { TlsIdentity, TlsPeerSettings, TlsSettings } from "./tls-settings.ts";
export type { TransportTrace } from "./trace.ts";
export { type AttachOptions, NodeTransport, openTransport } from "./transport.ts";
