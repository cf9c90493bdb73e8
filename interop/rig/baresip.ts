/** baresip, headless, driven over its ctrl_tcp channel. */

import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { type BaresipSettings, writeBaresipFiles } from "./baresip-settings.ts";
import { encodeNetstring, NetstringReader } from "./netstring.ts";
import { PeerProcess } from "./peer-process.ts";
import type { Phone, PhoneOptions, ReceivedText, SoloOptions } from "./phone.ts";
import { baresipTrace, bodyOf, headerOf, type TracedMessage } from "./sip-trace.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { type Measured, measure } from "./tone.ts";
import { pause, waitUntil } from "./wait.ts";
import { readWav, type Wav } from "./wav.ts";

export interface BaresipEvent {
  /** `REGISTER_OK`, `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED` … */
  readonly type: string;
  readonly param?: string;
  readonly peeruri?: string;
}

/** How long a key is pressed, and how long none. */
const keyMs = 120;

export class Baresip implements Phone {
  readonly address: string;
  readonly events: BaresipEvent[] = [];
  readonly process: PeerProcess;
  readonly #settings: BaresipSettings;
  readonly #folder: TempFolder;
  readonly #control: Socket;
  readonly #answers = new Map<string, (data: { ok: boolean; data: string }) => void>();
  #token = 0;
  /** Events before this index belong to earlier calls. */
  #callFrom = 0;
  /** Dumps of earlier calls. */
  #dumpsBefore = 0;

  constructor(settings: BaresipSettings, peer: PeerProcess, folder: TempFolder, control: Socket) {
    this.address = settings.address;
    this.#settings = settings;
    this.process = peer;
    this.#folder = folder;
    this.#control = control;
    const reader = new NetstringReader();
    control.on("data", (chunk: Buffer) => {
      for (const value of reader.push(chunk)) this.#receive(value as Record<string, unknown>);
    });
    control.on("error", () => {});
  }

  messages(): TracedMessage[] {
    return baresipTrace(this.process.output, this.#settings);
  }

  registered(): Promise<void> {
    // The event may come before the control channel is up; the log line stays.
    return this.process.waitFor(/ 200 OK \(.*\) \[\d+ bindings?\]/).then(() => {});
  }

  async registrationFailed(): Promise<number> {
    const match = await this.process.waitFor(/reg: \S+: (\d{3}) /);
    return Number(match[1]);
  }

  async unregister(): Promise<void> {
    await this.command("uadel", this.address);
  }

  async dial(address: string): Promise<void> {
    this.#callFrom = this.events.length;
    this.#dumpsBefore = (await this.#dumps()).length;
    await this.command("dial", address);
  }

  async rings(): Promise<void> {
    await this.event("CALL_INCOMING");
    this.#dumpsBefore = (await this.#dumps()).length;
  }

  async heardRinging(): Promise<void> {
    await this.event("CALL_RINGING");
  }

  /** Waits for sound before the answer. */
  async heardEarlyMedia(): Promise<void> {
    await this.event("CALL_PROGRESS");
  }

  async answer(): Promise<void> {
    await this.command("accept");
  }

  async hangUp(): Promise<void> {
    await this.command("hangup");
  }

  async established(): Promise<void> {
    await this.event("CALL_ESTABLISHED");
  }

  async ended(): Promise<string> {
    const event = await this.event("CALL_CLOSED", 45_000);
    this.#callFrom = this.events.indexOf(event) + 1;
    return event.param ?? "";
  }

  async heard(): Promise<Measured | undefined> {
    return measure(await this.recording());
  }

  async recording(): Promise<Wav | undefined> {
    const dumps = (await this.#dumps()).slice(this.#dumpsBefore);
    const parts = (await Promise.all(dumps.map((file) => readWav(file)))).filter((one) => one !== undefined);
    if (parts[0] === undefined) return undefined;
    return {
      sampleRate: parts[0].sampleRate,
      samples: Float64Array.from(parts.flatMap(({ samples }) => [...samples])),
    };
  }

  /** One for each stream, in the order of time: sound before the answer is another than after it. */
  async #dumps(): Promise<string[]> {
    const names = (await readdir(this.#folder.path)).filter((name) => /^dump-.*-dec\.wav$/.test(name)).sort();
    return names.map((name) => path.join(this.#folder.path, name));
  }

  /** How much sound it has heard in this call. It goes on counting where its recording has ended. */
  async heardMs(): Promise<number> {
    const { data } = await this.command("audio_debug");
    return Number(/ rx:[\s\S]*?time = ([\d.]+) sec/.exec(data)?.[1] ?? 0) * 1_000;
  }

  async hold(): Promise<void> {
    await this.command("hold");
  }

  async resume(): Promise<void> {
    await this.command("resume");
  }

  async transfer(target: string): Promise<void> {
    await this.command("transfer", target);
  }

  async sendDigits(digits: string): Promise<void> {
    for (const digit of digits) {
      // The command line's keys are pressed and let go by time; `sndcode` would let go at once.
      await this.command("sndcode", digit);
      await pause(2 * keyMs);
    }
  }

  digits(): string {
    const pressed = this.events.slice(this.#callFrom).filter((event) => event.type === "CALL_DTMF_START");
    return pressed.map((event) => event.param).join("");
  }

  /** To the first friend alone: this version texts nobody else. */
  async sendText(_target: string, text: string): Promise<void> {
    await this.command("message", text);
  }

  /** Of its trace: without a terminal it shows them nowhere else. */
  texts(): readonly ReceivedText[] {
    const received = this.messages().filter((one) => one.direction === "received" && one.kind === "MESSAGE");
    return received.map((one) => ({ from: headerOf(one, "From"), text: bodyOf(one) }));
  }

  /** Waits for an event of the current call. */
  event(type: string, timeoutMs = 20_000): Promise<BaresipEvent> {
    return waitUntil(
      () => {
        if (this.process.ended !== undefined) throw new Error(`baresip ended:\n${this.process.tail()}`);
        return this.events.slice(this.#callFrom).find((event) => event.type === type);
      },
      { what: `${type} at ${this.address}`, timeoutMs },
    );
  }

  command(command: string, params = ""): Promise<{ ok: boolean; data: string }> {
    const token = `${++this.#token}`;
    const answer = new Promise<{ ok: boolean; data: string }>((resolve) => this.#answers.set(token, resolve));
    this.#control.write(encodeNetstring({ command, params, token }));
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#control.destroy();
    await this.process.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  #receive(value: Record<string, unknown>): void {
    if (value.event === true) this.events.push(value as unknown as BaresipEvent);
    if (value.response !== true) return;
    const token = String(value.token);
    this.#answers.get(token)?.({ ok: value.ok === true, data: String(value.data ?? "") });
    this.#answers.delete(token);
  }
}

/** Starts a phone. It registers by itself, unless it is on its own: then whoever knows its address calls it. */
export async function startBaresip(options: SoloOptions | PhoneOptions): Promise<Baresip> {
  const folder = await makeTempFolder(`baresip-${options.user}`);
  const settings = await writeBaresipFiles(options, folder);
  const peer = new PeerProcess({
    name: `baresip ${options.user}`,
    command: "baresip",
    args: ["-s", "-f", folder.path],
  });
  try {
    await peer.waitFor(/baresip is ready/);
    const socket = connect(settings.controlPort, "127.0.0.1");
    await once(socket, "connect");
    return new Baresip(settings, peer, folder, socket);
  } catch (error) {
    await peer.stop();
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
