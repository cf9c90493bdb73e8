/** The files that a baresip lives from: config, accounts, contacts, its tone. */

import { writeFile } from "node:fs/promises";
import type { PhoneOptions, SoloOptions } from "./phone.ts";
import { freePorts } from "./ports.ts";
import type { TempFolder } from "./temp-folder.ts";
import { makeTone } from "./tone.ts";

export interface BaresipSettings {
  readonly sipPort: number;
  readonly controlPort: number;
  /** `sip:alice@127.0.0.1:5060`. */
  readonly address: string;
}

/** Names of modules, and what an account calls their codecs. */
const codecs: Readonly<Record<string, readonly [module: string, format: string]>> = {
  PCMU: ["g711.so", "PCMU"],
  PCMA: ["g711.so", "PCMA"],
  G722: ["g722.so", "G722"],
  opus: ["opus.so", "opus"],
  // L16 needs its rate, others with the name come first.
  L16: ["l16.so", "L16/16000/1"],
};

export async function writeBaresipFiles(
  options: SoloOptions & Partial<PhoneOptions>,
  folder: TempFolder,
): Promise<BaresipSettings> {
  const [sipPort, controlPort, rtp] = [await freePorts(2), await freePorts(), await freePorts(20)];
  const { user, transport = "udp", proxy, domain = `127.0.0.1:${sipPort}`, soundHz = 8_000 } = options;
  const chosen = (options.codecs ?? ["PCMU", "PCMA"]).map((name) => codecs[name]!);
  const modules = new Set(["g711.so", ...chosen.map(([module]) => module), "aufile.so", "sndfile.so"]);
  if (options.srtp !== undefined) modules.add("srtp.so");
  if (options.video === true) modules.add("vp8.so").add("fakevideo.so");
  const config = [
    `sip_listen 127.0.0.1:${sipPort}`,
    "net_interface 127.0.0.1",
    `audio_source aufile,${options.sound ?? folder.file("tone.wav")}`,
    // What it hears goes nowhere but to the dump of sndfile: this version plays to no file.
    "audio_player none,none",
    `audio_alert aufile,${folder.file("tone.wav")}`,
    `ausrc_srate ${soundHz}`,
    `auplay_srate ${soundHz}`,
    "ausrc_channels 1",
    "auplay_channels 1",
    ...(options.video === true ? ["video_source fakevideo,nil", "video_display fakevideo,nil"] : []),
    `rtp_ports ${rtp}-${rtp + 19}`,
    "module_path /usr/lib/baresip/modules",
    ...[...modules].map((name) => `module ${name}`),
    `snd_path ${folder.path}`,
    "module_tmp account.so",
    "module_app menu.so",
    "module_app contact.so",
    ...(options.friends === undefined ? [] : ["module_app presence.so"]),
    "module_app ctrl_tcp.so",
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
  ];
  const address = `sip:${user}@${domain}`;
  const parameters = [
    options.password === undefined ? "" : `auth_pass=${options.password}`,
    proxy === undefined ? "" : `outbound="sip:${proxy};transport=${transport}"`,
    `answermode=${options.answers ?? "manual"}`,
    // A phone without a registrar does not register.
    `regint=${options.domain === undefined ? 0 : (options.expires ?? 3600)}`,
    `audio_codecs=${chosen.map(([, format]) => format).join(",")}`,
    options.srtp === undefined ? "" : `mediaenc=${options.srtp === "required" ? "srtp-mand" : "srtp"}`,
    options.friends === undefined ? "" : "pubint=0",
  ].filter((one) => one !== "");
  await makeTone(folder.file("tone.wav"), options.toneHz, 60, soundHz);
  await writeFile(folder.file("config"), `${config.join("\n")}\n`);
  await writeFile(folder.file("accounts"), `<${address};transport=${transport}>;${parameters.join(";")}\n`);
  const contacts = (options.friends ?? []).map((friend) => `"Friend" <${friend}>;presence=p2p\n`);
  await writeFile(folder.file("contacts"), contacts.join(""));
  return { sipPort, controlPort, address };
}
