/** Linphone's command line phone, driven through its standard input; its log, on standard error, tells what happened. */

import { mkdir, writeFile } from "node:fs/promises";
import { PeerProcess } from "./peer-process.ts";
import type { Phone, PhoneOptions } from "./phone.ts";
import { freePorts } from "./ports.ts";
import { linphoneTrace, type TracedMessage } from "./sip-trace.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { type Measured, makeTone, measureTone } from "./tone.ts";

export class Linphone implements Phone {
  readonly address: string;
  readonly process: PeerProcess;
  readonly #folder: TempFolder;
  readonly #options: PhoneOptions;
  /** Output before this offset belongs to earlier calls and registrations. */
  #from = 0;
  #recordings = 0;

  constructor(options: PhoneOptions, peer: PeerProcess, folder: TempFolder) {
    this.address = `sip:${options.user}@${options.domain}`;
    this.process = peer;
    this.#options = options;
    this.#folder = folder;
  }

  messages(): TracedMessage[] {
    return linphoneTrace(this.process.output);
  }

  /** Registers anew, with another password if one is given. */
  register(password: string = this.#options.password): void {
    const { domain, proxy, transport } = this.#options;
    this.#from = this.process.output.length;
    this.process.write(`register ${this.address} sip:${proxy ?? domain};transport=${transport} ${password}`);
  }

  async registered(): Promise<void> {
    await this.#see(/to \[LinphoneRegistrationOk\]/);
  }

  async registrationFailed(): Promise<number> {
    // It asks for another password, and says nothing more until it gets one.
    await this.#see(/Password for \S+ on [^\n]*:|to \[LinphoneRegistrationFailed\]/);
    const refusals = this.messages().filter((one) => one.direction === "received" && one.method === "REGISTER");
    return Number(refusals.at(-1)?.kind ?? 0);
  }

  async unregister(): Promise<void> {
    this.process.write("unregister");
    await this.#see(/to \[LinphoneRegistrationCleared\]/);
  }

  async dial(address: string): Promise<void> {
    this.#beginCall();
    this.process.write(`call ${address}`);
  }

  async rings(): Promise<void> {
    await this.#see(/Receiving new incoming call from/);
  }

  async heardRinging(): Promise<void> {
    await this.#see(/Call \d+ to \S+ ringing\./);
  }

  async answer(): Promise<void> {
    this.process.write("answer");
  }

  async hangUp(): Promise<void> {
    this.process.write("terminate");
  }

  async established(): Promise<void> {
    await this.#see(/Call \d+ with \S+ connected\./);
  }

  async ended(): Promise<string> {
    const match = await this.#see(/Call \d+ with \S+ (?:ended|error)([^\n]*)/, 45_000);
    const heard = this.#recordings;
    this.#beginCall();
    this.#heard = heard;
    return match[1]!.trim();
  }

  #heard = 0;

  async heard(): Promise<Measured | undefined> {
    return measureTone(this.#recording(this.#heard));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  /** A recording of its own for each call; call it before the call. */
  #beginCall(): void {
    this.#from = this.process.output.length;
    this.#recordings += 1;
    this.process.write(`record ${this.#recording(this.#recordings)}`);
  }

  #recording(number: number): string {
    return this.#folder.file(`heard-${number}.wav`);
  }

  #see(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    return this.process.waitFor(pattern, { from: this.#from, timeoutMs });
  }

  /** For the start: ready to register and call. */
  async prepare(): Promise<void> {
    await this.process.waitFor(/linphonec> /);
    this.process.write("soundcard use files");
    await this.process.waitFor(/Using wav files/);
    this.process.write(`play ${this.#folder.file("tone.wav")}`);
    this.#beginCall();
    this.register();
  }
}

/** Starts a phone; it registers by itself. */
export async function startLinphone(options: PhoneOptions): Promise<Linphone> {
  const folder = await makeTempFolder(`linphone-${options.user}`);
  const port = await freePorts();
  const ports = { udp: 0, tcp: 0, tls: 0, [options.transport]: port };
  const settings = [
    "[sip]",
    `sip_port=${ports.udp}`,
    `sip_tcp_port=${ports.tcp}`,
    `sip_tls_port=${ports.tls}`,
    "guess_hostname=1",
    "verify_server_certs=0",
    "verify_server_cn=0",
    "[proxy_default_values]",
    `reg_expires=${options.expires ?? 3600}`,
    "[rtp]",
    `audio_rtp_port=${await freePorts(2)}`,
    "[video]",
    "enabled=0",
  ];
  await mkdir(folder.file("home/.local/share/linphone"), { recursive: true });
  await writeFile(folder.file("settings"), `${settings.join("\n")}\n`);
  await makeTone(folder.file("tone.wav"), options.toneHz, 60);
  const peer = new PeerProcess({
    name: `linphone ${options.user}`,
    command: "linphonec",
    args: ["-c", folder.file("settings"), "-d", "6", "-l", "/dev/stderr"],
    env: { HOME: folder.file("home") },
    input: true,
  });
  const phone = new Linphone(options, peer, folder);
  try {
    await phone.prepare();
    return phone;
  } catch (error) {
    await phone[Symbol.asyncDispose]();
    throw error;
  }
}
