/** ZRTP's identity and its secrets of earlier calls in one file, for its owner's eyes alone. RFC 6189 §4.9. */

import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { badZidFile } from "../errors.ts";
import { type CachedPeer, changedPeer, isExpired, type ZrtpCache } from "../zrtp/cache.ts";
import { zidBytes } from "../zrtp/hello.ts";

export interface ZidFileOptions {
  /** Peers that are remembered at most; the ones that were longest unused go. Default 10,000. */
  readonly maxPeers?: number;
  /** It could not be written; what is remembered goes on in memory and is written with the next change. */
  readonly onError?: (error: Error) => void;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

export interface ZidFile extends ZrtpCache, AsyncDisposable {
  /** Everything so far is on disk, or was reported to `onError`. */
  flush(): Promise<void>;
}

const format = "trapezoid-zid-1";
const defaultMaxPeers = 10_000;

/** A peer as it is in the file: anything may be there. */
interface Entry {
  readonly rs1?: unknown;
  readonly rs2?: unknown;
  readonly verified?: unknown;
  readonly expiresAt?: unknown;
}

interface Content {
  readonly zid: Uint8Array;
  readonly peers: Map<string, CachedPeer>;
}

/** Reads it, or makes one with a new random ZID. Rejects with `RTP_BAD_ZID_FILE`, and with the system's error when it cannot be read or made. */
export async function openZidFile(file: string, options: ZidFileOptions = {}): Promise<ZidFile> {
  const { maxPeers = defaultMaxPeers, onError = () => {}, now = Date.now } = options;
  const existing = await readIfThere(file);
  const content: Content =
    existing === undefined
      ? { zid: new Uint8Array(randomBytes(zidBytes)), peers: new Map() }
      : contentOf(file, existing);
  const { zid, peers } = content;
  if (existing === undefined) await replace(file, textOf(content));
  let writing: Promise<void> | undefined;
  let isWanted = false;

  const write = async (): Promise<void> => {
    // Changes that come while it is written go out together afterwards.
    while (isWanted) {
      isWanted = false;
      await replace(file, textOf(content)).catch(onError);
    }
    writing = undefined;
  };
  const flush = async (): Promise<void> => {
    await writing;
  };
  return {
    zid,
    async lookup(peer) {
      const found = peers.get(peer);
      return found === undefined || isExpired(found, now()) ? undefined : found;
    },
    update(change) {
      const changed = changedPeer(peers.get(change.peer), change, now());
      peers.delete(change.peer);
      if (changed !== undefined) peers.set(change.peer, changed);
      if (peers.size > maxPeers) peers.delete(peers.keys().next().value!);
      isWanted = true;
      writing ??= write();
    },
    flush,
    [Symbol.asyncDispose]: flush,
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whole or not at all, also when the power fails in between. */
async function replace(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const fresh = `${file}.new`;
  const handle = await open(fresh, "w", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

function textOf({ zid, peers }: Content): string {
  const entries = [...peers].map(([peer, { rs1, rs2, verified, expiresAt }]) => [
    peer,
    { rs1: rs1 && hex(rs1), rs2: rs2 && hex(rs2), verified, expiresAt },
  ]);
  return `${JSON.stringify({ format, zid: hex(zid), peers: Object.fromEntries(entries) }, undefined, 2)}\n`;
}

function contentOf(file: string, text: string): Content {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw badZidFile.from(error, file, "it is not JSON");
  }
  const { format: found, zid, peers } = (json ?? {}) as { format?: unknown; zid?: unknown; peers?: unknown };
  if (found !== format) throw badZidFile(file, `its format is not ${format}`);
  const own = octetsOf(zid, zidBytes);
  if (own === undefined) throw badZidFile(file, "its zid is not 24 hexadecimal digits");
  const entries = Object.entries((peers ?? {}) as Record<string, Entry | null>);
  return { zid: own, peers: new Map(entries.map(([peer, entry]) => [peer, peerOf(file, peer, entry ?? {})])) };
}

function peerOf(file: string, peer: string, entry: Entry): CachedPeer {
  const [rs1, rs2] = [entry.rs1, entry.rs2].map((secret) => octetsOf(secret, 32));
  const { verified, expiresAt } = entry;
  const isWhole =
    (rs1 !== undefined || entry.rs1 === undefined) &&
    (rs2 !== undefined || entry.rs2 === undefined) &&
    typeof verified === "boolean" &&
    (expiresAt === undefined || typeof expiresAt === "number");
  if (!isWhole) throw badZidFile(file, `what it says of peer ${peer} is broken`);
  return { rs1, rs2, verified, expiresAt };
}

function octetsOf(text: unknown, bytes: number): Uint8Array | undefined {
  if (typeof text !== "string" || !/^[0-9a-f]*$/.test(text) || text.length !== bytes * 2) return undefined;
  return new Uint8Array(Buffer.from(text, "hex"));
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}
