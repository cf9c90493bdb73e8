/** RTP and RTCP, and their protection. */

export { decodeRtp, encodeRtp, type RtpFields, type RtpPacket, rtpHeaderBytes } from "./packet.ts";
export type { BlockCipher, GcmCipher, SrtpCiphers } from "./srtp/ciphers.ts";
export { SrtpReceiver, type SrtpReceiverCounters } from "./srtp/receiver.ts";
export { type SrtpKeying, SrtpSender } from "./srtp/sender.ts";
export { type SrtpSuite, srtpSuite, srtpSuiteNames } from "./srtp/suites.ts";
