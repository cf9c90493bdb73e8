/** baresip, headless, driven over its ctrl_tcp channel. */

import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import path from "node:path";
import { encodeNetstring, NetstringReader } from "./netstring.ts";
import { PeerProcess } from "./peer-process.ts";
import type { Phone, PhoneOptions } from "./phone.ts";
import { freePorts } from "./ports.ts";
import { baresipTrace, type TracedMessage } from "./sip-trace.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { type Measured, makeTone, measureTone } from "./tone.ts";
import { waitUntil } from "./wait.ts";

export interface BaresipOptions extends PhoneOptions {
  /** Answers every call at once. */
  readonly autoAnswer?: boolean;
}

export interface BaresipEvent {
  /** `REGISTER_OK`, `CALL_INCOMING`, `CALL_ESTABLISHED`, `CALL_CLOSED` … */
  readonly type: string;
  readonly param?: string;
  readonly peeruri?: string;
}

const modules = ["g711.so", "aufile.so", "sndfile.so"];

export class Baresip implements Phone {
  readonly address: string;
  readonly events: BaresipEvent[] = [];
  readonly process: PeerProcess;
  readonly #serverPort: string;
  readonly #folder: TempFolder;
  readonly #control: Socket;
  readonly #answers = new Map<string, (data: { ok: boolean; data: string }) => void>();
  #token = 0;
  /** Events before this index belong to earlier calls. */
  #callFrom = 0;

  constructor(address: string, serverPort: string, peer: PeerProcess, folder: TempFolder, control: Socket) {
    this.address = address;
    this.#serverPort = serverPort;
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
    return baresipTrace(this.process.output, this.#serverPort);
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
    await this.command("dial", address);
  }

  async rings(): Promise<void> {
    await this.event("CALL_INCOMING");
  }

  async heardRinging(): Promise<void> {
    await this.event("CALL_RINGING");
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
    const names = (await readdir(this.#folder.path)).filter((name) => /^dump-.*-dec\.wav$/.test(name)).sort();
    const last = names.at(-1);
    return last === undefined ? undefined : measureTone(path.join(this.#folder.path, last));
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

/** Starts a phone; it registers by itself. */
export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  const folder = await makeTempFolder(`baresip-${options.user}`);
  const [sip, control, rtp] = [await freePorts(2), await freePorts(), await freePorts(20)];
  const config = [
    `sip_listen 127.0.0.1:${sip}`,
    "net_interface 127.0.0.1",
    `audio_source aufile,${folder.file("tone.wav")}`,
    `audio_player aufile,${folder.file("played.wav")}`,
    `audio_alert aufile,${folder.file("tone.wav")}`,
    "ausrc_srate 8000",
    "auplay_srate 8000",
    `rtp_ports ${rtp}-${rtp + 19}`,
    "module_path /usr/lib/baresip/modules",
    ...modules.map((name) => `module ${name}`),
    `snd_path ${folder.path}`,
    "module_tmp account.so",
    "module_app menu.so",
    "module_app ctrl_tcp.so",
    `ctrl_tcp_listen 127.0.0.1:${control}`,
  ];
  const { user, domain, proxy, transport, password, expires = 3600 } = options;
  const outbound = proxy === undefined ? "" : `;outbound="sip:${proxy};transport=${transport}"`;
  const answers = options.autoAnswer ? "auto" : "manual";
  const account = `<sip:${user}@${domain};transport=${transport}>;auth_pass=${password}${outbound};answermode=${answers};regint=${expires}`;
  await makeTone(folder.file("tone.wav"), options.toneHz, 60);
  await writeFile(folder.file("config"), `${config.join("\n")}\n`);
  await writeFile(folder.file("accounts"), `${account}\n`);
  await writeFile(folder.file("contacts"), "");
  const peer = new PeerProcess({ name: `baresip ${user}`, command: "baresip", args: ["-s", "-f", folder.path] });
  try {
    await peer.waitFor(/baresip is ready/);
    const socket = connect(control, "127.0.0.1");
    await once(socket, "connect");
    const serverPort = /:(\d+)$/.exec(proxy ?? domain)?.[1] ?? "5060";
    return new Baresip(`sip:${user}@${domain}`, serverPort, peer, folder, socket);
  } catch (error) {
    await peer.stop();
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
