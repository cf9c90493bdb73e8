/** What may be banned by hand: an address, or a network that is not half the world. */

import { err, ok, type Result } from "@trapezoid/base";
import { canonicalNetwork } from "./ip.ts";

/** The shortest prefixes: a slip of the finger must not shut everybody out. */
const SHORTEST = { ipv4: 8, ipv6: 19 };

/** In canonical form; the error is a sentence that says what is wrong with the text. */
export function banSubject(given: string): Result<string, string> {
  const text = given.trim();
  const subject = canonicalNetwork(text);
  if (subject === undefined) {
    return err(
      `"${text}" is no address or network: expected an address (192.0.2.7, 2001:db8::7) or a network (198.51.100.0/24)`,
    );
  }
  // RFC 4007 §11: a zone is an interface of this machine. Bans know addresses alone.
  const zone = /%[^/]*/.exec(text)?.[0];
  if (zone !== undefined) {
    return err(
      `"${text}" names a zone (${zone}), and a ban holds on every interface: say ${subject}, without the zone`,
    );
  }
  const [address = "", bits] = subject.split("/");
  const shortest = address.includes(":") ? SHORTEST.ipv6 : SHORTEST.ipv4;
  if (bits !== undefined && Number(bits) < shortest) {
    return err(
      `"${text}" cannot be banned: a whole /${bits} is too wide (at most a /${shortest}); firewall.deny in the configuration can do it`,
    );
  }
  return ok(subject);
}
