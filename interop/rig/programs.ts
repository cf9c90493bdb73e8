/** Which peer programs are here. In continuous integration a missing one is a failure, elsewhere its tests are skipped. */

import { accessSync, constants } from "node:fs";
import path from "node:path";

const packages: Readonly<Record<string, string>> = {
  sipp: "sip-tester",
  kamailio: "kamailio",
  baresip: "baresip-core",
  linphonec: "linphone-cli",
  dnsmasq: "dnsmasq-base",
  chromium: "chromium",
  "firefox-esr": "firefox-esr",
  pulseaudio: "pulseaudio",
  openssl: "openssl",
  pebble: "pebble",
  strace: "strace",
  tshark: "tshark",
  tmux: "tmux",
  unshare: "util-linux",
  svmap: "sipvicious",
  svwar: "sipvicious",
  svcrack: "sipvicious",
};

/** For `test(name, { skip: missing("sipp") }, …)`: `false` when all are there, else the reason; throws when CI is set. */
export function missing(...programs: readonly string[]): string | false {
  const reason = notInstalled(...programs);
  if (reason !== false && process.env.CI === "true")
    throw new Error(`${reason}; expected on a machine that runs the whole proof`);
  return reason;
}

/** `not installed: sipp (package sip-tester)`; `false` when all are there. */
export function notInstalled(...programs: readonly string[]): string | false {
  const absent = programs.filter((program) => findProgram(program) === undefined);
  if (absent.length === 0) return false;
  return `not installed: ${absent.map((program) => `${program} (package ${packages[program] ?? program})`).join(", ")}`;
}

/** The path of a program, the system folders that a user's PATH may lack included. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    const file = path.join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {}
  }
  return undefined;
}
