/** A name server in which every name is the next hop that a test plays. RFC 1035 §4, RFC 2782. */

import { createSocket } from "node:dgram";
import { once } from "node:events";

/** The next hop. */
export interface Everywhere {
  /** IPv4. */
  readonly address: string;
  readonly port: number;
  /** The one transport that there are SRV records for. */
  readonly transport: "udp" | "tcp";
}

export interface DnsStub extends AsyncDisposable {
  /** `127.0.0.1:PORT`, as the configuration wants it. */
  readonly server: string;
  /** Until then there are no records. */
  point(to: Everywhere): void;
}

const type = { a: 1, srv: 33 } as const;
const ttlSeconds = 600;

export async function startDnsStub(): Promise<DnsStub> {
  const socket = createSocket("udp4");
  let everywhere: Everywhere | undefined;
  socket.on("message", (query, from) => socket.send(answer(query, everywhere), from.port, from.address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    server: `127.0.0.1:${socket.address().port}`,
    point: (to) => {
      everywhere = to;
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

function answer(query: Buffer, everywhere: Everywhere | undefined): Buffer {
  let nameEnd = 12;
  while (query[nameEnd] !== 0) nameEnd += query[nameEnd]! + 1;
  const name = query.toString("latin1", 12, nameEnd);
  const data = everywhere && dataFor(query.readUInt16BE(nameEnd + 1), name, everywhere);
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // A response with authority; recursion as it was asked for.
  header.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data === undefined ? 0 : 1, 6);
  const question = query.subarray(12, nameEnd + 5);
  return Buffer.concat([header, question, ...(data === undefined ? [] : [record(question, data)])]);
}

/** What a record of that type holds; `undefined` for types that nobody has here. */
function dataFor(asked: number, name: string, { address, port, transport }: Everywhere): Buffer | undefined {
  if (asked === type.a) return Buffer.from(address.split(".").map(Number));
  if (asked !== type.srv || !name.toLowerCase().startsWith(`\u0004_sip\u0004_${transport}`)) return undefined;
  const fixed = Buffer.alloc(6);
  fixed.writeUInt16BE(port, 4);
  return Buffer.concat([fixed, Buffer.from("\u0004next\u0003hop\u0007example\u0000", "latin1")]);
}

/** The name is a pointer to the question. */
function record(question: Buffer, data: Buffer): Buffer {
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc00c, 0);
  question.copy(fixed, 2, question.length - 4);
  fixed.writeUInt32BE(ttlSeconds, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}
