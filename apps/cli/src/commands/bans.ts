/** `trapezoid bans`: who is kept out, whether the server runs or not; a running one sees the change within a second. */

import type { Ban } from "@trapezoid/server/store";
import { Command, InvalidArgumentError } from "commander";
import { formatDuration, parseDuration } from "../duration.ts";
import { type Column, formatTable, terminalOptions } from "../table.ts";
import { dataOption, jsonOption, loadStore, printJson, sharedFlags, withFolder } from "./data-option.ts";

interface AddFlags {
  readonly for?: number;
  readonly reason?: string;
}

export function bansCommand(): Command {
  const bans = new Command("bans").description("Sources that are not heard: banned by the firewall, or by hand.");
  bans.command("list").description("List the bans in force.").action(list);
  bans
    .command("add")
    .description("Ban an address or a network: nothing of it is read or answered.")
    .argument("<source>", "192.0.2.7, 198.51.100.0/24, 2001:db8:1:2::/64")
    .option("--for <duration>", "lift it by itself after 30m, 12h, 7d (default: never)", durationOf)
    .option("--reason <text>", "a note for those who list it (default: the one it has)")
    .action(add);
  bans
    .command("remove")
    .description("Lift a ban, and forget that there was one.")
    .argument("<source>", "as it is listed")
    .action(remove);
  for (const command of [bans, ...bans.commands]) command.addOption(dataOption()).addOption(jsonOption());
  return bans;
}

async function list(_flags: object, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const now = Date.now();
  const bans = await withFolder(flags, { create: false }, async (folder) => {
    const all: Ban[] = [];
    for (let after = ""; ; ) {
      const page = await folder.bans.list({ at: now, after });
      all.push(...page);
      const last = page[page.length - 1];
      if (last === undefined) return all;
      after = last.subject;
    }
  });
  if (flags.json) printJson(bans.map(plain));
  else if (bans.length === 0) process.stdout.write("nobody is banned\n");
  else process.stdout.write(formatTable(columnsAt(now), bans, terminalOptions()));
}

async function add(text: string, given: AddFlags, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const { manualBan } = await loadStore();
  const source = await sourceOf(text, command);
  const since = Date.now();
  // A ban in a folder that no server has would bar nobody: none is made for it.
  const ban = await withFolder(flags, { create: false }, async (folder) => {
    const last = await folder.bans.get(source);
    const made = manualBan({ subject: source, at: since, forMs: given.for, note: given.reason, last });
    await folder.bans.put([made]);
    return made;
  });
  if (flags.json) printJson(plain(ban));
  else process.stdout.write(`${source} is banned ${endOf(ban, since, "for ", "until it is removed")}\n`);
}

async function remove(text: string, _flags: object, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const { notBanned, sourceKey } = await loadStore();
  const source = await sourceOf(text, command);
  const removed = await withFolder(flags, { create: false }, async (folder) => {
    // The firewall bans IPv6 sources by their /64.
    for (const named of [source, sourceKey(source)]) if (await folder.bans.remove(named)) return named;
    throw notBanned(source);
  });
  if (flags.json) printJson({ source: removed, removed: true });
  else process.stdout.write(`${removed} is no longer banned\n`);
}

/** In canonical form; what cannot be banned is a usage mistake. */
async function sourceOf(text: string, command: Command): Promise<string> {
  const { banSubject } = await loadStore();
  const subject = banSubject(text);
  if (!subject.ok) command.error(subject.error);
  return subject.value;
}

function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("expected a duration: 90s, 30m, 12h, 7d");
  return ms;
}

function columnsAt(now: number): readonly Column<Ban>[] {
  return [
    { title: "SOURCE", value: ({ subject }) => subject },
    { title: "FOR", value: (ban) => endOf(ban, now, "", "ever"), align: "right" },
    { title: "BECAUSE", value: ({ reason }) => reason },
    { title: "TIMES", value: ({ times }) => String(times), align: "right" },
    { title: "SINCE", value: ({ since }) => new Date(since).toISOString().replace("T", " ").slice(0, 19) },
    { title: "DETAIL", value: ({ detail }) => detail },
  ];
}

function endOf({ until }: Ban, now: number, before: string, endless: string): string {
  return until === undefined ? endless : before + formatDuration(until - now);
}

/** For programs: the names are part of what they may rely on, and those of `/api/v1/bans`. */
function plain({ subject, reason, detail, since, until, times }: Ban): Record<string, unknown> {
  return {
    source: subject,
    reason,
    detail,
    since: new Date(since).toISOString(),
    until: until === undefined ? null : new Date(until).toISOString(),
    times,
  };
}
