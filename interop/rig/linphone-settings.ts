/** The settings file that a Linphone lives from, and its tone. */

import { mkdir, writeFile } from "node:fs/promises";
import type { PhoneOptions, SoloOptions } from "./phone.ts";
import { freePorts } from "./ports.ts";
import type { TempFolder } from "./temp-folder.ts";
import { makeTone } from "./tone.ts";

/** What this phone alone can be told. */
export interface LinphoneChoice {
  /** How keys are sent. Default events. */
  readonly keysBy?: "event" | "info";
  /** ZRTP in place of SDES, with these algorithms alone, by their four letters; mandatory ones are always possible. */
  readonly zrtp?: {
    readonly agreement?: "DH3K" | "DH2K" | "X255" | "X448";
    readonly hash?: "S256" | "S384";
    readonly cipher?: "AES1" | "AES3";
    readonly authTag?: "HS32" | "HS80";
    readonly sas?: "B32" | "B256";
  };
  /** SDES suites in their order. */
  readonly srtpSuites?: readonly string[];
  /** Reliable provisional responses. Default off. */
  readonly reliableProvisional?: "off" | "supported" | "required";
  /** Session-Expires of its calls, seconds; no timer by default. */
  readonly sessionSeconds?: number;
  /** Lines of its settings file by section, for everything else: `{ sip: ["use_ipv6=0"] }`. */
  readonly settings?: Readonly<Record<string, readonly string[]>>;
}

export interface LinphonePorts {
  readonly sip: number;
  readonly rtp: number;
}

const rates: Readonly<Record<string, number>> = { PCMU: 8_000, PCMA: 8_000, G722: 8_000, opus: 48_000 };
/** Everything that this version knows: what is not in its settings it would enable by itself. L16 ends it with a segmentation fault. */
const known: readonly (readonly [mime: string, rate: number, channels: number])[] = [
  ["opus", 48_000, 2],
  ["speex", 16_000, 1],
  ["speex", 8_000, 1],
  ["speex", 32_000, 1],
  ["PCMU", 8_000, 1],
  ["PCMA", 8_000, 1],
  ["GSM", 8_000, 1],
  ["G722", 8_000, 1],
  ["iLBC", 8_000, 1],
  ["BV16", 8_000, 1],
  ["G729", 8_000, 1],
  ["L16", 44_100, 1],
  ["L16", 44_100, 2],
];

function codecSections(codecs: readonly string[]): string[] {
  const chosen = codecs.map((name) => known.find(([mime, rate]) => mime === name && rate === rates[name])!);
  const all = [...chosen, ...known.filter((one) => !chosen.includes(one))];
  return all.flatMap(([mime, rate, channels], index) => [
    `[audio_codec_${index}]`,
    `mime=${mime}`,
    `rate=${rate}`,
    `channels=${channels}`,
    `enabled=${index < chosen.length ? 1 : 0}`,
  ]);
}

function zrtpLines(zrtp: LinphoneChoice["zrtp"] = {}): string[] {
  const { agreement, hash, cipher, authTag, sas } = zrtp;
  const line = (name: string, kind: string, value: string | undefined): string[] =>
    value === undefined ? [] : [`zrtp_${name}_suites=MS_ZRTP_${kind}_${value}`];
  return [
    ...line("key_agreements", "KEY_AGREEMENT", agreement),
    ...line("hash", "HASH", hash),
    ...line("cipher", "CIPHER", cipher),
    ...line("auth", "AUTHTAG", authTag),
    ...line("sas", "SAS", sas),
  ];
}

export async function writeLinphoneFiles(
  options: SoloOptions & Partial<PhoneOptions> & LinphoneChoice,
  folder: TempFolder,
): Promise<LinphonePorts> {
  const [sip, rtp] = [await freePorts(), await freePorts(12)];
  const { user, transport = "udp", srtp, soundHz = 8_000 } = options;
  const ports = { udp: 0, tcp: 0, tls: 0, [transport]: sip };
  const sections: Record<string, string[]> = {
    sip: [
      `sip_port=${ports.udp}`,
      `sip_tcp_port=${ports.tcp}`,
      `sip_tls_port=${ports.tls}`,
      "guess_hostname=1",
      `contact=sip:${user}@127.0.0.1`,
      "verify_server_certs=0",
      "verify_server_cn=0",
      "use_ipv6=0",
      `use_rfc2833=${options.keysBy === "info" ? 0 : 1}`,
      `use_info=${options.keysBy === "info" ? 1 : 0}`,
      `media_encryption=${options.zrtp !== undefined ? "zrtp" : srtp === undefined ? "none" : "srtp"}`,
      ...zrtpLines(options.zrtp),
      `media_encryption_mandatory=${srtp === "required" ? 1 : 0}`,
      `100rel_support_level=${["off", "supported", "required"].indexOf(options.reliableProvisional ?? "off")}`,
      ...(options.srtpSuites === undefined ? [] : [`srtp_crypto_suites=${options.srtpSuites.join(",")}`]),
      ...(options.sessionSeconds === undefined
        ? []
        : [
            "session_expires_enabled=1",
            `session_expires_value=${options.sessionSeconds}`,
            "session_expires_min_value=90",
          ]),
    ],
    proxy_default_values: [`reg_expires=${options.expires ?? 3600}`],
    rtp: [`audio_rtp_port=${rtp}`, `video_rtp_port=${rtp + 6}`, "prefer_ipv6=0"],
    // Nothing may change what is said: no echo canceller, no gain control.
    sound: ["echocancellation=0", "agc=0", "echolimiter=0", "mic_gain_db=0", "playback_gain_db=0"],
    video: [
      "enabled=0",
      `capture=${options.video ? 1 : 0}`,
      `display=${options.video ? 1 : 0}`,
      "automatically_initiate=0",
      `automatically_accept=${options.video ? 1 : 0}`,
    ],
    misc: ["store_friends=0"],
  };
  const { proxy, domain, password } = options;
  if (proxy !== undefined && domain !== undefined) {
    sections.sip!.push("default_proxy=0");
    sections.proxy_0 = [
      `reg_proxy=<sip:${proxy};transport=${transport}>`,
      `reg_route=<sip:${proxy};transport=${transport};lr>`,
      `reg_identity=sip:${user}@${domain}`,
      `reg_expires=${options.expires ?? 3600}`,
      "reg_sendregister=1",
      "publish=0",
    ];
    sections.auth_info_0 = [`username=${user}`, `passwd=${password}`, `realm=${domain}`, `domain=${domain}`];
  }
  for (const [name, lines] of Object.entries(options.settings ?? {}))
    sections[name] = [...(sections[name] ?? []), ...lines];
  const text = Object.entries(sections).flatMap(([name, lines]) => [`[${name}]`, ...lines]);
  if (options.codecs !== undefined) text.push(...codecSections(options.codecs));
  await mkdir(folder.file("home/.local/share/linphone"), { recursive: true });
  await writeFile(folder.file("settings"), `${text.join("\n")}\n`);
  await makeTone(folder.file("tone.wav"), options.toneHz, 60, soundHz);
  return { sip, rtp };
}
