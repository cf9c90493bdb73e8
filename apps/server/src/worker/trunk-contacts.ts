/**
 * A contact, or a way to one, that is a trunk of ours. Whoever could register one would have every call for them leave the house by the
 * trunk, past the route and at our expense: trunks know us by our address.
 */

import { Contact, formatUri, isSipUri, Path, parseUri, type SipRequest, type Uri } from "@trapezoid/sip/message";

/** Hosts in lower case, as the trunks' targets name them, and their addresses as far as they are known. */
export interface TrunkPlaces {
  readonly hosts: ReadonlySet<string>;
  isTrunkAddress(address: string): boolean;
}

/** The first contact or path of a REGISTER that leads to a trunk; `undefined` when none does. */
export function contactAtTrunk(request: SipRequest, places: TrunkPlaces): string | undefined {
  for (const contact of request.getAll(Contact)) {
    if (contact !== "*" && leadsTo(contact.uri, places)) return formatUri(contact.uri);
  }
  for (const { uri } of request.getAll(Path)) if (leadsTo(uri, places)) return formatUri(uri);
  return undefined;
}

function leadsTo(uri: Uri, { hosts, isTrunkAddress }: TrunkPlaces): boolean {
  if (!isSipUri(uri)) return false;
  const maddr = uri.params.find(({ name }) => name.toLowerCase() === "maddr")?.value;
  return [uri.host, maddr ?? ""].some((name) => {
    const host = name
      .toLowerCase()
      .replace(/^\[|\]$/g, "")
      .replace(/\.$/, "");
    return hosts.has(host) || isTrunkAddress(host);
  });
}

/** The hosts that the trunks' targets name. */
export function trunkHosts(trunks: Iterable<{ readonly target: string }>): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const { target } of trunks) {
    const uri = parseUri(target);
    if (uri.ok && isSipUri(uri.value)) hosts.add(uri.value.host.toLowerCase().replace(/^\[|\]$/g, ""));
  }
  return hosts;
}
