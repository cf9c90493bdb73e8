/** A packet session in another thread, as if it were in this one. */

import type { StreamConfig } from "../config.ts";
import type { PacketEvents, PacketPipe, PacketPipeOptions, PacketSession, PacketStats } from "../packet-session.ts";
import type { PacketCalls } from "./contract.ts";
import { RemoteSession } from "./remote-session.ts";

export class PooledPacketSession extends RemoteSession<PacketEvents, PacketCalls> implements PacketSession {
  move(address: string | undefined): Promise<void> {
    return this.perform("move", address);
  }

  configure(config: StreamConfig): Promise<void> {
    return this.perform("configure", config);
  }

  echo(on: boolean): Promise<void> {
    return this.perform("echo", on);
  }

  /** The streams themselves are handed over: packets go from thread to thread, with backpressure. */
  packets(options: PacketPipeOptions = {}): Promise<PacketPipe> {
    return this.perform("packets", options);
  }

  requestKeyFrame(): Promise<boolean> {
    return this.perform("requestKeyFrame");
  }

  stats(): Promise<PacketStats> {
    return this.perform("stats");
  }
}
