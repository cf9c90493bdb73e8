/** The areas of the house and what each stands on. Imports go down this table, never up, never in a circle. */

/** Direct floors; what those stand on is allowed too. */
export const standsOn: Readonly<Record<string, readonly string[]>> = {
  base: [],
  sdp: ["base"],
  stun: ["base"],
  "sip/message": ["base"],
  "sip/auth": ["sip/message"],
  "sip/overload": ["sip/message"],
  "sip/transport": ["sip/message", "stun"],
  "sip/locate": ["sip/transport", "sip/auth"],
  "sip/transaction": ["sip/locate", "sip/overload"],
  "sip/dialog": ["sip/transaction"],
  "sip/proxy": ["sip/dialog"],
  "sip/agent": ["sip/dialog"],
  rtp: ["base"],
  codec: ["base"],
  dtls: ["base"],
  ice: ["stun"],
  "udp-batch": [],
  media: ["rtp", "codec", "dtls", "ice", "udp-batch"],
  call: ["sip/agent", "sdp", "media"],
  testkit: ["sip/proxy", "sip/agent"],
  server: ["sip/proxy", "sip/agent", "sdp", "call"],
  console: [],
  cli: ["server"],
};

/** Areas that run in a browser: no `node:` import and no Buffer, except in files or folders named `node` or `node-…`. */
export const browserSafe: ReadonlySet<string> = new Set([
  "base",
  "sdp",
  "rtp",
  "codec",
  "stun",
  "sip/message",
  "sip/auth",
  "sip/overload",
  "sip/transport",
  "sip/locate",
  "sip/transaction",
  "sip/dialog",
  "sip/proxy",
  "sip/agent",
  "call",
]);

/** Server folders that hold the field's logic: of the store they see contracts. */
export const serverDomains: ReadonlySet<string> = new Set([
  "guard",
  "registrar",
  "routing",
  "overload",
  "presence",
  "messaging",
  "pbx",
  "border",
  "trunks",
  "gateway",
  "voice-agents",
]);

/** Libraries that only the store may import. */
export const storeDrivers: ReadonlySet<string> = new Set([
  "node:sqlite",
  "kysely",
  "kysely/migration",
  "pg",
  "@redis/client",
]);

/** The area of a file by its path from the root: `packages/sip/src/auth/nonce.ts` is in `sip/auth`. */
export function areaOf(file: string): string | undefined {
  const [house, name, part, folder] = file.split("/");
  if ((house !== "packages" && house !== "apps") || name === undefined) return undefined;
  if (name !== "sip") return name;
  return part === "src" && folder !== undefined && !folder.endsWith(".ts") ? `sip/${folder}` : "sip";
}

/** The area that a bare specifier of ours names: `@trapezoid/sip/auth/node` is `sip/auth`. */
export function areaOfSpecifier(specifier: string): string | undefined {
  if (specifier === "trapezoid") return "cli";
  const match = /^@trapezoid\/([^/]+)(?:\/([^/]+))?/.exec(specifier);
  if (match === null) return undefined;
  return match[1] === "sip" && match[2] !== undefined ? `sip/${match[2]}` : match[1];
}

/** Whether code in `from` may import `to`: itself, or anything below it. */
export function mayImport(from: string, to: string): boolean {
  return from === to || floors(from).has(to);
}

function floors(area: string, seen: Set<string> = new Set()): Set<string> {
  for (const floor of standsOn[area] ?? []) {
    if (seen.has(floor)) continue;
    seen.add(floor);
    floors(floor, seen);
  }
  return seen;
}
