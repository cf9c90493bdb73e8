/** Ways to a real server: datagrams, streams in pieces, WebSocket frames, and octets at ports that expect something else. */

import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const host = "127.0.0.1";
/** A peer that has said all it has to say waits no longer. */
const lingerMs = 30;
const answerMs = 20_000;

export async function openDatagrams(): Promise<DatagramSocket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  socket.on("error", () => {});
  socket.bind(0, host);
  await once(socket, "listening");
  return socket;
}

/** Whatever the server does with the connection is right. */
function open(port: number): Socket {
  const socket = connect({ port, host, noDelay: true });
  socket.on("error", () => {});
  socket.on("data", () => {});
  return socket;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The pieces, each in a turn of its own; then the end, or a break. */
export async function sendStream(port: number, pieces: readonly Buffer[], breaks: boolean): Promise<void> {
  const socket = open(port);
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    await turn();
  }
  if (!breaks) socket.end();
  await pause(lingerMs);
  if (breaks) socket.resetAndDestroy();
  else socket.destroy();
}

/** Through the handshake of RFC 6455 §4.1, then the octets as they are. */
export async function sendFrames(port: number, octets: Buffer): Promise<void> {
  const socket = open(port);
  socket.write(
    `GET / HTTP/1.1\r\nHost: ${host}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n",
  );
  await Promise.race([new Promise((resolve) => socket.once("data", resolve)), once(socket, "close"), pause(answerMs)]);
  if (!socket.destroyed) socket.write(octets);
  await pause(lingerMs);
  socket.destroy();
}

/** The status of the answer to an OPTIONS for the server itself; `undefined` when none came. */
export async function askOptions(port: number, by: "udp" | "tcp"): Promise<number | undefined> {
  const id = `probe-${by}-${process.hrtime.bigint()}`;
  const ask = (local: number): Buffer =>
    Buffer.from(
      `OPTIONS sip:${host}:${port};transport=${by} SIP/2.0\r\nVia: SIP/2.0/${by.toUpperCase()} ${host}:${local};branch=z9hG4bK${id}\r\nMax-Forwards: 70\r\n` +
        `From: <sip:probe@${host}>;tag=1\r\nTo: <sip:${host}:${port}>\r\nCall-ID: ${id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
    );
  const statusIn = (text: string): number | undefined => {
    const status = /^SIP\/2\.0 (\d{3}) /.exec(text)?.[1];
    return text.includes(id) && status !== undefined ? Number(status) : undefined;
  };
  return by === "udp" ? askByDatagram(port, ask, statusIn) : askByStream(port, ask, statusIn);
}

type Ask = (local: number) => Buffer;
type StatusIn = (text: string) => number | undefined;

async function askByDatagram(port: number, ask: Ask, statusIn: StatusIn): Promise<number | undefined> {
  const socket = await openDatagrams();
  try {
    return await new Promise((resolve) => {
      socket.on("message", (octets) => {
        const status = statusIn(octets.toString("latin1"));
        if (status !== undefined) finish(status);
      });
      // Again, as a client does: a flooded socket loses some.
      const send = (): void => socket.send(ask(socket.address().port), port, host);
      const repeat = setInterval(send, 500);
      const limit = setTimeout(() => finish(undefined), answerMs);
      const finish = (status: number | undefined): void => {
        clearInterval(repeat);
        clearTimeout(limit);
        resolve(status);
      };
      send();
    });
  } finally {
    socket.close();
  }
}

async function askByStream(port: number, ask: Ask, statusIn: StatusIn): Promise<number | undefined> {
  const socket = connect({ port, host, noDelay: true });
  try {
    return await new Promise((resolve) => {
      let text = "";
      const limit = setTimeout(() => finish(undefined), answerMs);
      const finish = (status: number | undefined): void => {
        clearTimeout(limit);
        resolve(status);
      };
      socket.on("connect", () => socket.write(ask(socket.localPort ?? 0)));
      socket.on("error", () => finish(undefined));
      socket.on("close", () => finish(undefined));
      socket.on("data", (octets) => {
        text += octets.toString("latin1");
        const status = statusIn(text);
        if (status !== undefined) finish(status);
      });
    });
  } finally {
    socket.destroy();
  }
}
