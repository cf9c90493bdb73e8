/** What every command of the phone takes: who asks, by which way, for how long. */

import type { NodeUserAgentSettings } from "@trapezoid/call/node";
import type { NameAddr, SipUri } from "@trapezoid/sip/message";
import type { ListenUri, TransportKind } from "@trapezoid/sip/transport";
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../duration.ts";
import { dataOption, jsonOption, notEmpty, sharedFlags } from "./data-option.ts";

const transports = ["udp", "tcp", "tls", "ws", "wss"] as const;

export interface PhoneFlags {
  readonly as?: string;
  readonly user?: string;
  readonly passwordEnv?: string;
  readonly passwordStdin?: boolean;
  readonly proxy?: string;
  readonly transport?: TransportKind;
  /** Seconds. */
  readonly timeout?: number;
  readonly listen?: readonly string[];
  readonly tlsCa?: readonly string[];
  readonly tlsInsecure?: boolean;
  readonly wsPath?: string;
  readonly dns?: readonly string[];
  readonly ladder?: boolean;
  readonly ascii?: boolean;
}

/** @param timeout What `--timeout` limits in this command. */
export function addPhoneOptions(command: Command, timeout: string): Command {
  return command
    .optionsGroup("Who, and by which way:")
    .option("--as <address>", "who you are: alice@example.com, or '\"Alice\" <sip:alice@example.com>'", notEmpty)
    .option("--user <name>", "name that goes with the password (default: that of --as)", notEmpty)
    .option("--password-env <name>", "environment variable that holds the password", notEmpty)
    .option("--password-stdin", "read the password from standard input")
    .option("--proxy <uri>", "server that everything goes to first: pbx.example.com, 192.0.2.1:5070", notEmpty)
    .addOption(
      new Option("--transport <name>", "transport to send by (default: as DNS says, else udp)").choices(transports),
    )
    .option("--timeout <seconds>", timeout, parseSeconds)
    .option("--listen <uri>", "own SIP address (default: udp and tcp on a free port); may be repeated", collect)
    .option(
      "--tls-ca <file>",
      "authorities (PEM) that servers' certificates may descend from; may be repeated",
      collect,
    )
    .option("--tls-insecure", "connect to servers that cannot prove who they are")
    .option("--ws-path <path>", "path of WebSocket servers (default: /sip)", notEmpty)
    .option("--dns <server>", "name server to ask (default: the system's); may be repeated", collect)
    .optionsGroup("What is shown:")
    .option("--ladder", "show afterwards every SIP message that was sent and received")
    .option("--ascii", "no Unicode in ladders and live lines")
    .addOption(jsonOption())
    .addOption(dataOption().hideHelp());
}

/** A list by repetition or by commas: an option that takes words without end would take the address that follows, too. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.includes("")) throw new InvalidArgumentError("it is empty");
  return [...(before ?? []), ...words];
}

export function parseSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : (parseDuration(text) ?? 0) / 1000;
  if (!(seconds > 0) || seconds > 2_147_483) throw new InvalidArgumentError("expected seconds (30), or 10m, 2h");
  return seconds;
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError("expected a whole number from 1 up");
  return count;
}

export interface PhoneIntent {
  readonly as: NameAddr | undefined;
  readonly proxy: SipUri | undefined;
  readonly settings: NodeUserAgentSettings;
  readonly timeoutSeconds: number | undefined;
  readonly json: boolean;
  readonly ladder: boolean;
  readonly ascii: boolean;
}

/** What was asked for. Mistakes are told as wrong usage. */
export async function phoneIntent(flags: PhoneFlags, command: Command): Promise<PhoneIntent> {
  const { ownAddress, serverUri } = await import("../phone/addresses.ts");
  const { phoneSettings } = await import("../phone/settings.ts");
  const take = <T>(
    result:
      | { readonly ok: true; readonly value: T }
      | { readonly ok: false; readonly error: { readonly message: string } },
  ): T => (result.ok ? result.value : command.error(result.error.message));
  const proxy = flags.proxy === undefined ? undefined : take(serverUri(flags.proxy));
  const as = flags.as === undefined ? undefined : take(ownAddress(flags.as, proxy));
  if (flags.passwordEnv !== undefined && flags.passwordStdin)
    command.error("--password-env or --password-stdin, not both");
  const password = await passwordOf(flags, command);
  const settings = take(
    await phoneSettings({
      as,
      proxy,
      password,
      user: flags.user,
      transport: flags.transport,
      listen: take(await listenUris(flags.listen)),
      tlsCa: flags.tlsCa ?? [],
      tlsInsecure: flags.tlsInsecure ?? false,
      webSocketPath: flags.wsPath ?? "/sip",
      dnsServers: flags.dns,
    }),
  );
  return {
    as,
    proxy,
    settings,
    timeoutSeconds: flags.timeout,
    json: sharedFlags(command).json,
    ladder: flags.ladder ?? false,
    ascii: flags.ascii ?? false,
  };
}

async function listenUris(texts: readonly string[] | undefined) {
  const { parseListenUri } = await import("@trapezoid/sip/transport");
  const uris: ListenUri[] = [];
  for (const text of texts ?? []) {
    const parsed = parseListenUri(text);
    if (!parsed.ok) return parsed;
    uris.push(parsed.value);
  }
  return { ok: true as const, value: texts === undefined ? undefined : uris };
}

async function passwordOf({ passwordEnv, passwordStdin }: PhoneFlags, command: Command): Promise<string | undefined> {
  if (passwordEnv !== undefined) {
    const password = process.env[passwordEnv];
    if (!password)
      command.error(`the environment variable ${passwordEnv} (--password-env) is not set; set it to the password`);
    return password;
  }
  if (!passwordStdin) return undefined;
  const { text } = await import("node:stream/consumers");
  const password = (await text(process.stdin)).replace(/\r?\n$/, "");
  if (password === "") command.error("standard input (--password-stdin) was empty; write the password to it");
  return password;
}
