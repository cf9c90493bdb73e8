/** `trapezoid user`: accounts, whether the server runs or not; a running one sees the change within a second. */

import { text as readText } from "node:stream/consumers";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { Command } from "commander";
import { type Column, formatTable, terminalOptions } from "../table.ts";
import {
  addressIn,
  dataOption,
  jsonOption,
  loadStore,
  printJson,
  type SharedFlags,
  sharedFlags,
  withFolder,
} from "./data-option.ts";

interface PasswordFlags {
  readonly passwordStdin?: boolean;
}

export function userCommand(): Command {
  const user = new Command("user").description("Accounts: who may register and call.");
  user
    .command("add")
    .description("Add an account. Makes a password and prints it once, unless one is given.")
    .argument("<address>", "alice, or alice@example.com")
    .option("--password-stdin", "read the password from standard input")
    .action(add);
  user.command("list").description("List the accounts.").action(list);
  user
    .command("remove")
    .description("Remove an account and its registrations.")
    .argument("<address>", "alice, or alice@example.com")
    .action(remove);
  user
    .command("password")
    .description("Give an account another password. Makes one and prints it once, unless one is given.")
    .argument("<address>", "alice, or alice@example.com")
    .option("--password-stdin", "read the password from standard input")
    .action(changePassword);
  for (const command of [user, ...user.commands]) command.addOption(dataOption()).addOption(jsonOption());
  return user;
}

async function add(text: string, given: PasswordFlags, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const { createAccount } = await loadStore();
  const { password, made } = await passwordFor(given);
  const { address } = await withFolder(flags, { create: true }, async (folder) => {
    const named = await addressIn(folder, text, command);
    await folder.accounts.add(createAccount(nodeHash, named, password, Date.now()));
    return named;
  });
  told(flags, address, "added", made ? password : undefined);
}

async function changePassword(text: string, given: PasswordFlags, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const { noAccount, withPassword } = await loadStore();
  const { password, made } = await passwordFor(given);
  const address = await withFolder(flags, { create: false }, async (folder) => {
    const named = await addressIn(folder, text, command);
    const account = await folder.accounts.get(named.address);
    if (account === undefined) throw noAccount(named.address);
    const changed = await folder.accounts.update(withPassword(nodeHash, account, password));
    if (!changed) throw noAccount(named.address);
    return named.address;
  });
  told(flags, address, "has a new password", made ? password : undefined);
}

async function remove(text: string, _flags: object, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const { noAccount } = await loadStore();
  const address = await withFolder(flags, { create: false }, async (folder) => {
    const named = await addressIn(folder, text, command);
    if (!(await folder.accounts.remove(named.address))) throw noAccount(named.address);
    return named.address;
  });
  if (flags.json) printJson({ address, removed: true });
  else process.stdout.write(`account ${address} removed\n`);
}

interface Listed {
  readonly address: string;
  readonly contacts: number;
  readonly algorithms?: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

const columns: readonly Column<Listed>[] = [
  { title: "ADDRESS", value: (account) => account.address },
  { title: "CONTACTS", value: (account) => String(account.contacts), align: "right" },
  { title: "ADDED", value: (account) => account.createdAt.replace("T", " ").slice(0, 19) },
];

async function list(_flags: object, command: Command): Promise<void> {
  const flags = sharedFlags(command);
  const { BindingRows } = await loadStore();
  const accounts = await withFolder(flags, { create: false }, async (folder) => {
    const rows = new BindingRows(folder.database);
    const now = Date.now();
    const listed: Listed[] = [];
    for (let after = ""; ; ) {
      const page = await folder.accounts.list({ after });
      for (const { address, algorithms, createdAt } of page) {
        const contacts = rows.live(address, now).length;
        listed.push({
          address,
          contacts,
          ...(algorithms && { algorithms }),
          createdAt: new Date(createdAt).toISOString(),
        });
      }
      if (page.length === 0) return listed;
      after = page[page.length - 1]!.address;
    }
  });
  if (flags.json) printJson(accounts);
  else if (accounts.length === 0) process.stdout.write("no accounts; add one with: trapezoid user add alice\n");
  else process.stdout.write(formatTable(columns, accounts, terminalOptions()));
}

async function passwordFor(flags: PasswordFlags): Promise<{ readonly password: string; readonly made: boolean }> {
  const { badPassword, generatePassword } = await loadStore();
  if (!flags.passwordStdin) return { password: generatePassword((length) => nodeHash.random(length)), made: true };
  const password = (await readText(process.stdin)).replace(/\r?\n$/, "");
  if (password === "") throw badPassword("standard input was empty");
  return { password, made: false };
}

function told(flags: SharedFlags, address: string, what: string, password: string | undefined): void {
  if (flags.json) printJson({ address, ...(password !== undefined && { password }) });
  else process.stdout.write(`account ${address} ${password === undefined ? what : `password ${password}`}\n`);
}
