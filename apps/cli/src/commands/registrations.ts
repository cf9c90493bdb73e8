/** `trapezoid registrations`: where users are reached now. */

import type { Binding } from "@trapezoid/server/store";
import { utf8Decode } from "@trapezoid/sip/message";
import { Command } from "commander";
import { type Column, formatTable, terminalOptions } from "../table.ts";
import { addressIn, dataOption, jsonOption, loadStore, printJson, sharedFlags, withFolder } from "./data-option.ts";

export function registrationsCommand(): Command {
  return new Command("registrations")
    .description("List the contacts that users have registered.")
    .argument("[address]", "of this user alone: alice, or alice@example.com")
    .addOption(dataOption())
    .addOption(jsonOption())
    .action(registrations);
}

async function registrations(text: string | undefined, _flags: object, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const now = Date.now();
  const bindings = await withFolder(flags, { create: false }, async (folder) => {
    const { BindingRows, noAccount } = await loadStore();
    const rows = new BindingRows(folder.database);
    if (text === undefined) return rows.all(now);
    const { address } = await addressIn(folder, text, command);
    const found = rows.live(address, now);
    if (found.length === 0 && (await folder.accounts.get(address)) === undefined) throw noAccount(address);
    return found;
  });
  if (flags.json) printJson(bindings.map((binding) => plain(binding, now)));
  else if (bindings.length === 0) process.stdout.write(`${text ?? "nobody"} is${text ? " not" : ""} registered\n`);
  else process.stdout.write(formatTable(columnsAt(now), bindings, terminalOptions()));
}

function columnsAt(now: number): readonly Column<Binding>[] {
  return [
    { title: "ADDRESS", value: (binding) => binding.aor },
    { title: "CONTACT", value: (binding) => utf8Decode(binding.contact) },
    { title: "Q", value: (binding) => String(binding.q / 1000), align: "right" },
    { title: "EXPIRES", value: (binding) => `${secondsLeft(binding, now)} s`, align: "right" },
    { title: "FROM", value: (binding) => binding.source },
    { title: "USER AGENT", value: (binding) => utf8Decode(binding.userAgent ?? "") },
  ];
}

/** For programs: the names are part of what they may rely on. */
function plain(binding: Binding, now: number): Record<string, unknown> {
  const { aor, contact, q, callId, cseq, path, source, userAgent, instance, regId, expiresAt, updatedAt } = binding;
  return {
    address: aor,
    contact: utf8Decode(contact),
    q: q / 1000,
    expires: secondsLeft(binding, now),
    expiresAt: new Date(expiresAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    source,
    userAgent: userAgent === undefined ? undefined : utf8Decode(userAgent),
    callId,
    cseq,
    path,
    instance,
    regId,
  };
}

function secondsLeft(binding: Binding, now: number): number {
  return Math.ceil((binding.expiresAt - now) / 1000);
}
