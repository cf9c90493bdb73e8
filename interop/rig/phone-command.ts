/** The phone of the command line, as people start it, in a folder of its own. */

import { password } from "./house.ts";
import { PeerProcess } from "./peer-process.ts";
import { ownMediaPorts } from "./ports.ts";
import type { TempFolder } from "./temp-folder.ts";
import { entry, node, type Trapezoid } from "./trapezoid.ts";

/** The environment variable that holds every password of the house. */
export const passwordVariable = "HOUSE_PASSWORD";

/** `--as … --password-env …` for a user of the house. */
export function asUser(server: Trapezoid, user: string): readonly string[] {
  return ["--as", `${user}@${server.at("udp")}`, "--password-env", passwordVariable];
}

/** Runs in the folder, without a terminal. */
export function startPhoneCommand(folder: TempFolder, args: readonly string[]): PeerProcess {
  const hasMedia = args[0] === "call" || args[0] === "register";
  const media = hasMedia && !args.includes("--media-ports") ? ["--media-ports", ownMediaPorts.join("-")] : [];
  return new PeerProcess({
    name: `trapezoid ${args[0]}`,
    command: node,
    args: [...entry(), ...args, ...media],
    cwd: folder.path,
    env: { [passwordVariable]: password, LC_ALL: "C.UTF-8" },
  });
}

export interface PhoneEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** What it said with `--json`. */
export function eventsOf({ stdout }: Pick<PeerProcess, "stdout">): PhoneEvent[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as PhoneEvent);
}
