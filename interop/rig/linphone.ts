/** Linphone's command line phone, driven through its standard input; its log, among what it prints, tells what happened. */

import { type LinphoneChoice, type LinphonePorts, writeLinphoneFiles } from "./linphone-settings.ts";
import { PeerProcess } from "./peer-process.ts";
import type { Phone, PhoneOptions, ReceivedText, SoloOptions } from "./phone.ts";
import { linphoneTrace, type TracedMessage } from "./sip-trace.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { type Measured, measure } from "./tone.ts";
import { waitUntil } from "./wait.ts";
import { readWav, type Wav } from "./wav.ts";

const prompt = /linphonec> /g;

export class Linphone implements Phone {
  readonly address: string;
  readonly process: PeerProcess;
  readonly #folder: TempFolder;
  readonly #options: SoloOptions & Partial<PhoneOptions>;
  /** Output before this offset belongs to earlier calls and registrations. */
  #from = 0;
  #recordings = 0;
  /** The last call's, once it is over. */
  #heard: number | undefined;
  /** Commands go one after the other: it remembers only the last line that it has not read yet. */
  #busy: Promise<unknown> = Promise.resolve();

  constructor(
    options: SoloOptions & Partial<PhoneOptions>,
    ports: LinphonePorts,
    peer: PeerProcess,
    folder: TempFolder,
  ) {
    this.address = `sip:${options.user}@${options.domain ?? `127.0.0.1:${ports.sip}`}`;
    this.process = peer;
    this.#options = options;
    this.#folder = folder;
  }

  messages(): TracedMessage[] {
    return linphoneTrace(this.process.stdout);
  }

  /** Registers anew, with another password if one is given. */
  async register(password: string = this.#options.password ?? ""): Promise<void> {
    const { domain, proxy, transport } = this.#options;
    this.#from = this.process.output.length;
    await this.command(`register ${this.address} sip:${proxy ?? domain};transport=${transport} ${password}`);
  }

  async registered(): Promise<void> {
    await this.sees(/to \[LinphoneRegistrationOk\]/);
  }

  async registrationFailed(): Promise<number> {
    // It asks for another password, and says nothing more until it gets one.
    await this.sees(/Password for \S+ on [^\n]*:|to \[LinphoneRegistrationFailed\]/);
    const refusals = this.messages().filter((one) => one.direction === "received" && one.method === "REGISTER");
    return Number(refusals.at(-1)?.kind ?? 0);
  }

  async unregister(): Promise<void> {
    await this.command("unregister");
    await this.sees(/to \[LinphoneRegistrationCleared\]/);
  }

  async dial(address: string): Promise<void> {
    await this.#beginCall();
    this.#heard = undefined;
    await this.command(`call ${address}`);
  }

  async rings(): Promise<void> {
    await this.sees(/Receiving new incoming call from/);
    this.#heard = undefined;
  }

  async heardRinging(): Promise<void> {
    await this.sees(/Call \d+ to \S+ ringing\./);
  }

  /** Waits for sound before the answer. */
  async heardEarlyMedia(): Promise<void> {
    await this.sees(/Call \d+ with \S+ early media\./);
  }

  async answer(): Promise<void> {
    await this.command("answer");
  }

  async hangUp(): Promise<void> {
    await this.command("terminate");
  }

  async established(): Promise<void> {
    await this.sees(/Call \d+ with \S+ connected\./);
  }

  async ended(): Promise<string> {
    const match = await this.sees(/Call \d+ with \S+ (?:ended|error)([^\n]*)/, 45_000);
    const heard = this.#recordings;
    await this.#beginCall();
    this.#heard = heard;
    return match[1]!.trim();
  }

  async heard(): Promise<Measured | undefined> {
    return measure(await this.recording());
  }

  async recording(): Promise<Wav | undefined> {
    return readWav(this.#recording(this.#heard ?? this.#recordings));
  }

  async hold(): Promise<void> {
    await this.command("pause");
  }

  async resume(): Promise<void> {
    await this.command("resume");
  }

  async transfer(target: string): Promise<void> {
    await this.command(`transfer ${target}`);
  }

  async sendDigits(digits: string): Promise<void> {
    // It takes a second for each by itself.
    for (const digit of digits) await this.command(digit);
  }

  digits(): string {
    return [...this.process.output.slice(this.#from).matchAll(/Receiving tone (.) from/g)]
      .map((one) => one[1])
      .join("");
  }

  async sendText(target: string, text: string): Promise<void> {
    // What is in quotes would be sent with them.
    await this.command(`chat ${target} ${text}`);
  }

  texts(): readonly ReceivedText[] {
    return [...this.process.output.matchAll(/Message received from (\S+): (.*)/g)].map((match) => ({
      from: match[1]!,
      text: match[2]!,
    }));
  }

  /** Waits for words of its log from the begin of the current call on. */
  sees(pattern: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
    return this.process.waitFor(pattern, { from: this.#from, timeoutMs });
  }

  /** One of its own commands; resolves when it is done with it. */
  command(line: string): Promise<void> {
    const prompts = (): number => this.process.stdout.match(prompt)?.length ?? 0;
    const done = this.#busy.then(async () => {
      const before = prompts();
      this.process.write(line);
      await waitUntil(() => prompts() > before || this.process.ended !== undefined, { what: `the end of "${line}"` });
    });
    this.#busy = done.catch(() => {});
    return done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  /** A recording of its own for each call; call it before the call. */
  async #beginCall(): Promise<void> {
    this.#from = this.process.output.length;
    this.#recordings += 1;
    await this.command(`record ${this.#recording(this.#recordings)}`);
  }

  #recording(number: number): string {
    return this.#folder.file(`heard-${number}.wav`);
  }

  /** For the start: ready to register and call. */
  async prepare(): Promise<void> {
    await this.process.waitFor(/linphonec> /);
    await this.command("soundcard use files");
    await this.command(`play ${this.#options.sound ?? this.#folder.file("tone.wav")}`);
    await this.#beginCall();
    if (this.#options.answers === "auto") await this.command("autoanswer enable");
    for (const friend of this.#options.friends ?? []) await this.command(`friend add Friend ${friend}`);
    // With an outbound proxy its settings say it all: the command knows no route.
    if (this.#options.proxy !== undefined) this.#from = 0;
    else if (this.#options.domain !== undefined) await this.register();
  }
}

/** Starts a phone. It registers by itself, unless it is on its own: then whoever knows its address calls it. */
export async function startLinphone(options: (SoloOptions | PhoneOptions) & LinphoneChoice): Promise<Linphone> {
  const folder = await makeTempFolder(`linphone-${options.user}`);
  const ports = await writeLinphoneFiles(options, folder);
  const peer = new PeerProcess({
    name: `linphone ${options.user}`,
    command: "linphonec",
    args: [
      "-c",
      folder.file("settings"),
      "-d",
      "6",
      ...(options.answers === "early" ? ["--real-early-media"] : []),
      // Captured from a still picture, and shown nowhere.
      ...(options.video === true ? ["-C"] : []),
    ],
    env: { HOME: folder.file("home") },
    input: true,
  });
  const phone = new Linphone(options, ports, peer, folder);
  try {
    await phone.prepare();
    return phone;
  } catch (error) {
    await phone[Symbol.asyncDispose]();
    throw error;
  }
}
