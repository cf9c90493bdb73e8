/** Pebble: an authority that speaks ACME (RFC 8555), with its own roots, and as unfriendly as one may be. */

import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { text } from "node:stream/consumers";
import { makeCertificate } from "./certificate.ts";
import { PeerProcess } from "./peer-process.ts";
import { freePorts } from "./ports.ts";
import { makeTempFolder } from "./temp-folder.ts";

export interface PebbleOptions {
  /** Resolves the names that it looks at. */
  readonly dns: string;
  /** Where it asks for http-01, and for tls-alpn-01. */
  readonly httpPort: number;
  readonly tlsPort: number;
  /** Of the certificates. Default: years. */
  readonly validitySeconds?: number;
  /** Share of good nonces that it refuses, in percent. Default 50. */
  readonly nonceReject?: number;
  /** It sleeps for up to so long before each look. Default: not at all. */
  readonly sleepSeconds?: number;
  /** Accounts need one of these elsewhere: key id → MAC key. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
}

export interface Pebble extends AsyncDisposable {
  readonly process: PeerProcess;
  /** URL. */
  readonly directory: string;
  /** PEM file of whom to believe that this is the directory. */
  readonly authority: string;
  /** PEM file of the root that its certificates descend from. */
  readonly root: string;
  /** Certificates that it gave so far. */
  issued(): number;
}

export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const folder = await makeTempFolder("pebble");
  const { authority, certificate, key } = await makeCertificate(folder, ["localhost"]);
  const port = await freePorts(2);
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${port + 1}`,
    ...{ certificate, privateKey: key, httpPort: options.httpPort, tlsPort: options.tlsPort },
    ...(options.validitySeconds !== undefined && { certificateValidityPeriod: options.validitySeconds }),
    externalAccountBindingRequired: options.externalAccounts !== undefined,
    externalAccountMACKeys: options.externalAccounts ?? {},
  };
  await writeFile(folder.file("pebble.json"), JSON.stringify({ pebble: config }));
  const sleep: Record<string, string> =
    options.sleepSeconds === undefined
      ? { PEBBLE_VA_NOSLEEP: "1" }
      : { PEBBLE_VA_SLEEPTIME: String(options.sleepSeconds) };
  const process = new PeerProcess({
    name: "pebble",
    command: "pebble",
    args: ["-strict", "-config", folder.file("pebble.json"), "-dnsserver", options.dns],
    env: { ...sleep, PEBBLE_WFE_NONCEREJECT: String(options.nonceReject ?? 50), PEBBLE_AUTHZREUSE: "0" },
  });
  const dispose = async (): Promise<void> => {
    await process.stop();
    await folder[Symbol.asyncDispose]();
  };
  try {
    await process.waitFor(/ACME directory available/);
    await writeFile(folder.file("root.pem"), await read(`https://127.0.0.1:${port + 1}/roots/0`, authority));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    ...{ process, authority, directory: `https://127.0.0.1:${port}/dir`, root: folder.file("root.pem") },
    issued: () => process.output.split("Issued certificate").length - 1,
    [Symbol.asyncDispose]: dispose,
  };
}

/** The body, from a server that `authority` (PEM file) vouches for. */
async function read(url: string, authority: string): Promise<string> {
  const ca = await readFile(authority);
  const [response] = (await once(get(url, { ca }), "response")) as [IncomingMessage];
  return text(response);
}
