/** Session descriptions. RFC 8866, RFC 3264. */

export { formatSdpLines, maxSdpLines, parseSdpLines, type SdpLine, type SdpSections } from "./lines.ts";
