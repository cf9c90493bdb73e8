/** Addresses as people write them: `alice`, `alice@Example.com`, `sip:alice@example.com`. */

import type { TrapezoidError } from "@trapezoid/base";
import { err, ok, type Result } from "@trapezoid/base";
import { isIpv4, isIpv6 } from "@trapezoid/sip/message";
import { badAddress } from "./errors.ts";

export interface Address {
  readonly user: string;
  /** Lower case. */
  readonly domain: string;
  /** `user@domain`. */
  readonly address: string;
}

/** Domain of a server that was told none. */
export const defaultDomain = "trapezoid.internal";

export function parseAddress(text: string, primaryDomain: string): Result<Address, TrapezoidError> {
  const given = text.trim().replace(/^sips?:/i, "");
  const at = given.lastIndexOf("@");
  const user = (at === -1 ? given : given.slice(0, at)).normalize("NFC");
  const domain = (at === -1 ? primaryDomain : given.slice(at + 1)).toLowerCase().replace(/\.$/, "");
  const wrong = userFault(user) ?? domainFault(domain);
  return wrong === undefined ? ok({ user, domain, address: `${user}@${domain}` }) : err(badAddress(text, wrong));
}

function userFault(user: string): string | undefined {
  if (user === "") return "the user is missing";
  if (user.length > 64) return "the user has more than 64 characters";
  // What needs no escape in a SIP URI and no quotes in a header, and letters of every script.
  const wrong = /[^\p{L}\p{M}\p{N}\-_.!~*'&=+$]/u.exec(user);
  return wrong === null ? undefined : `a user cannot hold ${JSON.stringify(wrong[0])}`;
}

function domainFault(domain: string): string | undefined {
  if (domain === "") return "the domain is missing";
  if (domain.length > 253) return "the domain has more than 253 characters";
  if (domain.startsWith("["))
    return domain.endsWith("]") && isIpv6(domain) ? undefined : "no IPv6 address in the brackets";
  if (isIpv4(domain)) return undefined;
  const label = /^[a-z0-9_]([a-z0-9\-_]{0,61}[a-z0-9_])?$/;
  return domain.split(".").every((part) => label.test(part)) ? undefined : `"${domain}" is no domain name`;
}
