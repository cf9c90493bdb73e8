/** Challenges and credentials. RFC 3261 §20.6, §20.7, §20.27, §20.28, §20.44; RFC 7615 §4. */

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

export const WwwAuthenticate: HeaderField<Challenge> = challengeField("WWW-Authenticate");
export const ProxyAuthenticate: HeaderField<Challenge> = challengeField("Proxy-Authenticate");
export const Authorization: HeaderField<Credentials> = credentialsField("Authorization");
export const ProxyAuthorization: HeaderField<Credentials> = credentialsField("Proxy-Authorization");
export const AuthenticationInfo: HeaderField<Params> = authParamsField("Authentication-Info");
export const ProxyAuthenticationInfo: HeaderField<Params> = authParamsField("Proxy-Authentication-Info");
