/** Parameters of challenges and of Identity. RFC 3261 §20.44, RFC 8760 §2.7, RFC 8898 §4, RFC 8224 §4. */

import { choiceParam, type ParamField, textParam, valueParam } from "../param-field.ts";

/** `"realm" EQUAL quoted-string`. */
export const Realm: ParamField<string> = textParam("realm");
/** RFC 8898 §4: of a Bearer challenge, what the token must be good for. */
export const BearerScope: ParamField<string> = textParam("scope");
/** RFC 8898 §4: of a Bearer challenge, the HTTPS URI of the authorization server. */
export const AuthzServer: ParamField<string> = textParam("authz_server");
/** RFC 8898 §4: of a Bearer challenge, what was wrong: `invalid_token`. */
export const BearerError: ParamField<string> = textParam("error");

/** RFC 8760 §2.7: of a Digest challenge and its answer; absent means MD5 (RFC 7616 §3.3). */
export const DigestAlgorithm: ParamField<
  "MD5" | "MD5-sess" | "SHA-256" | "SHA-256-sess" | "SHA-512-256" | "SHA-512-256-sess"
> = choiceParam("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"]);

/** RFC 8224 §4: of Identity, the URI of the certificate. */
export const IdentityUri: ParamField<string> = textParam("info");
/** RFC 8224 §4: of Identity, `"alg" EQUAL token`: `ES256`. */
export const IdentityAlg: ParamField<string> = valueParam("alg");
/** RFC 8224 §4: of Identity, the type of PASSporT, `"ppt" EQUAL token`: `shaken`. */
export const IdentityPpt: ParamField<string> = valueParam("ppt");
