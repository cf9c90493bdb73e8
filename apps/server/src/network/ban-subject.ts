/** What may be banned by hand: an address, or a network that is not half the world. */

import { err, ok, type Result } from "@trapezoid/base";
import { canonicalNetwork } from "./ip.ts";

/** The shortest prefixes: a slip of the finger must not shut everybody out. */
const SHORTEST = { ipv4: 8, ipv6: 19 };

/** In canonical form; the error says what is wrong with the text. */
export function banSubject(text: string): Result<string, string> {
  const subject = canonicalNetwork(text.trim());
  if (subject === undefined) return err("expected an address (192.0.2.7, 2001:db8::7) or a network (198.51.100.0/24)");
  const [address = "", bits] = subject.split("/");
  const shortest = address.includes(":") ? SHORTEST.ipv6 : SHORTEST.ipv4;
  if (bits !== undefined && Number(bits) < shortest) {
    return err(
      `a ban of a whole /${bits} is too wide (at most a /${shortest}); firewall.deny in the configuration can do it`,
    );
  }
  return ok(subject);
}
