/** Which hosts are ours, and which account a URI names: every alias of the server is the primary domain. */

import { hostKey, isSipUri, type SipUri, type Uri, unescapeUri } from "@trapezoid/sip/message";
import type { DomainSettings, ResolvedConfig } from "../config/types.ts";

export class House {
  readonly #domains: ReadonlyMap<string, DomainSettings>;
  readonly #primary: DomainSettings;
  readonly #aliases: ReadonlySet<string>;
  readonly #isLocal: (host: string, port: number | undefined) => boolean;

  /** `isLocal` says whether host and port are one of our listening addresses or aliases. */
  constructor(config: ResolvedConfig, isLocal: (host: string, port: number | undefined) => boolean) {
    this.#domains = new Map([...config.domains].map(([name, settings]) => [hostKey(name), settings]));
    const primary = config.domains.get(config.primaryDomain);
    if (primary === undefined) throw new TypeError("the primary domain is one of the domains");
    this.#primary = primary;
    this.#aliases = new Set(config.aliases.map(hostKey));
    this.#isLocal = isLocal;
  }

  /** The domain of ours that host and port stand for; `undefined` for a foreign one. */
  domainOf(host: string, port: number | undefined): DomainSettings | undefined {
    const name = hostKey(host);
    const domain = this.#domains.get(name);
    if (domain !== undefined) return domain;
    // Phones drop the port from their address (Linphone does, in To and From): one of our hosts is enough then.
    if (port === undefined && this.#aliases.has(name)) return this.#primary;
    return this.#isLocal(host, port) ? this.#primary : undefined;
  }

  /** As `domainOf`; `undefined` for anything but a SIP URI. */
  domainOfUri(uri: Uri | undefined): DomainSettings | undefined {
    return uri !== undefined && isSipUri(uri) ? this.domainOf(uri.host, uri.port) : undefined;
  }

  /** `alice@example.com` for a SIP URI of ours with a user; `undefined` otherwise. */
  addressOf(uri: Uri | undefined): string | undefined {
    if (uri === undefined || !isSipUri(uri) || uri.user === undefined) return undefined;
    const domain = this.domainOf(uri.host, uri.port);
    return domain === undefined ? undefined : `${userOf(uri)}@${domain.name}`;
  }
}

/** The user part without escapes (RFC 3261 §19.1.4: an escaped character equals the character). */
export function userOf(uri: SipUri): string {
  const user = uri.user ?? "";
  return user.includes("%") ? unescapeUri(user) : user;
}
