/** The next hop, played by the test: phones that have registered, and the far end of every domain. It records what reaches it, octet by octet. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { waitUntil } from "../../interop/rig/wait.ts";
import { cutStream, fieldValue, linesNamed, type RawMessage, readRaw, statusOf } from "./header-lines.ts";
import type { Place } from "./upstream.ts";

export interface DownstreamRequest {
  readonly text: string;
  readonly raw: RawMessage;
  readonly method: string;
}

export interface Downstream extends AsyncDisposable {
  readonly place: Place;
  /** Requests, each once: retransmissions are left out. */
  readonly requests: readonly DownstreamRequest[];
  /** Every packet and message, retransmissions included. */
  readonly octets: readonly string[];
  /** The contact of a user. */
  contactOf(user: string): string;
  /** Makes this the one contact of an address, or leaves it without any. */
  register(user: string, domain: string, reachable: boolean): Promise<void>;
  /** The responses to the next request, instead of the usual one. */
  answerNext(responses: (request: DownstreamRequest) => readonly string[]): void;
  /** To whoever sent the last request. */
  send(response: string): void;
  clear(): void;
}

interface Wire {
  send(octets: string): void;
}

/** `server` is where it registers, over the transport that it is then reached by. */
export async function startDownstream(address: string, transport: "udp" | "tcp", server: Place): Promise<Downstream> {
  const peer = new Peer();
  const open = transport === "udp" ? openUdp : openTcp;
  const { port, wire, close } = await open(address, server, (octets, from) => peer.receive(octets, from));
  const place = { address, port };
  const contactOf = (user: string): string =>
    `sip:${user}@${address}:${port}${transport === "tcp" ? ";transport=tcp" : ""}`;
  return {
    place,
    requests: peer.requests,
    octets: peer.octets,
    contactOf,
    register: async (user, domain, reachable) => {
      // What was there goes first: a message may have left contacts of its own.
      const steps = [["Contact: *", "Expires: 0"]];
      if (reachable) steps.push([`Contact: <${contactOf(user)}>`, "Expires: 3600"]);
      for (const lines of steps) {
        const callId = `register-${peer.nextNumber()}`;
        wire.send(registerText(user, domain, place, transport, callId, lines));
        const status = await waitUntil(() => peer.statuses.get(callId), {
          what: `the answer to ${callId}`,
          everyMs: 5,
        });
        if (status !== 200) throw new Error(`REGISTER of ${user} with ${lines[0]} was answered ${status}`);
      }
    },
    answerNext: (responses) => {
      peer.answers = responses;
    },
    send: (response) => peer.last!.send(response),
    clear: () => {
      peer.requests.length = 0;
      peer.octets.length = 0;
      peer.answers = undefined;
    },
    [Symbol.asyncDispose]: close,
  };
}

class Peer {
  readonly requests: DownstreamRequest[] = [];
  readonly octets: string[] = [];
  readonly statuses = new Map<string, number>();
  answers: ((request: DownstreamRequest) => readonly string[]) | undefined;
  last: Wire | undefined;
  #number = 0;

  nextNumber(): number {
    return ++this.#number;
  }

  receive(text: string, from: Wire): void {
    const raw = readRaw(text);
    const status = statusOf(text);
    if (status !== undefined) {
      if (status >= 200) this.statuses.set(fieldValue(raw, "call-id").trim(), status);
      return;
    }
    this.octets.push(text);
    this.last = from;
    const known = this.requests.some((request) => request.text === text);
    const request = { text, raw, method: text.slice(0, text.indexOf(" ")) };
    if (!known) this.requests.push(request);
    if (request.method === "ACK") return;
    if (this.answers !== undefined && !known) {
      const responses = this.answers(request);
      this.answers = undefined;
      for (const response of responses) from.send(response);
    } else if (!known) from.send(responseTo(request, request.method === "INVITE" ? "486 Busy Here" : "200 OK"));
  }
}

/** RFC 3261 §8.2.6.2, from the octets of the request. */
export function responseTo({ raw }: DownstreamRequest, status: string, more: readonly string[] = []): string {
  const copied = ["via", "record-route", "from", "to", "call-id", "cseq"].flatMap((name) => linesNamed(raw, name));
  const lines = copied.map(({ name, text }) => {
    const needsTag = name === "to" && !/;\s*tag\s*=/i.test(text);
    return needsTag ? text.replace(/\r\n$/, ";tag=downstream\r\n") : text;
  });
  const added = more.map((line) => `${line}\r\n`).join("");
  return `SIP/2.0 ${status}\r\n${lines.join("")}${added}Content-Length: 0\r\n\r\n`;
}

function registerText(
  user: string,
  domain: string,
  place: Place,
  transport: "udp" | "tcp",
  callId: string,
  lines: readonly string[],
): string {
  return [
    `REGISTER sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/${transport.toUpperCase()} ${place.address}:${place.port};branch=z9hG4bK${callId}`,
    "Max-Forwards: 70",
    `From: <sip:${user}@${domain}>;tag=${callId}`,
    `To: <sip:${user}@${domain}>`,
    `Call-ID: ${callId}`,
    "CSeq: 1 REGISTER",
    ...lines,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

interface Opened {
  readonly port: number;
  /** What this peer begins with. */
  readonly wire: Wire;
  readonly close: () => Promise<void>;
}

type Receive = (octets: string, from: Wire) => void;

async function openUdp(address: string, server: Place, receive: Receive): Promise<Opened> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
  const wireTo = (to: Place): Wire => ({
    send: (octets) => socket.send(Buffer.from(octets, "latin1"), to.port, to.address),
  });
  socket.on("message", (packet, from) => receive(packet.toString("latin1"), wireTo(from)));
  socket.bind({ address, port: 0 });
  await once(socket, "listening");
  return {
    port: socket.address().port,
    wire: wireTo(server),
    close: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}

/** Takes connections, and has one to the server for registering. */
async function openTcp(address: string, server: Place, receive: Receive): Promise<Opened> {
  const sockets = new Set<Socket>();
  const handle = (socket: Socket): Wire => {
    const wire = { send: (octets: string) => void socket.write(Buffer.from(octets, "latin1")) };
    let rest = "";
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (chunk) => {
      const cut = cutStream(rest + chunk.toString("latin1"));
      rest = cut.rest;
      for (const message of cut.messages) receive(message, wire);
    });
    return wire;
  };
  const listener = createServer(handle);
  listener.listen(0, address);
  await once(listener, "listening");
  const connection = connect({ host: server.address, port: server.port, localAddress: address });
  const wire = handle(connection);
  await once(connection, "connect");
  return {
    port: (listener.address() as { port: number }).port,
    wire,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, "close");
    },
  };
}
