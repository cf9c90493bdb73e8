/** SIP by hand over a socket of its own: for what no phone would do, and for what must be seen octet by octet. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer as createTcpServer, type Socket } from "node:net";
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { waitUntil } from "./wait.ts";

/** A message that came in, and how to answer on the way that it came. */
export interface Incoming {
  /** Start line. */
  readonly start: string;
  readonly text: string;
  /** Values of a header field, in order. */
  headers(name: string): string[];
  reply(text: string): void;
}

/** What has come, in order, whichever socket it came by. */
export class Inbox {
  readonly messages: Incoming[] = [];
  #rest = "";

  /** Octets of a stream. */
  feed(chunk: string, reply: (text: string) => void): void {
    this.#rest += chunk;
    for (;;) {
      this.#rest = this.#rest.replace(/^(\r\n)+/, "");
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end === -1) return;
      const length = Number(/^(?:Content-Length|l)\s*:\s*(\d+)/im.exec(this.#rest.slice(0, end))?.[1] ?? 0);
      if (this.#rest.length < end + 4 + length) return;
      this.add(this.#rest.slice(0, end + 4 + length), reply);
      this.#rest = this.#rest.slice(end + 4 + length);
    }
  }

  add(text: string, reply: (text: string) => void): void {
    const headers = (name: string): string[] =>
      [...text.matchAll(new RegExp(`^${name}\\s*:\\s*(.*)\\r$`, "gim"))].flatMap((match) =>
        match[1]!.split(/,\s*(?=<)/),
      );
    this.messages.push({ start: text.slice(0, text.indexOf("\r\n")), text, headers, reply });
  }

  /** The first message whose start line fits; provisional responses and repetitions pass by. */
  next(start: RegExp): Promise<Incoming> {
    return waitUntil(() => this.messages.find((message) => start.test(message.start)), {
      what: `${start}`,
      timeoutMs: 10_000,
    });
  }
}

export interface RawPhone extends AsyncDisposable {
  readonly inbox: Inbox;
  /** `127.0.0.1:5060` as its Via says. */
  readonly place: string;
  readonly transport: "TLS" | "UDP";
  send(text: string): void;
}

/** Connects to `place` by TLS, whoever answers unless `options` say otherwise. */
export async function tlsPhone(
  place: string,
  options: ConnectionOptions = {},
): Promise<RawPhone & { readonly socket: TLSSocket }> {
  const port = Number(place.slice(place.lastIndexOf(":") + 1));
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  await once(socket, "secureConnect");
  socket.setEncoding("latin1").on("error", () => {});
  const inbox = new Inbox();
  const send = (text: string): void => void socket.write(text, "latin1");
  socket.on("data", (chunk: string) => inbox.feed(chunk, send));
  return {
    ...{ inbox, socket, send, transport: "TLS", place: `127.0.0.1:${socket.localPort}` },
    [Symbol.asyncDispose]: async () => void socket.destroy(),
  };
}

export async function udpPhone(place: string): Promise<RawPhone> {
  const port = Number(place.slice(place.lastIndexOf(":") + 1));
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const inbox = new Inbox();
  const send = (text: string): void => socket.send(Buffer.from(text, "latin1"), port, "127.0.0.1");
  socket.on("message", (message) => inbox.add(message.toString("latin1"), send));
  return {
    ...{ inbox, send, transport: "UDP", place: `127.0.0.1:${socket.address().port}` },
    [Symbol.asyncDispose]: async () => void socket.close(),
  };
}

export interface RawServer extends AsyncDisposable {
  readonly inbox: Inbox;
  readonly port: number;
  /** Subjects of the certificates that clients showed, `undefined` for none; in order. */
  readonly clients: (string | undefined)[];
}

/** A foreign server that listens by TLS (or, without `tls`, TCP) and answers nothing by itself. */
export async function rawServer(tls: TlsOptions | undefined, port = 0): Promise<RawServer> {
  const inbox = new Inbox();
  const clients: (string | undefined)[] = [];
  const sockets = new Set<Socket>();
  const adopt = (socket: Socket): void => {
    sockets.add(socket.on("error", () => {}).setEncoding("latin1"));
    const send = (text: string): void => void socket.write(text, "latin1");
    socket.on("data", (chunk) => inbox.feed(String(chunk), send));
  };
  const server =
    tls === undefined
      ? createTcpServer(adopt)
      : createServer(tls, (socket) => {
          clients.push(socket.getPeerCertificate().subject?.CN as string | undefined);
          adopt(socket);
        });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    ...{ inbox, clients, port: typeof address === "object" ? (address?.port ?? 0) : 0 },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

let sequence = 0;

export interface RequestParts {
  readonly from?: string;
  readonly to?: string;
  readonly lines?: readonly string[];
  readonly callId?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
}

/** A request of `phone`'s, with what RFC 3261 §8.1.1 demands and a Contact where it listens. */
export function rawRequest(phone: RawPhone, method: string, uri: string, parts: RequestParts = {}): string {
  sequence++;
  const scheme = uri.slice(0, uri.indexOf(":"));
  const {
    from = `${scheme}:alice@house.test`,
    to = uri,
    lines = [],
    callId = `raw-${sequence}`,
    fromTag = "raw",
    toTag,
  } = parts;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/${phone.transport} ${phone.place};branch=z9hG4bK-raw-${sequence};rport`,
    "Max-Forwards: 70",
    `From: <${from}>;tag=${fromTag}`,
    `To: <${to}>${toTag === undefined ? "" : `;tag=${toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${sequence} ${method}`,
    ...lines,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}

/** A response to `request`, with its Record-Route and a tag. */
export function rawResponse(request: Incoming, status: string, lines: readonly string[] = []): string {
  const copied = ["Via", "Record-Route", "From", "Call-ID", "CSeq"].flatMap((name) =>
    request.headers(name).map((value) => `${name}: ${value}`),
  );
  const to = request.headers("To")[0]!;
  return [
    `SIP/2.0 ${status}`,
    ...copied,
    `To: ${to}${to.includes("tag=") ? "" : ";tag=answer"}`,
    ...lines,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
}
