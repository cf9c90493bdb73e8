/** A URI as a route reads it: user decoded, host without brackets, parameters by name. */

import { isSipUri, isTelUri, type Params, type Uri } from "@trapezoid/sip/message";

/** `request.uri`, `request.from`, `request.to`. */
export interface RouteUri {
  /** `sip`, `sips`, `tel`, or another scheme, lower case. */
  readonly scheme: string;
  /** Escapes decoded. A tel URI's number without visual separators (`+12015550123`). */
  readonly user: string | undefined;
  /** Lower case, IPv6 without brackets; empty for a tel URI. */
  readonly host: string;
  readonly port: number | undefined;
  /** The whole URI, as written. */
  readonly text: string;
  /** `alice@example.com`; the number of a tel URI; the host of a URI without user. */
  readonly address: string;
  /** The value of a URI parameter, `""` when it has none, `undefined` when it is not there. */
  param(name: string): string | undefined;
}

/** `text` is the URI as written. */
export function routeUriOf(uri: Uri | undefined, text: string): RouteUri {
  if (uri !== undefined && isSipUri(uri)) {
    const host = uri.host.toLowerCase();
    return new ParsedRouteUri(
      uri.scheme,
      uri.user === undefined ? undefined : decodeUser(uri.user),
      host.startsWith("[") ? host.slice(1, -1) : host,
      uri.port,
      text,
      uri.params,
    );
  }
  if (uri !== undefined && isTelUri(uri)) {
    // RFC 3966 §5.1.1: visual separators carry no meaning.
    return new ParsedRouteUri("tel", uri.number.replace(/[-.() ]/g, ""), "", undefined, text, uri.params);
  }
  return new ParsedRouteUri(uri?.scheme ?? "", undefined, "", undefined, text, []);
}

/** The user part of a SIP URI for any text: what RFC 3261 §25.1 does not allow there is escaped. */
export function escapeUser(user: string): string {
  return encodeURIComponent(user).replace(/%(26|3D|2B|24|2C|3B|3F|2F)/g, (escaped) => decodeURIComponent(escaped));
}

function decodeUser(user: string): string {
  if (!user.includes("%")) return user;
  try {
    return decodeURIComponent(user);
  } catch {
    // Escapes that are not UTF-8: the user as written is still a name.
    return user;
  }
}

class ParsedRouteUri implements RouteUri {
  readonly scheme: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  readonly text: string;
  readonly #params: Params;

  constructor(
    scheme: string,
    user: string | undefined,
    host: string,
    port: number | undefined,
    text: string,
    params: Params,
  ) {
    this.scheme = scheme;
    this.user = user;
    this.host = host;
    this.port = port;
    this.text = text;
    this.#params = params;
  }

  get address(): string {
    if (this.user === undefined) return this.host;
    return this.host === "" ? this.user : `${this.user}@${this.host}`;
  }

  param(name: string): string | undefined {
    const lower = name.toLowerCase();
    const param = this.#params.find((candidate) => candidate.name.toLowerCase() === lower);
    return param === undefined ? undefined : (param.value ?? "");
  }

  toString(): string {
    return this.text;
  }
}
