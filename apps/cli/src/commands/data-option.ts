/** What the commands that work on a data folder share. */

import type { DataFolder } from "@trapezoid/server/store";
import { type Command, InvalidArgumentError, Option } from "commander";

/** What every command takes, before its name or after it. */
export interface SharedFlags {
  readonly data: string;
  readonly json: boolean;
}

/** Has no default of its own: what is said nearest to the command's name counts, see `sharedFlags`. */
export function dataOption(): Option {
  return new Option(
    "--data <dir>",
    "folder of everything that is kept (default: ./data, or what TRAPEZOID_DATA says)",
  ).argParser(notEmpty);
}

export function jsonOption(): Option {
  return new Option("--json", "answer in JSON");
}

/** The shared flags of a command that was run, wherever they stood. An empty TRAPEZOID_DATA is none. */
export function sharedFlags(command: Command): SharedFlags {
  let data: string | undefined;
  let json: boolean | undefined;
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const flags = at.opts<{ readonly data?: string; readonly json?: boolean }>();
    data ??= flags.data;
    json ??= flags.json;
  }
  return { data: data ?? (process.env.TRAPEZOID_DATA || "./data"), json: json === true };
}

/** What no file is called: most often a variable that was not set. */
export function notEmpty(text: string): string {
  if (text === "") throw new InvalidArgumentError("it is empty");
  return text;
}

export interface NamedAddress {
  readonly user: string;
  readonly domain: string;
  readonly address: string;
}

/** Loaded when a command runs, so that help and mistakes answer at once. */
export function loadStore(): Promise<typeof import("@trapezoid/server/store")> {
  return import("@trapezoid/server/store");
}

/** Runs `work` on the folder and closes it, whatever happens. */
export async function withFolder<T>(
  flags: SharedFlags,
  options: { readonly create: boolean },
  work: (folder: DataFolder) => Promise<T>,
): Promise<T> {
  const { openDataFolder } = await loadStore();
  const folder = await openDataFolder(flags.data, options);
  try {
    return await work(folder);
  } finally {
    folder.close();
  }
}

/** The address that was typed, in the server's primary domain when it names none. What is no address is a usage mistake. */
export async function addressIn(folder: DataFolder, text: string, command: Command): Promise<NamedAddress> {
  const { defaultDomain, parseAddress } = await loadStore();
  const parsed = parseAddress(text, folder.settings.get("primaryDomain") ?? defaultDomain);
  if (!parsed.ok) command.error(parsed.error.message);
  return parsed.value;
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
