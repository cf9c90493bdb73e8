/** tshark: a dissector that is not ours, on what went over loopback. */

import { stat } from "node:fs/promises";
import { expectCommand } from "./command.ts";
import { PeerProcess } from "./peer-process.ts";
import { makeTempFolder } from "./temp-folder.ts";
import { pause, waitUntil } from "./wait.ts";

/** One packet. */
export interface Dissected {
  /** `INVITE`, or the status code, of each message in it. */
  readonly kinds: readonly string[];
  readonly sourcePort: number;
  /** Mandatory fields that the dissector did not find, and faults that it did. */
  readonly complaints: readonly string[];
}

export interface Capture extends AsyncDisposable {
  /** Ends the capture and reads it. */
  read(): Promise<Dissected[]>;
}

/** Captures what goes to and from a port of 127.0.0.1. */
export async function startCapture(port: number): Promise<Capture> {
  const folder = await makeTempFolder("capture");
  const file = folder.file("packets.pcapng");
  const capture = new PeerProcess({
    name: "tshark",
    command: "tshark",
    args: ["-i", "lo", "-f", `port ${port}`, "-w", file, "-q"],
  });
  const dispose = async (): Promise<void> => {
    await capture.stop();
    await folder[Symbol.asyncDispose]();
  };
  try {
    await capture.waitFor(/Capturing on/);
    // The file's header is written when the first packet may come.
    await waitUntil(async () => (await sizeOf(file)) > 0, { what: "the capture file" });
    await pause(300);
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    read: async () => {
      let size = -1;
      const isQuiet = async (): Promise<boolean> => {
        const before = size;
        size = await sizeOf(file);
        return size === before;
      };
      await waitUntil(isQuiet, { what: "the last packet", everyMs: 700 });
      await capture.stop("SIGINT");
      return dissect(file, port);
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.size ?? 0;
}

/** What every message must have (RFC 3261 §8.1.1, §8.2.6.2) and a stream cannot do without. */
const mandatory = [
  "sip.Via.branch",
  "sip.from.tag",
  "sip.to.addr",
  "sip.Call-ID",
  "sip.CSeq.seq",
  "sip.CSeq.method",
  "sip.Content-Length",
];
const faulty = [
  "sip.content_length.invalid",
  "sip.Via.sent-by.port.invalid",
  "sip.Status-Code.invalid",
  "_ws.malformed",
  "_ws.expert.message",
];
const others = ["sip.Method", "sip.Status-Code", "udp.srcport", "tcp.srcport"];

async function dissect(file: string, port: number): Promise<Dissected[]> {
  const protocol = ["-d", `udp.port==${port},sip`, "-d", `tcp.port==${port},sip`];
  const fields = [...others, ...mandatory, ...faulty].flatMap((field) => ["-e", field]);
  const args = [
    "-r",
    file,
    "-Y",
    "sip",
    ...protocol,
    "-T",
    "fields",
    "-E",
    "separator=\t",
    "-E",
    "occurrence=a",
    "-E",
    "aggregator=\u0001",
  ];
  const { stdout } = await expectCommand("tshark", [...args, ...fields]);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split("\t");
      const [method, status, udpPort, tcpPort] = cells;
      const absent = mandatory.filter((_, index) => (cells[others.length + index] ?? "") === "");
      // RFC 3261 §20.14: a datagram may go without.
      const needed = absent.filter((field) => !udpPort || field !== "sip.Content-Length");
      const found = faulty.filter((_, index) => (cells[others.length + mandatory.length + index] ?? "") !== "");
      const kinds = (method || status) ?? "";
      return {
        kinds: kinds.split("\u0001"),
        sourcePort: Number(udpPort || tcpPort),
        complaints: [...needed.map((field) => `no ${field}`), ...found],
      };
    });
}
