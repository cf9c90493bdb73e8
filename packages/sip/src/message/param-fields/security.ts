/** Parameters of Security-Client, Security-Server and Security-Verify. RFC 3329 §2.2 and appendix A. */

import { choiceParam, integerParam, keywordParam, type ParamField, qualityParam, textParam } from "../param-field.ts";

/** Which mechanism is preferred; no two have the same. */
export const SecurityQ: ParamField<number> = qualityParam("q");
/** Of `digest`: `"d-alg" EQUAL token`. */
export const SecurityDigestAlgorithm: ParamField<string> = keywordParam("d-alg");
/** Of `digest`: `"d-qop" EQUAL token`. */
export const SecurityDigestQop: ParamField<string> = keywordParam("d-qop");
/** Of `digest`: `"d-ver" EQUAL LDQUOT 32LHEX RDQUOT`. */
export const SecurityDigestVerify: ParamField<string> = textParam("d-ver");
/** Of `ipsec-3gpp`, as are those below: `hmac-md5-96`, `hmac-sha-1-96`. */
export const IpsecAlgorithm: ParamField<string> = keywordParam("alg");
export const IpsecProtocol: ParamField<"ah" | "esp"> = choiceParam("prot", ["ah", "esp"]);
export const IpsecMode: ParamField<"trans" | "tun"> = choiceParam("mod", ["trans", "tun"]);
/** `des-ede3-cbc`, `null`. */
export const IpsecEncryption: ParamField<string> = keywordParam("ealg");
export const IpsecSpi: ParamField<number> = integerParam("spi", 0, 0xffff_ffff);
export const IpsecPort1: ParamField<number> = integerParam("port1", 0, 65_535);
export const IpsecPort2: ParamField<number> = integerParam("port2", 0, 65_535);
