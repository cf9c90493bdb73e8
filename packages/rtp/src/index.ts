/** RTP and RTCP. */

export { decodeRtp, encodeRtp, type RtpFields, type RtpPacket, rtpHeaderBytes } from "./packet.ts";
