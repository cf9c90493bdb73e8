/**
 * What the proxy costs beyond its sockets: whole calls (INVITE, 180, 200, ACK, BYE, 200) through transaction layer and proxy
 * core in one process (CPU time of this thread), the outgoing octets written into a
 * buffer as a transport would.
 *
 *   node -C dev bench/proxy-core.ts [--calls N] [--rate CALLS_PER_SECOND]
 *
 * Time is virtual and goes on by 1/rate a call, so that as many transactions wait for their timers as would at that rate.
 */

import { parseArgs } from "node:util";
import { type Clock, sipHashKey, TimerWheel } from "@trapezoid/base";
import { createProxy } from "@trapezoid/sip/proxy";
import { createTransactionLayer } from "@trapezoid/sip/transaction";
import type { Endpoint, Flow } from "@trapezoid/sip/transport";

const { values } = parseArgs({
  options: { calls: { type: "string", default: "60000" }, rate: { type: "string", default: "1000" } },
});
const calls = Number(values.calls);
const stepMs = 1000 / Number(values.rate);

const server: Endpoint = { address: "192.0.2.1", port: 5060 };
const advertised = { host: server.address, port: server.port };
/** Calls that go through each step together, so that the CPU time of a step can be measured. */
const batch = 100;
const wire = Buffer.alloc(4_194_304);
let wireAt = 0;

class BenchFlow implements Flow {
  readonly kind = "udp";
  readonly reliable = false;
  readonly secure = false;
  readonly local = server;
  readonly advertised = advertised;
  readonly closed = false;
  readonly peerNames: readonly string[] = [];
  readonly remote: Endpoint;
  readonly id: string;
  readonly outbox: [start: number, end: number][] = [];
  constructor(id: string, remote: Endpoint) {
    this.id = id;
    this.remote = remote;
  }
  send(message: string | Uint8Array): boolean {
    const start = wireAt;
    wireAt += wire.write(message as string, start, "latin1");
    this.outbox.push([start, wireAt]);
    return true;
  }
  onClose(): Disposable {
    return { [Symbol.dispose]() {} };
  }
  close(): void {}
  /** What was sent since the last look, without what need not be read. */
  take(except?: string): string[] {
    const texts = this.outbox.map(([start, end]) => wire.toString("latin1", start, end));
    this.outbox.length = 0;
    sent += texts.length;
    return except === undefined ? texts : texts.filter((text) => !text.startsWith(except));
  }
}

const caller = new BenchFlow("uCALLER", { address: "192.0.2.2", port: 5061 });
const callee = new BenchFlow("uCALLEE", { address: "192.0.2.3", port: 5062 });
const flows = new Map([
  [`${caller.remote.address}:${caller.remote.port}`, caller],
  [`${callee.remote.address}:${callee.remote.port}`, callee],
]);

let now = 0;
let dueAt = Infinity;
let due: (() => void) | undefined;
const clock: Clock = {
  now: () => now,
  after(ms, run) {
    dueAt = now + ms;
    due = run;
    return { [Symbol.dispose]() {} };
  },
};

const wheel = new TimerWheel({ clock });
const layer = createTransactionLayer({
  wheel,
  workerId: 0,
  random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
  user: {
    onRequest(transaction) {
      const { request, flow } = transaction;
      const refusal = proxy.validate(request);
      if (refusal !== undefined) throw new Error(refusal.reason);
      const routed = proxy.route(request, flow);
      if (routed.dialog !== undefined) proxy.forwardInDialog(transaction, routed);
      else proxy.forward(transaction, routed, { groups: [[{ uri: "sip:service@192.0.2.3:5062", flow: callee }]] });
    },
    onAck: (request, flow) => proxy.ack(request, flow, { trusted: false }),
    onCancel() {},
    onStrayResponse() {},
  },
});
const proxy = createProxy({
  transactions: layer,
  transport: {
    flowTo: (target) => flows.get(`${target.address}:${target.port}`)!,
    flowById: (id) => (id === "uCALLER" ? caller : callee),
    isLocal: (host) => host === server.address,
  },
  locator: {
    locate: (uri) => [{ kind: "udp", address: uri.host, port: uri.port ?? 5060 }],
    reportFailure() {},
    reportSuccess() {},
  },
  wheel,
  workerId: 0,
  tokenKey: sipHashKey(new Uint8Array(16)),
  onError(error) {
    throw error;
  },
});

const sdp =
  "v=0\r\no=user1 53655765 2353687637 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

const scratch = Buffer.alloc(65_536);

/** Whole, flat text, as it comes off a socket. */
function received(text: string): string {
  return scratch.toString("latin1", 0, scratch.write(text, 0, "latin1"));
}

function callerRequest(method: string, n: number, cseq: number, uri: string, lines: string, body: string): string {
  return received(
    `${method} ${uri} SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5061;branch=z9hG4bK-4711-${n}-${cseq}-${method.length}\r\n${lines}` +
      `From: sipp <sip:sipp@192.0.2.2:5061>;tag=4711SIPpTag00${n}\r\nTo: <sip:service@192.0.2.1:5060>${cseq > 1 || method === "ACK" ? ";tag=4712SIPpTag01" : ""}\r\n` +
      `Call-ID: ${n}-4711@192.0.2.2\r\nCSeq: ${cseq} ${method}\r\n${method === "INVITE" ? "Contact: sip:sipp@192.0.2.2:5061\r\n" : ""}Max-Forwards: 70\r\n` +
      `${method === "INVITE" ? "Subject: Performance Test\r\nContent-Type: application/sdp\r\n" : ""}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** Via, Record-Route, From, To, Call-ID and CSeq of a request, as the callee copies them. */
function calleeResponse(request: string, status: string, body: string): string {
  let head = "";
  for (const line of request.slice(0, request.indexOf("\r\n\r\n")).split("\r\n")) {
    if (/^(Via|Record-Route|From|Call-ID|CSeq):/.test(line)) head += `${line}\r\n`;
    else if (line.startsWith("To:")) head += `${line}${line.includes(";tag") ? "" : ";tag=4712SIPpTag01"}\r\n`;
  }
  const type = body === "" ? "" : "Content-Type: application/sdp\r\n";
  return received(
    `SIP/2.0 ${status}\r\n${head}Contact: <sip:192.0.2.3:5062;transport=UDP>\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

let sent = 0;
const spentMicroseconds = new Map<string, number>();

function measure(step: string, run: () => void): void {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  spentMicroseconds.set(step, (spentMicroseconds.get(step) ?? 0) + user + system);
}

function deliver(step: string, texts: readonly string[], flow: BenchFlow): void {
  wireAt = 0;
  measure(step, () => {
    for (const text of texts) layer.receive(text, flow);
  });
}

/** Lets the calls' share of time pass, and whatever falls due on the way. */
function advance(): void {
  measure("timers", () => {
    const until = now + batch * stepMs;
    while (dueAt <= until) {
      now = Math.max(now, dueAt);
      const run = due!;
      due = undefined;
      dueAt = Infinity;
      run();
    }
    now = until;
  });
}

function callBatch(first: number): void {
  const numbers = Array.from({ length: batch }, (_, at) => first + at);
  const uri = "sip:192.0.2.3:5062;transport=UDP";
  deliver(
    "INVITE",
    numbers.map((n) => callerRequest("INVITE", n, 1, "sip:service@192.0.2.1:5060", "", sdp)),
    caller,
  );
  caller.take();
  const invites = callee.take();
  deliver(
    "180",
    invites.map((invite) => calleeResponse(invite, "180 Ringing", "")),
    callee,
  );
  caller.take();
  deliver(
    "200",
    invites.map((invite) => calleeResponse(invite, "200 OK", sdp)),
    callee,
  );
  const routes = caller.take().map((ok) => `Route: ${/Record-Route: (<[^>]*>)/.exec(ok)![1]!}\r\n`);
  deliver(
    "ACK",
    numbers.map((n, at) => callerRequest("ACK", n, 1, uri, routes[at]!, "")),
    caller,
  );
  callee.take();
  deliver(
    "BYE",
    numbers.map((n, at) => callerRequest("BYE", n, 2, uri, routes[at]!, "")),
    caller,
  );
  deliver(
    "200 BYE",
    callee.take().map((bye) => calleeResponse(bye, "200 OK", "")),
    callee,
  );
  caller.take();
  advance();
}

for (let n = 0; n < calls; n += batch) callBatch(n);
spentMicroseconds.clear();
sent = 0;
for (let n = 0; n < calls; n += batch) callBatch(calls + n);
const counted = Math.ceil(calls / batch) * batch;
if (sent !== counted * 7) throw new Error(`${sent} messages sent for ${counted} calls, expected 7 a call`);

let total = 0;
const parts: Record<string, number> = {};
for (const [step, spent] of spentMicroseconds) {
  parts[step] = Math.round((spent * 10) / counted) / 10;
  total += spent;
}
// With --expose-gc: what calls that have ended still hold until their timers fire.
(globalThis as { gc?: () => void }).gc?.();
console.log(
  JSON.stringify({
    bench: "proxy-core",
    ours: { cpuMicrosecondsPerCall: Math.round((total * 10) / counted) / 10, byStep: parts },
    held: {
      contexts: proxy.counters.contexts,
      serverTransactions: layer.counters.serverTransactions,
      clientTransactions: layer.counters.clientTransactions,
      heapMegabytes: Math.round(process.memoryUsage().heapUsed / 1e6),
    },
  }),
);
