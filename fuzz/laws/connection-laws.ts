/** A TCP connection of the transport, on a socket in memory: it delivers what its framer cuts, and leaves nothing behind. RFC 3261 §18.3. */

import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { TimerWheel } from "@trapezoid/base";
import type { Framed } from "@trapezoid/sip/message";
import { createCounters } from "@trapezoid/sip/transport";
import { createFakeClock } from "@trapezoid/testkit";
import { FrameFollower } from "../../packages/sip/src/transport/node/frame-follower.ts";
import { defaultLimits, defaultTimeouts } from "../../packages/sip/src/transport/node/options.ts";
import { StreamConnection } from "../../packages/sip/src/transport/node/stream-connection.ts";
import { law, shown } from "./law.ts";

/** What a connection needs of a socket; whatever is written leaves at once. */
class SocketInMemory extends EventEmitter {
  readonly writableLength = 0;
  bytesWritten = 0;
  destroyed = false;

  write(octets: string | Uint8Array): boolean {
    this.bytesWritten += octets.length;
    return true;
  }

  end(): void {
    this.destroy();
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit("close");
  }

  pause(): void {}

  resume(): void {}
}

const endpoint = { address: "192.0.2.1", port: 5060 };
const peer = { address: "192.0.2.2", port: 40_000 };

/** A wheel is large: one serves all connections, as long as each takes its timers back. */
function openTime() {
  const clock = createFakeClock();
  return { clock, wheel: new TimerWheel({ clock }) };
}
let time = openTime();

/** `framed`: what the framer alone made of the same pieces. */
export function checkConnection(pieces: readonly string[], framed: readonly Framed[], limit: number): void {
  try {
    check(pieces, framed, limit);
  } catch (error) {
    time = openTime();
    throw error;
  }
}

function check(pieces: readonly string[], framed: readonly Framed[], limit: number): void {
  const { clock, wheel } = time;
  const counters = createCounters();
  const delivered: string[] = [];
  const handler = { onMessage: (text: string) => void delivered.push(text) };
  const limits = { ...defaultLimits, headerBytes: limit, bodyBytes: limit };
  const core = { handler, counters, admission: undefined, limits, timeouts: defaultTimeouts, wheel };
  const socket = new SocketInMemory();
  const connection = new StreamConnection(
    core,
    {
      kind: "tcp",
      id: "00x",
      local: endpoint,
      remote: peer,
      advertised: { host: endpoint.address, port: endpoint.port },
      inbound: true,
      peerNames: [],
      indirect: false,
      alias: false,
      onVouched() {},
      onProven() {},
      onGone() {},
    },
    socket as unknown as Socket,
  );
  for (const piece of pieces) if (!socket.destroyed) socket.emit("data", Buffer.from(piece, "latin1"));
  const expected = framed.filter((one) => one.kind === "message").map(({ text }) => text);
  for (const [at, text] of delivered.entries()) {
    law(text === expected[at], "a connection delivers what its framer cuts", () => `${at}: ${shown(text)}`);
  }
  const isOver =
    socket.destroyed || connection.closed || counters.garbage["bad-framing"] + counters.garbage["too-large"] > 0;
  law(
    delivered.length === expected.length || isOver,
    "an open connection delivers all that its framer cuts",
    () => `${delivered.length} of ${expected.length}`,
  );
  socket.emit("end");
  clock.advance(defaultTimeouts.closeMs + 1_000);
  law(
    connection.closed && socket.destroyed && counters.connections === 0 && wheel.size === 0,
    "a connection that has ended leaves nothing behind",
    () => `${counters.connections} connections, ${wheel.size} timers`,
  );
}

/** WebSocket frames, whatever the octets are: the end of each is known the same in pieces. */
export function checkFrames(pieces: readonly string[]): void {
  const whole = new FrameFollower();
  const inPieces = new FrameFollower();
  const isWhole = whole.push(Buffer.from(pieces.join(""), "latin1"));
  let wasWhole = false;
  for (const piece of pieces) wasWhole = inPieces.push(Buffer.from(piece, "latin1")) || wasWhole;
  law(
    whole.isPending === inPieces.isPending && isWhole === wasWhole,
    "frames in pieces end where they end whole",
    () => `${whole.isPending}, in pieces ${inPieces.isPending}`,
  );
}
