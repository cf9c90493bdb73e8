/** Phones that arrive in the middle of an attack: each opens a connection of its own and asks OPTIONS. */

import { randomBytes } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import WebSocket from "ws";
import type { Target } from "./attack.ts";

export interface Newcomers {
  /** How many came, and how many were answered. */
  stop(): Promise<{ readonly came: number; readonly served: number }>;
}

const patienceMs = 5_000;
const everyMs = 500;

/** By TCP, TLS and WebSocket in turn, from 127.0.0.1. */
export function startNewcomers(target: Target): Newcomers {
  const visits: Promise<boolean>[] = [];
  const ways = [overTcp, overTls, overWebSocket];
  const timer = setInterval(() => visits.push(ways[visits.length % ways.length]!(target)), everyMs);
  return {
    async stop() {
      clearInterval(timer);
      const served = (await Promise.all(visits)).filter(Boolean).length;
      return { came: visits.length, served };
    },
  };
}

function options(domain: string, transport: string): string {
  const key = randomBytes(6).toString("hex");
  return [
    `OPTIONS sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/${transport} newcomer.invalid;branch=z9hG4bK${key}`,
    `From: <sip:newcomer@${domain}>;tag=${key}`,
    `To: <sip:${domain}>`,
    `Call-ID: ${key}`,
    "CSeq: 1 OPTIONS",
    "Max-Forwards: 70",
    "Content-Length: 0\r\n\r\n",
  ].join("\r\n");
}

function overTcp(target: Target): Promise<boolean> {
  return visit(connectTcp({ host: target.host, port: target.tcp }), "connect", options(target.domain, "TCP"));
}

function overTls(target: Target): Promise<boolean> {
  // The certificate is the server's own make; who it is does not matter here.
  const socket = connectTls({ host: target.host, port: target.tls, rejectUnauthorized: false });
  return visit(socket, "secureConnect", options(target.domain, "TLS"));
}

function visit(socket: Socket, ready: string, text: string): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (served: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(served);
    };
    const timer = setTimeout(end, patienceMs, false);
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
    socket.on("data", (octets: Buffer) => end(octets.toString("latin1").startsWith("SIP/2.0 200")));
    socket.once(ready, () => socket.write(text));
  });
}

function overWebSocket(target: Target): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${target.host}:${target.ws}/`, "sip");
    const end = (served: boolean): void => {
      clearTimeout(timer);
      socket.terminate();
      resolve(served);
    };
    const timer = setTimeout(end, patienceMs, false);
    socket.on("error", () => end(false));
    socket.on("close", () => end(false));
    socket.on("message", (data) => end(String(data).startsWith("SIP/2.0 200")));
    socket.on("open", () => socket.send(options(target.domain, "WS")));
  });
}
