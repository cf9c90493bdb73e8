/** Challenges and credentials, of Digest (RFC 8760) and Bearer (RFC 8898). RFC 3261 §20.6, §20.7, §20.27, §20.28, §20.44; RFC 7615 §4. */

import {
  type Challenge,
  type Credentials,
  formatAuthParams,
  formatChallenge,
  formatCredentials,
  parseAuthParams,
  parseChallenge,
  parseCredentials,
} from "../auth-values.ts";
import { defineHeader } from "../define-header.ts";
import type { HeaderField, Params } from "../values.ts";

const challengeField = (name: string): HeaderField<Challenge> =>
  defineHeader({ name, parse: parseChallenge, format: formatChallenge });
const credentialsField = (name: string): HeaderField<Credentials> =>
  defineHeader({ name, parse: parseCredentials, format: formatCredentials });
const authParamsField = (name: string): HeaderField<Params> =>
  defineHeader({ name, parse: parseAuthParams, format: formatAuthParams });

/** §20.44: `auth-scheme LWS auth-param *( COMMA auth-param )`; so is the next one. */
export const WwwAuthenticate: HeaderField<Challenge> = challengeField("WWW-Authenticate");
/** §20.27. */
export const ProxyAuthenticate: HeaderField<Challenge> = challengeField("Proxy-Authenticate");
/** §20.7: `auth-scheme LWS ( token68 / auth-param *( COMMA auth-param ) )`; so is the next one. */
export const Authorization: HeaderField<Credentials> = credentialsField("Authorization");
/** §20.28. */
export const ProxyAuthorization: HeaderField<Credentials> = credentialsField("Proxy-Authorization");
/** §20.6: `auth-param *( COMMA auth-param )`; so is the next one. */
export const AuthenticationInfo: HeaderField<Params> = authParamsField("Authentication-Info");
/** RFC 7615 §4. */
export const ProxyAuthenticationInfo: HeaderField<Params> = authParamsField("Proxy-Authentication-Info");
