/**
 * How many connections there may be: in all, per address, and in their handshakes. When a limit is reached, the connection that
 * has waited longest and shown nothing makes room, then, where peers are vouched for, the one that nobody has vouched for; only
 * where all are known is the new one refused.
 */

import type { Socket } from "node:net";
import { parseIp } from "@trapezoid/stun";
import type { CutReason } from "../contract.ts";
import type { TransportCore } from "./core.ts";
import { Line } from "./line.ts";
import { type AddressShare, addressShare, Place, type PlaceKeeper } from "./place.ts";
import { plainAddress } from "./socket-endpoints.ts";

/** An IPv6 host has 2^64 addresses of its own: its network counts as one (RFC 4291 §2.5.4). */
const ipv6NetworkBytes = 8;

export class Places {
  readonly #core: TransportCore;
  readonly #byAddress = new Map<string, AddressShare>();
  /** TLS and HTTP wrap the socket that was accepted: a connection is known by its two ends. */
  readonly #byKey = new Map<string, Place>();
  #taken = 0;
  /** Sockets that are not closed yet; a place is given away before its socket is gone. */
  #sockets = 0;
  #onEmpty: (() => void) | undefined;
  readonly #keeper: PlaceKeeper;

  /** `vouching`: somebody says which peers are known. */
  constructor(core: TransportCore, vouching: boolean) {
    this.#core = core;
    this.#keeper = {
      handshakes: new Line(),
      unproven: new Line(),
      strangers: vouching ? new Line() : undefined,
      onLate: (place) => void this.#cut(place, "handshakeMs"),
    };
  }

  /**
   * A place for a connection that a peer opened; undefined, and counted, when there is none. `shakes`: it has a handshake before
   * it, for which `settle` is waited for.
   */
  take(socket: Socket, owner: object, shakes: boolean): Place | undefined {
    const { counters, limits, timeouts, wheel } = this.#core;
    const { remoteAddress } = socket;
    // It is gone already.
    if (remoteAddress === undefined) return undefined;
    const address = shareOf(plainAddress(remoteAddress));
    let share = this.#byAddress.get(address);
    if (share !== undefined) {
      if (shakes && share.handshakes.length >= limits.handshakesPerAddress) {
        this.#cut(share.handshakes.first, "handshakesPerAddress");
      }
      if (
        share.places >= limits.connectionsPerAddress &&
        !this.#cut(share.unproven.first ?? share.strangers.first, "connectionsPerAddress")
      ) {
        counters.connectionsRefused.connectionsPerAddress++;
        return undefined;
      }
    }
    const { handshakes } = this.#keeper;
    if (shakes && handshakes.length >= limits.handshakes) this.#cut(handshakes.first, "handshakes");
    if (!this.#hasRoom()) return undefined;
    share = this.#byAddress.get(address);
    if (share === undefined) {
      share = addressShare(address);
      this.#byAddress.set(address, share);
    }
    const place = new Place(this.#keeper, share, socket, keyOf(socket), owner, shakes);
    share.places++;
    this.#taken++;
    this.#sockets++;
    this.#byKey.set(place.key, place);
    this.#count();
    if (shakes) wheel.arm(place, timeouts.handshakeMs);
    socket.once("close", () => this.#onClose(place));
    return place;
  }

  /** A place for a connection that we open. */
  takeOurs(): boolean {
    if (!this.#hasRoom()) return false;
    this.#taken++;
    this.#sockets++;
    return true;
  }

  releaseOurs(): void {
    this.#taken--;
    this.#forgetSocket();
  }

  /** The place of this socket, or of the one that it wraps; its handshake is done. */
  settle(socket: Socket): Place | undefined {
    const place = this.#byKey.get(keyOf(socket));
    if (place?.isShaking === true) {
      this.#core.wheel.cancel(place);
      place.settle();
      this.#count();
    }
    return place;
  }

  prove(place: Place): void {
    place.prove();
    this.#count();
  }

  /** Ends the handshakes of one listener. */
  closeHandshakes(owner: object): void {
    for (const place of [...this.#byKey.values()]) if (place.owner === owner && place.isShaking) place.end();
  }

  /** The connections of one owner are counted no more, but for those that were adopted. */
  forget(owner: object): void {
    for (const place of [...this.#byKey.values()]) {
      if (place.owner !== owner || place.isAdopted) continue;
      place.forgotten = true;
      this.#release(place);
      this.#forgetSocket();
    }
  }

  /** Resolves when every socket is closed. */
  async whenEmpty(): Promise<void> {
    if (this.#sockets === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  #hasRoom(): boolean {
    const { counters, limits } = this.#core;
    if (this.#taken < limits.connections) return true;
    const { unproven, strangers } = this.#keeper;
    if (this.#cut(unproven.first ?? strangers?.first, "connections")) return true;
    counters.connectionsRefused.connections++;
    return false;
  }

  /** Ends a connection by a limit; false when there is none to end. */
  #cut(place: Place | undefined, reason: CutReason): boolean {
    if (place === undefined) return false;
    this.#core.counters.connectionsCut[reason]++;
    this.#release(place);
    place.end();
    return true;
  }

  #release(place: Place): void {
    if (place.released) return;
    place.released = true;
    this.#core.wheel.cancel(place);
    place.settle();
    place.prove();
    place.vouch();
    this.#taken--;
    const { share } = place;
    if (--share.places === 0) this.#byAddress.delete(share.address);
    if (this.#byKey.get(place.key) === place) this.#byKey.delete(place.key);
    this.#count();
  }

  #onClose(place: Place): void {
    // The peer left, or said what is no handshake.
    if (place.isShaking) this.#core.counters.connectionsRefused.handshake++;
    this.#release(place);
    if (!place.forgotten) this.#forgetSocket();
  }

  #forgetSocket(): void {
    if (--this.#sockets === 0) this.#onEmpty?.();
  }

  #count(): void {
    const { counters } = this.#core;
    counters.handshakes = this.#keeper.handshakes.length;
    counters.unproven = this.#keeper.unproven.length;
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort} ${socket.localAddress} ${socket.localPort}`;
}

/** What stands for an address when connections are counted. */
function shareOf(address: string): string {
  const ip = address.includes(":") ? parseIp(address) : undefined;
  return ip === undefined ? address : ip.subarray(0, ipv6NetworkBytes).join(".");
}
