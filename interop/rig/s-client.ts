/** `openssl s_client`: an independent client that says what a TLS server shows and how the handshake went. */

import { runCommand } from "./command.ts";

export interface SClientOptions {
  /** Sent as SNI. */
  readonly name?: string;
  /** PEM file of whom to believe. */
  readonly authority?: string;
  readonly args?: readonly string[];
  /** Written when the handshake is done; `Q` alone on a line ends it, `R` renegotiates. */
  readonly input?: string;
}

export interface SClientReport {
  /** `undefined` when the handshake failed. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  /** `TLSv1.3`. */
  readonly protocol: string | undefined;
  readonly alpn: string | undefined;
  /** `0` when the authority was believed and, with `-verify_hostname`, the name proved. */
  readonly verified: number | undefined;
  readonly output: string;
}

/** Connects to `place` (`127.0.0.1:5061`), says what it saw, and ends. */
export async function sClient(place: string, options: SClientOptions = {}): Promise<SClientReport> {
  const { name, authority, args = [], input = "Q\n" } = options;
  const sni = name === undefined ? ["-noservername"] : ["-servername", name];
  const trust = authority === undefined ? [] : ["-CAfile", authority];
  const finished = await runCommand("openssl", ["s_client", "-connect", place, ...sni, ...trust, ...args], { input });
  const output = `${finished.stdout}\n${finished.stderr}`;
  const find = (pattern: RegExp): string | undefined => pattern.exec(output)?.[1];
  const verified = find(/^\s*Verif(?:y return code|ication error)?: (\d+)/m);
  return {
    subject: find(/^subject=(.*)$/m),
    issuer: find(/^issuer=(.*)$/m),
    protocol: find(/^New, (TLSv[\d.]+), Cipher is [A-Z]/m) ?? find(/^\s*Protocol\s*: (\S+)$/m),
    alpn: find(/^ALPN protocol: (\S+)$/m),
    verified: verified === undefined ? undefined : Number(verified),
    output,
  };
}
