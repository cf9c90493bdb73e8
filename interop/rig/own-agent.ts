/** Our own user agent on loopback, as a party of calls with real phones: it speaks a tone, and what it hears is recorded. */

import {
  type AnswerOptions,
  type Call,
  type CallOptions,
  type IncomingCall,
  type NodeUserAgent,
  type NodeUserAgentSettings,
  type OutgoingCall,
  openUserAgent,
} from "@trapezoid/call/node";
import { password } from "./house.ts";
import type { Phone } from "./phone.ts";
import { freePorts } from "./ports.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { type Measured, measure } from "./tone.ts";
import type { Trapezoid } from "./trapezoid.ts";
import { waitUntil } from "./wait.ts";
import { readWav, type Wav } from "./wav.ts";

export interface OwnAgentOptions extends Partial<NodeUserAgentSettings> {
  /** Default `trapezoid`. */
  readonly user?: string;
}

/** Of the tones that we speak with: as loud as the phones'. */
const amplitude = 16_384;
/** Of one user agent: two for each stream. */
const mediaPorts = 16;

export class OwnAgent implements AsyncDisposable {
  readonly agent: NodeUserAgent;
  /** `sip:trapezoid@127.0.0.1:PORT`, or of the house. */
  readonly address: string;
  readonly #folder: TempFolder;
  readonly #arrived: IncomingCall[] = [];
  #recordings = 0;

  constructor(agent: NodeUserAgent, address: string, folder: TempFolder) {
    this.agent = agent;
    this.address = address;
    this.#folder = folder;
    agent.events.on("call", (call) => this.#arrived.push(call));
  }

  /** We call, they answer. */
  async calls(phone: Phone, options: CallOptions = {}): Promise<OutgoingCall> {
    const call = this.agent.dial(phone.address, options);
    await phone.rings();
    await phone.answer();
    await Promise.all([call.answered, phone.established()]);
    return call;
  }

  /** They call, we ring and answer. */
  async isCalledBy(phone: Phone, options: AnswerOptions = {}): Promise<IncomingCall> {
    await phone.dial(this.address);
    const call = await this.nextCall();
    await call.ring();
    await phone.heardRinging();
    await Promise.all([call.answer(options), phone.established()]);
    return call;
  }

  /** The next call that comes, or has come. */
  nextCall(): Promise<IncomingCall> {
    return waitUntil(() => this.#arrived.shift(), { what: `a call to ${this.address}` });
  }

  /** Speaks a tone from now on, until the next one or the end of the call. */
  speak(call: Call, hz: number): void {
    void call.play({ kind: "sine", hz, amplitude }).catch(() => {});
  }

  /** Records what is heard for so long. */
  async listen(call: Call, ms: number, sampleRate = 8_000): Promise<Wav> {
    const file = this.#folder.file(`heard-${++this.#recordings}.wav`);
    const recording = await call.record(file, { channels: "dual", sampleRate, maxSeconds: ms / 1_000 });
    await recording.finished;
    return (await readWav(file, "right"))!;
  }

  /** Listens until a tone has been there for 0.6 s, 2 s at least and 8 s at most: on a busy machine sound comes in pieces. */
  async measure(call: Call, sampleRate = 8_000): Promise<Measured | undefined> {
    let heard: Measured | undefined;
    for (let seconds = 0; seconds < 8 && (seconds < 2 || (heard?.seconds ?? 0) < 0.6); seconds++) {
      const now = measure(await this.listen(call, 1_000, sampleRate));
      if ((now?.seconds ?? 0) >= (heard?.seconds ?? 0)) heard = now;
    }
    return heard;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** A user of the house, registered there over UDP. */
export async function ownAgentIn(
  server: Trapezoid,
  user: string,
  settings: Partial<NodeUserAgentSettings> = {},
): Promise<OwnAgent> {
  const own = await openOwnAgent({
    address: `sip:${user}@house.test`,
    proxy: `sip:${server.at("udp")};lr`,
    password,
    ...settings,
  });
  await own.agent.register();
  return own;
}

/** Listens on one free port of 127.0.0.1 over UDP and TCP. */
export async function openOwnAgent({ user = "trapezoid", ...settings }: OwnAgentOptions = {}): Promise<OwnAgent> {
  const port = await freePorts();
  const { address = `sip:${user}@127.0.0.1:${port}` } = settings;
  const listen = (["udp", "tcp"] as const).map((kind) => ({ kind, host: "127.0.0.1", port }));
  const media = await freePorts(mediaPorts);
  const agent = await openUserAgent({ listen, mediaPorts: [media, media + mediaPorts - 1], ...settings, address });
  return new OwnAgent(agent, address, await makeTempFolder("own-agent"));
}
