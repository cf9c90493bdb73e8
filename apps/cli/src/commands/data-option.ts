/** What the commands that work on a data folder share. */

import type { DataFolder } from "@trapezoid/server/store";
import { type Command, Option } from "commander";

export interface DataFlags {
  readonly data: string;
  readonly json?: boolean;
}

export function dataOption(): Option {
  return new Option("--data <dir>", "folder of everything that is kept").env("TRAPEZOID_DATA").default("./data");
}

export function jsonOption(): Option {
  return new Option("--json", "answer in JSON");
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
  flags: DataFlags,
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
