/** IP addresses as octets and as text: what STUN's address attributes hold, and what flows are named after. RFC 5952 for the text. */

/** 4 or 16 octets; `undefined` when the text is no address. An IPv6 zone (`%eth0`) is left out. */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(4);
  let part = 0;
  let value = -1;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 46 : text.charCodeAt(at);
    if (code === 46) {
      if (value < 0 || part > 3) return undefined;
      octets[part++] = value;
      value = -1;
    } else {
      const digit = code - 48;
      // No leading zero: some systems read it as octal.
      if (digit < 0 || digit > 9 || value === 0) return undefined;
      value = (value < 0 ? 0 : value * 10) + digit;
      if (value > 255) return undefined;
    }
  }
  return part === 4 ? octets : undefined;
}

function parseIpv6(text: string): Uint8Array | undefined {
  const zone = text.indexOf("%");
  const address = zone === -1 ? text : text.slice(0, zone);
  const gap = address.indexOf("::");
  const head = groups(gap === -1 ? address : address.slice(0, gap), gap === -1);
  const tail = gap === -1 ? [] : groups(address.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // RFC 4291 §2.2: "::" stands for one group or more.
  if (gap === -1 ? missing !== 0 : missing < 1) return undefined;
  const octets = new Uint8Array(16);
  for (const [index, group] of [...head, ...new Array<number>(missing).fill(0), ...tail].entries()) {
    octets[index * 2] = group >> 8;
    octets[index * 2 + 1] = group & 255;
  }
  return octets;
}

/** RFC 4291 §2.2: the last 32 bits, and only they, may be written as an IPv4 address. */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const found: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (last && part.includes(".") && index === parts.length - 1) {
      const v4 = parseIpv4(part);
      if (v4 === undefined) return undefined;
      found.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      found.push(Number.parseInt(part, 16));
    }
  }
  return found;
}

/** Inverse of `parseIp`; IPv6 as RFC 5952 wants it: lower case, the longest run of zero groups as `::`. */
export function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`;
  if (octets.length !== 16) throw new TypeError(`an IP address has 4 or 16 octets, got ${octets.length}`);
  // RFC 5952 §5: an IPv4-mapped address shows its IPv4 part.
  if (octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 255 && octets[11] === 255) {
    return `::ffff:${formatIp(octets.subarray(12))}`;
  }
  const found: number[] = [];
  for (let at = 0; at < 16; at += 2) found.push((octets[at]! << 8) | octets[at + 1]!);
  let start = -1;
  let longest = 1;
  for (let at = 0; at < 8; at++) {
    let run = 0;
    while (at + run < 8 && found[at + run] === 0) run++;
    // RFC 5952 §4.2.2, §4.2.3: not for a single group; the first of equal runs.
    if (run > longest) {
      longest = run;
      start = at;
    }
    at += run;
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return start === -1 ? hex(found) : `${hex(found.slice(0, start))}::${hex(found.slice(start + longest))}`;
}
