/** SIPvicious, the scanner that every server on the internet meets first: svmap, svwar, svcrack. */

import { writeFile } from "node:fs/promises";
import { PeerProcess } from "../../interop/rig/peer-process.ts";
import { makeTempFolder } from "../../interop/rig/temp-folder.ts";
import { pause } from "../../interop/rig/wait.ts";
import type { Attack, Target } from "./attack.ts";

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

const svmap: Attack = async (target) => {
  const args = ["-b", target.source, "-x", target.source, "-p", `${target.udp}`, "-t", "0.01", target.host];
  const { runs, finds } = await scan(
    target,
    "svmap",
    args,
    new RegExp(`\\|\\s*${target.host}:${target.udp}\\s*\\|`, "g"),
  );
  return { sent: runs, answered: finds, note: `server found ${finds} times` };
};

const svwar: Attack = async (target) => {
  const args = ["-b", target.source, "-x", target.source, "-p", `${target.udp}`, "-t", "0.001", "--force"];
  args.push("-m", "REGISTER", "-e", "100-9999", `--domain=${target.domain}`, target.host);
  const { runs, finds } = await scan(target, "svwar", args, /\|\s*\d+\s*\|\s*(?:req|no)auth/g);
  return { sent: runs, answered: finds, note: `${finds} users "found"` };
};

const svcrack: Attack = async (target) => {
  await using folder = await makeTempFolder("words");
  const words = Array.from({ length: 20_000 }, (_, index) => `guess${index}`);
  await writeFile(folder.file("words"), `${words.join("\n")}\n`);
  const args = ["-b", target.source, "-x", target.source, "-p", `${target.udp}`, "-t", "0.001"];
  args.push("-u", target.user, "-d", folder.file("words"), `--domain=${target.domain}`, target.host);
  const { runs, finds } = await scan(target, "svcrack", args, /\|\s*\S+\s*\|\s*guess\d+\s*\|/g);
  return { sent: runs, answered: finds, note: finds === 0 ? "no password found" : "PASSWORD FOUND" };
};

export const scanners = { svmap, svwar, svcrack } as const satisfies Record<string, Attack>;
