/** The Transport contract and the pure parts of moving SIP octets. RFC 3261 §18. Sockets are in `./node` and `./browser`. */

export * from "./contract.ts";
export { createCounters } from "./counters.ts";
export { defaultPort, transportKind, viaTransport } from "./default-port.ts";
export * as transportErrors from "./errors.ts";
export { parseUdpFlowId, udpFlowId } from "./flow-id.ts";
export {
  endpointKey,
  formatEndpoint,
  formatListenUri,
  type HostPort,
  isLoopback,
  isWildcard,
  parseHostPort,
  parseListenUri,
} from "./host-port.ts";
export { type CertificateNames, provesIdentity, sipIdentities } from "./identity.ts";
export { frameToText, octetsToText, textToFrame, textToOctets } from "./octets.ts";
export { isStamped, stampTopVia, stampVia } from "./received.ts";
export { detourTarget, meansThisHost, type ResponseTarget, responseTarget } from "./response-target.ts";
export { mtuMarginBytes, shouldUseStream, unknownMtuBytes } from "./stream-rule.ts";
export { answerStunKeepAlive, readStunAnswer, type StunAnswer, stunKeepAlive } from "./stun-keep-alive.ts";
