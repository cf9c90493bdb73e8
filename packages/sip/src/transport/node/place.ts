/** One connection's place among all: what its peer has shown so far, and how it is ended when it has to make room. */

import type { Socket } from "node:net";
import { TimerNode } from "@trapezoid/base";
import { Line, type Ticket } from "./line.ts";

/** What one address holds. */
export interface AddressShare {
  readonly address: string;
  places: number;
  readonly handshakes: Line<Place>;
  readonly unproven: Line<Place>;
  readonly strangers: Line<Place>;
}

export function addressShare(address: string): AddressShare {
  return { address, places: 0, handshakes: new Line(), unproven: new Line(), strangers: new Line() };
}

/** What a place tells whoever keeps count. */
export interface PlaceKeeper {
  readonly handshakes: Line<Place>;
  readonly unproven: Line<Place>;
  /** They have sent a message, and nobody has said who they are; `undefined` where nobody ever says. */
  readonly strangers: Line<Place> | undefined;
  /** The handshake took too long. */
  onLate(place: Place): void;
}

/** Its timer is the handshake's; a connection has its own from then on. */
export class Place extends TimerNode {
  readonly share: AddressShare;
  /** Where the connection was accepted. */
  readonly owner: object;
  readonly socket: Socket;
  readonly key: string;
  released = false;
  /** Its socket is not waited for. */
  forgotten = false;
  #end: (() => void) | undefined;
  readonly #keeper: PlaceKeeper;
  #handshake: readonly [all: Ticket<Place>, ofAddress: Ticket<Place>] | undefined;
  #unproven: readonly [all: Ticket<Place>, ofAddress: Ticket<Place>] | undefined;
  #stranger: readonly [all: Ticket<Place>, ofAddress: Ticket<Place>] | undefined;

  constructor(keeper: PlaceKeeper, share: AddressShare, socket: Socket, key: string, owner: object, shakes: boolean) {
    super();
    this.#keeper = keeper;
    this.share = share;
    this.socket = socket;
    this.key = key;
    this.owner = owner;
    this.#unproven = [keeper.unproven.join(this), share.unproven.join(this)];
    if (shakes) this.#handshake = [keeper.handshakes.join(this), share.handshakes.join(this)];
  }

  /** A connection of ours has been made of it, which `end` ends. */
  get isAdopted(): boolean {
    return this.#end !== undefined;
  }

  adopt(end: () => void): void {
    this.#end = end;
  }

  end(): void {
    if (this.#end === undefined) this.socket.destroy();
    else this.#end();
  }

  get isShaking(): boolean {
    return this.#handshake !== undefined;
  }

  get isProven(): boolean {
    return this.#unproven === undefined;
  }

  /** The handshake is done, or given up. */
  settle(): void {
    if (this.#handshake === undefined) return;
    this.#keeper.handshakes.leave(this.#handshake[0]);
    this.share.handshakes.leave(this.#handshake[1]);
    this.#handshake = undefined;
  }

  /** The peer has sent a whole, valid message. */
  prove(): void {
    if (this.#unproven === undefined) return;
    this.#keeper.unproven.leave(this.#unproven[0]);
    this.share.unproven.leave(this.#unproven[1]);
    this.#unproven = undefined;
    const { strangers } = this.#keeper;
    if (strangers !== undefined) this.#stranger = [strangers.join(this), this.share.strangers.join(this)];
  }

  /** Somebody knows the peer, or it is gone. */
  vouch(): void {
    if (this.#stranger === undefined) return;
    this.#keeper.strangers!.leave(this.#stranger[0]);
    this.share.strangers.leave(this.#stranger[1]);
    this.#stranger = undefined;
  }

  override onTimer(): void {
    this.#keeper.onLate(this);
  }
}
