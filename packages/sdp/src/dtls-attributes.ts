/** DTLS in the description: certificates' fingerprints and who begins. RFC 8122 §5, RFC 4145 §4, RFC 5763 §5. */

export interface Fingerprint {
  /** `sha-256`, in lower case. */
  readonly hash: string;
  /** `AB:CD:…`, in upper case. */
  readonly value: string;
}

export type Setup = "active" | "passive" | "actpass" | "holdconn";

export function parseFingerprint(text: string): Fingerprint | undefined {
  const match = /^([\w-]+) +([0-9A-F]{2}(?::[0-9A-F]{2})*)\s*$/i.exec(text);
  if (match === null) return undefined;
  return { hash: match[1]!.toLowerCase(), value: match[2]!.toUpperCase() };
}

export function formatFingerprint({ hash, value }: Fingerprint): string {
  return `${hash} ${value}`;
}

export function isSetup(text: string | undefined): text is Setup {
  return text === "active" || text === "passive" || text === "actpass" || text === "holdconn";
}
