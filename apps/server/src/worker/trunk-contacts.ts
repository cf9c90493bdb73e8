/**
 * A contact, or a way to one, that is a trunk of ours. Whoever could register one would have every call for them leave the house by the
 * trunk, past the route and at our expense: trunks know us by our address.
 */

import { Contact, isSipUri, Path, parseUri, type SipRequest, type Uri } from "@trapezoid/sip/message";

/** Hosts in lower case, as the trunks' targets name them, and their addresses as far as they are known. */
export interface TrunkPlaces {
  readonly hosts: ReadonlySet<string>;
  isTrunkAddress(address: string): boolean;
}

/** Whether a contact or path of a REGISTER leads to a trunk. */
export function hasContactAtTrunk(request: SipRequest, places: TrunkPlaces): boolean {
  return (
    request.getAll(Contact).some((contact) => contact !== "*" && leadsTo(contact.uri, places)) ||
    request.getAll(Path).some(({ uri }) => leadsTo(uri, places))
  );
}

function leadsTo(uri: Uri, { hosts, isTrunkAddress }: TrunkPlaces): boolean {
  if (!isSipUri(uri)) return false;
  const maddr = uri.params.find(({ name }) => name.toLowerCase() === "maddr")?.value;
  return [uri.host, maddr ?? ""].some((name) => hosts.has(bare(name)) || isTrunkAddress(bare(name)));
}

/** The hosts that the trunks' targets name. */
export function trunkHosts(trunks: Iterable<{ readonly target: string }>): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const { target } of trunks) {
    const uri = parseUri(target);
    if (uri.ok && isSipUri(uri.value)) hosts.add(bare(uri.value.host));
  }
  return hosts;
}

/** Lower case, without the brackets of IPv6 and the dot of the root. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
}
