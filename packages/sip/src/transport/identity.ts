/** Which SIP domains a certificate proves, and whether it proves the one wanted. RFC 5922 §7. */

import { formatIp, parseIp } from "@trapezoid/stun";

/** The parts of a certificate that identities are found in, in the form that node:tls and node:crypto give them. */
export interface CertificateNames {
  /** `DNS:example.com, URI:sip:example.com`; `undefined` when the certificate has no subjectAltName. */
  readonly subjectAltName: string | undefined;
  readonly commonName: string | undefined;
}

/** The SIP domain identities, in lower case. */
export function sipIdentities(names: CertificateNames): string[] {
  if (names.subjectAltName === undefined) {
    // RFC 5922 §7.1 step 2: the CN counts only where there is no subjectAltName at all, and only if it is a DNS name.
    return names.commonName !== undefined && isDnsName(names.commonName) ? [names.commonName.toLowerCase()] : [];
  }
  const uris: string[] = [];
  const dns: string[] = [];
  for (const { type, value } of splitAltNames(names.subjectAltName)) {
    if (type === "URI") {
      const domain = sipDomainOf(value);
      if (domain !== undefined) uris.push(domain);
    } else if (type === "DNS") dns.push(value.toLowerCase());
  }
  // RFC 5922 §7.1 step 1: DNS names count if and only if there is no identity of the sip URI type.
  return uris.length > 0 ? uris : dns;
}

/** Every name that a server may be asked for by (SNI) and that the certificate holds, wildcards included; lower case. RFC 6066 §3. */
export function serverNames(names: CertificateNames): string[] {
  const { subjectAltName } = names;
  if (subjectAltName === undefined) return sipIdentities(names);
  const dns = splitAltNames(subjectAltName).filter(({ type }) => type === "DNS");
  return [...new Set([...sipIdentities(names), ...dns.map(({ value }) => value.toLowerCase())])];
}

/**
 * Whether the certificate proves `wanted`, the domain that was looked up. Names are equal as a whole, without regard to
 * case; a wildcard proves nothing (§7.2). An IP address, which RFC 5922 does not treat, must be an iPAddress of the
 * certificate.
 */
export function provesIdentity(names: CertificateNames, wanted: string): boolean {
  const lower = wanted.toLowerCase().replace(/\.$/, "");
  if (sipIdentities(names).includes(lower)) return true;
  const ip = parseIp(lower);
  if (ip === undefined) return false;
  const address = formatIp(ip);
  return splitAltNames(names.subjectAltName ?? "").some(({ type, value }) => {
    const own = type === "IP Address" ? parseIp(value) : undefined;
    return own !== undefined && formatIp(own) === address;
  });
}

/** The host of a `sip:` URI without a user; no other scheme, `sips` included, names a domain (§7.1). */
function sipDomainOf(uri: string): string | undefined {
  const match = /^sip:([^@;?]+)(?:[;?][^@]*)?$/i.exec(uri);
  return match?.[1]?.replace(/:[0-9]+$/, "").toLowerCase();
}

function isDnsName(text: string): boolean {
  return /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+$/i.test(text) && !/^[0-9.]+$/.test(text);
}

/** Entries are separated by ", "; a value with special characters is a JSON string, so that none can pose as two entries. */
function splitAltNames(text: string): { readonly type: string; readonly value: string }[] {
  const names: { type: string; value: string }[] = [];
  const entry = /\s*([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/y;
  let match = entry.exec(text);
  while (match !== null && match[0] !== "") {
    const value = match[2]!;
    if (!value.startsWith('"')) names.push({ type: match[1]!, value });
    else {
      try {
        names.push({ type: match[1]!, value: String(JSON.parse(value)) });
      } catch {
        // Not a form that Node writes: it proves nothing.
      }
    }
    match = entry.exec(text);
  }
  return names;
}
