/** Kamailio: a proxy and registrar that is not ours, for the other side of the trapezoid and for proving the rig itself. */

import { writeFile } from "node:fs/promises";
import { PeerProcess } from "./peer-process.ts";
import { isTaken } from "./ports.ts";
import { findProgram } from "./programs.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { waitUntil } from "./wait.ts";

export interface KamailioOptions {
  /** The configuration file's text; `listen` lines included. */
  readonly config: string;
  /** Waited for: one UDP or TCP port that it opens. */
  readonly readyPort: { readonly udp?: number; readonly tcp?: number; readonly address?: string };
  /** Resolves names at this address, port 53, instead of the machine's servers; needs root. */
  readonly nameserver?: string;
  /** Shared memory in MB. */
  readonly sharedMemory?: number;
  /** Writes further files (certificates) before the start. */
  readonly folder?: TempFolder;
}

export interface Kamailio extends AsyncDisposable {
  readonly process: PeerProcess;
}

export async function startKamailio(options: KamailioOptions): Promise<Kamailio> {
  const folder = options.folder ?? (await makeTempFolder("kamailio"));
  await writeFile(folder.file("kamailio.cfg"), options.config);
  const args = [
    "-f",
    folder.file("kamailio.cfg"),
    "-DD",
    "-P",
    folder.file("pid"),
    "-Y",
    folder.path,
    "-w",
    folder.path,
  ];
  args.push("-m", `${options.sharedMemory ?? 128}`, "-M", "16");
  const server = new PeerProcess(
    options.nameserver === undefined
      ? { name: "kamailio", command: "kamailio", args }
      : { name: "kamailio", ...(await withNameserver(folder, options.nameserver, args)) },
  );
  const { udp, tcp, address } = options.readyPort;
  const dispose = async (): Promise<void> => {
    await server.stop();
    await folder[Symbol.asyncDispose]();
  };
  try {
    await waitUntil(
      async () => {
        if (server.ended !== undefined) throw new Error(`kamailio ended (${server.ended}):\n${server.tail()}`);
        return udp === undefined ? await isTaken("tcp", tcp!, address) : await isTaken("udp", udp, address);
      },
      { what: "kamailio's port" },
    );
  } catch (error) {
    await dispose();
    throw error;
  }
  return { process: server, [Symbol.asyncDispose]: dispose };
}

/** A mount namespace in which /etc/resolv.conf is ours. */
async function withNameserver(
  folder: TempFolder,
  nameserver: string,
  args: readonly string[],
): Promise<{ command: string; args: string[] }> {
  const resolver = folder.file("resolv.conf");
  await writeFile(resolver, `nameserver ${nameserver}\noptions timeout:1 attempts:2\n`);
  const script = `mount --bind "${resolver}" /etc/resolv.conf && exec "${findProgram("kamailio")}" "$@"`;
  return { command: "unshare", args: ["--mount", "sh", "-c", script, "kamailio", ...args] };
}

export interface RegistrarOptions {
  readonly udp?: number;
  readonly tcp?: number;
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string };
  readonly address?: string;
  /** Its own domains beside its address. */
  readonly domains?: readonly string[];
  /** Asks REGISTER for MD5 credentials with this password, whoever it is. */
  readonly password?: string;
  /** Requests for anybody else's domain are relayed; without it they get 404. */
  readonly relay?: boolean;
  /** Sends requests for a foreign domain to this next hop instead of asking DNS. */
  readonly nextHop?: string;
  readonly folder: TempFolder;
}

const modules = [
  "tm",
  "tmx",
  "sl",
  "rr",
  "pv",
  "maxfwd",
  "usrloc",
  "registrar",
  "textops",
  "siputils",
  "nathelper",
  "auth",
];

/** A registrar and record-routing proxy over UDP, TCP and TLS. */
export async function registrarConfig(options: RegistrarOptions): Promise<string> {
  const address = options.address ?? "127.0.0.1";
  const lines = [
    "#!KAMAILIO",
    "debug=1",
    "log_stderror=yes",
    "fork=yes",
    "children=1",
    "tcp_children=1",
    "auto_aliases=no",
  ];
  if (options.udp !== undefined) lines.push(`listen=udp:${address}:${options.udp}`);
  if (options.tcp !== undefined) lines.push(`listen=tcp:${address}:${options.tcp}`);
  if (options.tls !== undefined) lines.push("enable_tls=yes", `listen=tls:${address}:${options.tls.port}`);
  if (options.tcp === undefined && options.tls === undefined) lines.push("disable_tcp=yes");
  for (const domain of options.domains ?? []) lines.push(`alias="${domain}"`);
  lines.push(
    'mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"',
    ...modules.map((name) => `loadmodule "${name}.so"`),
  );
  if (options.tls !== undefined) {
    const { certificate, key } = options.tls;
    const file = options.folder.file("tls.cfg");
    await writeFile(
      file,
      `[server:default]\nmethod = TLSv1.2+\nverify_certificate = no\ncertificate = ${certificate}\nprivate_key = ${key}\n`,
    );
    lines.push('loadmodule "tls.so"', `modparam("tls", "config", "${file}")`);
  }
  lines.push(
    'modparam("registrar", "received_avp", "$avp(received)")',
    'modparam("nathelper", "received_avp", "$avp(received)")',
  );
  lines.push(
    'modparam("usrloc", "db_mode", 0)',
    'modparam("rr", "enable_full_lr", 1)',
    'modparam("registrar", "use_path", 0)',
  );
  const challenge = `if (!pv_www_authenticate("$td", "${options.password}", "0")) { www_challenge("$td", "0"); exit; }`;
  const away = options.nextHop === undefined ? "" : `$du = "${options.nextHop}"; `;
  lines.push(`
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (is_method("OPTIONS") && uri == myself && $rU == $null) { sl_send_reply("200", "OK"); exit; }
  force_rport();
  if (has_totag()) {
    if (loose_route()) { handle_ruri_alias(); route(RELAY); exit; }
    if (is_method("ACK") && t_check_trans()) { route(RELAY); }
    exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) route(RELAY); exit; }
  t_check_trans();
  if (is_present_hf("Contact")) { set_contact_alias(); }
  if (is_method("INVITE|SUBSCRIBE")) record_route();
  remove_hf("Route");
  if (is_method("REGISTER")) {
    ${options.password === undefined ? "" : challenge}
    fix_nated_register();
    if (!save("location")) sl_reply_error();
    exit;
  }
  if (uri != myself) { ${options.relay ? `${away}route(RELAY);` : 'sl_send_reply("404", "Not Found");'} exit; }
  if (!lookup("location")) { t_newtran(); t_reply("404", "Not Found"); exit; }
  route(RELAY);
}
route[RELAY] { if (!t_relay()) sl_reply_error(); exit; }
onreply_route { if (is_present_hf("Contact")) { set_contact_alias(); } return 1; }
`);
  return lines.join("\n");
}
