/**
 * SIPvicious, the scanner that every server on the internet meets first: svmap, svwar, svcrack. Not all versions of them can be told which
 * address to scan from: they scan a relay, which passes everything on from the attack's own address.
 */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { PeerProcess } from "../../interop/rig/peer-process.ts";
import { freePorts } from "../../interop/rig/ports.ts";
import { makeTempFolder } from "../../interop/rig/temp-folder.ts";
import { pause } from "../../interop/rig/wait.ts";
import type { Attack, Report, Target } from "./attack.ts";

interface Relay extends AsyncDisposable {
  /** Where the scanner aims. */
  readonly host: string;
  readonly port: number;
  readonly counts: { passedOn: number; answered: number };
}

/** What the scanner calls itself, and a desk phone's name of the same length for one that hides. */
const [ownName, falseName] = ["friendly-scanner", "Yealink SIP-T46S"];

async function startRelay(target: Target, isDisguised: boolean): Promise<Relay> {
  const open = async (): Promise<Socket> => {
    const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
    socket.on("error", () => {});
    socket.bind(0, target.source);
    await once(socket, "listening");
    return socket;
  };
  const [front, back] = await Promise.all([open(), open()]);
  const counts = { passedOn: 0, answered: 0 };
  let scanner: { readonly address: string; readonly port: number } | undefined;
  front.on("message", (octets, from) => {
    scanner = from;
    counts.passedOn++;
    const text = octets.toString("latin1");
    back.send(Buffer.from(isDisguised ? text.replace(ownName, falseName) : text, "latin1"), target.udp, target.host);
  });
  back.on("message", (octets) => {
    counts.answered++;
    if (scanner !== undefined) front.send(octets, scanner.port, scanner.address);
  });
  return {
    host: target.source,
    port: front.address().port,
    counts,
    async [Symbol.asyncDispose]() {
      front.close();
      back.close();
    },
  };
}

/** Again and again until the time is up: each run ends early when it is not answered. */
async function scan(
  target: Target,
  command: string,
  args: readonly string[],
  found: RegExp,
): Promise<{ runs: number; finds: number; last: string }> {
  const until = performance.now() + target.seconds * 1_000;
  let [runs, finds, last] = [0, 0, ""];
  while (performance.now() < until) {
    await using folder = await makeTempFolder("scanner");
    const peer = new PeerProcess({
      name: command,
      command,
      args,
      // It keeps its sessions in the home folder.
      env: { HOME: folder.path },
      cwd: folder.path,
    });
    await Promise.race([peer.exited, pause(Math.max(0, until - performance.now()))]);
    await peer.stop("SIGKILL");
    runs++;
    finds += [...peer.output.matchAll(found)].length;
    last = peer.tail();
  }
  return { runs, finds, last };
}

/** Options that all three know: where from, how fast. */
async function common(relay: Relay): Promise<string[]> {
  return ["-P", `${await freePorts(1)}`, "-p", `${relay.port}`, "-t", "0.001"];
}

async function svmap(target: Target): Promise<Report> {
  await using relay = await startRelay(target, false);
  const found = new RegExp(`\\|\\s*${relay.host.replaceAll(".", "\\.")}:${relay.port}\\s*\\|`, "g");
  const { finds } = await scan(target, "svmap", [...(await common(relay)), relay.host], found);
  const { passedOn, answered } = relay.counts;
  return { sent: passedOn, answered, note: finds === 0 ? "server not found" : `server found ${finds} times` };
}

async function svwar(target: Target, isDisguised: boolean): Promise<Report> {
  await using relay = await startRelay(target, isDisguised);
  const args = [...(await common(relay)), "--force", "-m", "REGISTER", "-e", "100-9999", `--domain=${target.domain}`];
  const { finds } = await scan(target, "svwar", [...args, relay.host], /\|\s*\d+\s*\|\s*(?:req|no)auth/g);
  const { passedOn, answered } = relay.counts;
  return { sent: passedOn, answered, note: finds === 0 ? "no user found" : `${finds} USERS "FOUND"` };
}

async function svcrack(target: Target, isDisguised: boolean): Promise<Report> {
  await using folder = await makeTempFolder("words");
  await using relay = await startRelay(target, isDisguised);
  const words = Array.from({ length: 20_000 }, (_, index) => `guess${index}`);
  await writeFile(folder.file("words"), `${words.join("\n")}\n`);
  const args = [...(await common(relay)), "-u", target.user, "-d", folder.file("words"), `--domain=${target.domain}`];
  const { finds } = await scan(target, "svcrack", [...args, relay.host], /\|\s*\S+\s*\|\s*\[?\w+/g);
  const { passedOn, answered } = relay.counts;
  return { sent: passedOn, answered, note: finds <= 1 ? "no password found" : "PASSWORD FOUND" };
}

export const scanners = {
  svmap,
  svwar: (target) => svwar(target, false),
  "svwar in disguise": (target) => svwar(target, true),
  svcrack: (target) => svcrack(target, false),
  "svcrack in disguise": (target) => svcrack(target, true),
} as const satisfies Record<string, Attack>;
