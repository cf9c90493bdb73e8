/**
 * A real server, as a user starts it, under inputs over UDP, TCP, WebSocket and TLS: it goes on answering, logs no fault of its own,
 * lets go of everything and does not grow. Inputs follow from seed and number; what the network makes of them does not.
 */

import { held, nothingLeft } from "../../interop/rig/leak-check.ts";
import { startTrapezoid, type Trapezoid } from "../../interop/rig/trapezoid.ts";
import { loadCorpus } from "../input/corpus.ts";
import { Random, seedNumber } from "../input/random.ts";
import { makeStream, type StreamInput } from "../input/streams.ts";
import { GrowthWatch } from "../run/growth.ts";
import type { Finding } from "../run/slice.ts";
import { makeFrames } from "./frames.ts";
import { onLoopback } from "./loopback.ts";
import { askOptions, openDatagrams, sendFrames, sendStream } from "./senders.ts";

export interface LiveOptions {
  readonly seed: string;
  readonly from: number;
  readonly count: number;
  /** From the first input on. */
  readonly milliseconds: number;
  readonly onProgress: (inputs: number) => void;
  readonly onFinding: (finding: Finding) => void;
}

export interface LiveResult {
  readonly inputs: number;
  readonly milliseconds: number;
  readonly findings: readonly Finding[];
}

const batchSize = 200;
/** Inputs on their way together. */
const together = 25;
const batchesPerLook = 5;
/** A whole server compiles its code for longer. */
const roundsToWarmUp = 25;
/** 64·T1 with the T1 below is 6.4 s; a busy machine takes its time. */
const endMs = 120_000;

const config = `export default {
  domains: ["example.com"],
  firewall: false,
  overload: false,
  timers: { t1: 100, t2: 400, t4: 500 },
  dns: { servers: ["127.0.0.1:9"] },
};
`;

export async function runLive(options: LiveOptions): Promise<LiveResult> {
  const startedAt = performance.now();
  await using server = await startTrapezoid({ config });
  const run = new LiveRun(server, options);
  try {
    await run.all();
  } finally {
    run.close();
  }
  return { inputs: run.inputs, milliseconds: performance.now() - startedAt, findings: run.findings };
}

class LiveRun {
  inputs = 0;
  readonly findings: Finding[] = [];
  readonly #server: Trapezoid;
  readonly #options: LiveOptions;
  readonly #growth = new GrowthWatch(batchSize * batchesPerLook, roundsToWarmUp);
  readonly #corpus = loadCorpus();
  #datagrams: Awaited<ReturnType<typeof openDatagrams>> | undefined;
  /** How much of the server's output has been looked at. */
  #read = 0;

  constructor(server: Trapezoid, options: LiveOptions) {
    this.#server = server;
    this.#options = options;
  }

  async all(): Promise<void> {
    this.#datagrams = await openDatagrams();
    const { count, milliseconds, onProgress } = this.#options;
    const until = Date.now() + milliseconds;
    for (let batch = 1; this.inputs < count && Date.now() < until && this.findings.length === 0; batch++) {
      const size = Math.min(batchSize, count - this.inputs);
      await this.#batch(this.#options.from + this.inputs, size);
      this.inputs += size;
      onProgress(this.inputs);
      await this.#check();
      if (batch % batchesPerLook === 0) {
        const grown = this.#growth.add((await held(this.#server)).heapBytes);
        if (grown !== undefined) this.#found("a server's heap grows with the number of inputs", grown);
      }
    }
    if (this.#server.process.ended !== undefined) return;
    try {
      await nothingLeft(this.#server, endMs);
    } catch (error) {
      this.#found("a server lets go of everything", String(error));
    }
    this.#checkLog();
  }

  close(): void {
    this.#datagrams?.close();
  }

  async #batch(from: number, size: number): Promise<void> {
    for (let index = from; index < from + size; index += together) {
      const numbers = Array.from({ length: Math.min(together, from + size - index) }, (_, n) => index + n);
      await Promise.all(numbers.map((number) => this.#send(number)));
    }
  }

  async #send(index: number): Promise<void> {
    const seed = seedNumber(this.#options.seed);
    const random = new Random(seed ^ 0x6c69_7665, index);
    const input = makeStream(new Random(seed, index), index, this.#corpus);
    const octets = onLoopback(input.octets);
    const way = random.int(20);
    if (input.kind === "datagram" || way < 12) {
      const datagram = Buffer.from(octets.slice(0, 65_000), "latin1");
      await new Promise<void>((resolve) =>
        this.#datagrams!.send(datagram, this.#server.port("udp"), "127.0.0.1", () => resolve()),
      );
    } else if (way < 16) await sendStream(this.#server.port("tcp"), pieces(input, octets), random.chance(0.3));
    else if (way < 18) await sendFrames(this.#server.port("ws"), makeFrames(random, octets));
    // Octets at a port that expects a handshake.
    else await sendStream(this.#server.port(way === 18 ? "ws" : "tls"), pieces(input, octets), random.chance(0.5));
  }

  async #check(): Promise<void> {
    for (const by of ["udp", "tcp"] as const) {
      const status = await askOptions(this.#server.port(by), by);
      if (status !== 200)
        this.#found("a server answers OPTIONS whatever came before", `${by}: ${status ?? "no answer"}`);
    }
    this.#checkLog();
  }

  #checkLog(): void {
    const { process } = this.#server;
    const lines = process.output.slice(this.#read).split("\n");
    this.#read = process.output.length;
    const wrong = lines.find((line) => line.includes('"level":"error"') || line.includes("a fault of this program"));
    if (wrong !== undefined) this.#found("a server logs no error", wrong);
    if (process.ended !== undefined)
      this.#found("a server goes on", `it ended with ${process.ended}: ${process.tail()}`);
  }

  #found(signature: string, message: string): void {
    const { seed, onFinding } = this.#options;
    if (this.findings.some((finding) => finding.signature === signature)) return;
    // One of the last batch is to blame: which one, only a server in memory could tell.
    const index = Math.max(0, this.#options.from + this.inputs - batchSize);
    const finding = { target: "live", signature, message, seed, index, octets: "", settings: {} };
    this.findings.push(finding);
    onFinding(finding);
  }
}

function pieces({ cuts }: StreamInput, octets: string): Buffer[] {
  // At most so many turns: octet by octet is for the server in memory.
  const some = cuts.length > 40 ? cuts.filter((_, at) => at % Math.ceil(cuts.length / 40) === 0) : cuts;
  const ends = [...some, octets.length];
  return ends.map((to, at) => Buffer.from(octets.slice(ends[at - 1] ?? 0, to), "latin1"));
}
