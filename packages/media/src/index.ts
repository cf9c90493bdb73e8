/** Media sessions: sockets, RTP, SRTP, sources, sinks, mixing. Knows nothing of SIP. */

export type { AudioPipe, AudioPipeOptions } from "./audio/audio-pipe.ts";
export { type ToneName, toneCountries } from "./audio/tones.ts";
export {
  type Direction,
  defaultLimits,
  type MediaAddress,
  type MediaCodec,
  type SdesKeys,
  type StreamConfig,
  type StreamLimits,
  type ZrtpConfig,
} from "./config.ts";
export * from "./errors.ts";
export type { RecordingOptions, RecordingResult } from "./files/recorder.ts";
export { createMediaEngine, type EngineOptions, type EnginePorts } from "./local-engine.ts";
export { type BindSocket, createUdp, type DatagramSocket, type PacketHandler } from "./net/datagram.ts";
export type {
  MediaPacket,
  OutgoingPacket,
  PacketEvents,
  PacketPipe,
  PacketPipeOptions,
  PacketSession,
  PacketStats,
} from "./packet-session.ts";
export { openMediaPool, type PoolOptions } from "./pool/media-pool.ts";
export type {
  DialOptions,
  EngineStats,
  MediaEngine,
  MediaEvents,
  MediaSession,
  Playable,
  SessionOptions,
} from "./session.ts";
export type { RefusedPackets, ReportedFigures, StreamStats } from "./stream/statistics.ts";
export type { ZrtpSettings } from "./zrtp/settings.ts";
