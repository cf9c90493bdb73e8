/** Hosts: names, IPv4 addresses and IPv6 references, and when two are the same. RFC 3261 §25.1, RFC 5954, RFC 5118. */

/** Whether the text is a dotted IPv4 address. */
export function isIpv4(host: string): boolean {
  let octets = 0;
  let value = -1;
  for (let at = 0; at <= host.length; at++) {
    const code = host.charCodeAt(at);
    if (code >= 48 && code <= 57) {
      value = (value === -1 ? 0 : value * 10) + code - 48;
      if (value > 255) return false;
    } else if ((code === 46 || at === host.length) && value !== -1) {
      octets++;
      value = -1;
    } else return false;
  }
  return octets === 4;
}

/** The address's eight groups, from text with or without brackets; `undefined` when it is no IPv6 address. */
export function ipv6Groups(host: string): readonly number[] | undefined {
  let text = unbracket(host);
  const tail: number[] = [];
  const lastColon = text.lastIndexOf(":");
  if (lastColon === -1) return undefined;
  const dotted = text.slice(lastColon + 1);
  if (dotted.includes(".")) {
    if (!isIpv4(dotted)) return undefined;
    const [a, b, c, d] = dotted.split(".").map(Number) as [number, number, number, number];
    tail.push((a << 8) | b, (c << 8) | d);
    text = text.slice(0, lastColon);
    // RFC 5118 §4.10: the ABNF of RFC 3261 allowed a third colon in front of the IPv4 part; it is read and means nothing.
    if (text.endsWith(":") && !text.endsWith("::")) text += ":";
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groupsOf = (half: string): number[] | undefined => {
    if (half === "") return [];
    const groups = half.split(":");
    return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
      ? groups.map((group) => Number.parseInt(group, 16))
      : undefined;
  };
  const head = groupsOf(halves[0]!);
  const rest = groupsOf(halves[1] ?? "");
  if (head === undefined || rest === undefined) return undefined;
  const given = head.length + rest.length + tail.length;
  if (halves.length === 1) return given === 8 ? [...head, ...tail] : undefined;
  return given <= 7 ? [...head, ...new Array<number>(8 - given).fill(0), ...rest, ...tail] : undefined;
}

/** Whether the text is an IPv6 address, with or without brackets. */
export function isIpv6(host: string): boolean {
  return ipv6Groups(host) !== undefined;
}

/** Whether the text needs no DNS look-up. */
export function isIpAddress(host: string): boolean {
  return isIpv4(host) || (host.includes(":") && isIpv6(host));
}

/** `[2001:db8::1]` → `2001:db8::1`; everything else as it is. */
export function unbracket(host: string): string {
  return host.charCodeAt(0) === 91 && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** `2001:db8::1` → `[2001:db8::1]`; everything else as it is. */
export function bracket(host: string): string {
  return host.includes(":") && host.charCodeAt(0) !== 91 ? `[${host}]` : host;
}

/**
 * One text for all spellings of a host, to look it up by: lower case, without brackets and final dot, IPv6 by value (RFC 5954
 * §4.2). Not for the wire.
 */
export function hostKey(host: string): string {
  const bare = unbracket(host).toLowerCase();
  if (bare.includes(":")) return ipv6Groups(bare)?.join(":") ?? bare;
  return bare.endsWith(".") ? bare.slice(0, -1) : bare;
}

/** Whether two hosts are the same: names without regard to case, IPv6 by value (RFC 5954 §4.2). */
export function hostEquals(a: string, b: string): boolean {
  if (a === b) return true;
  const isReference = a.charCodeAt(0) === 91 && b.charCodeAt(0) === 91;
  if (!isReference) return a.toLowerCase() === b.toLowerCase();
  const x = ipv6Groups(a);
  const y = ipv6Groups(b);
  return x !== undefined && y !== undefined
    ? x.every((group, at) => group === y[at])
    : a.toLowerCase() === b.toLowerCase();
}
