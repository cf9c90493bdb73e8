/** Two ZRTP streams over a link that tests own: loss, reordering, changes on the way; a fake clock; memories. */

import { createFakeClock, createRandom, createRandomOctets, type FakeClock } from "@trapezoid/testkit";
import {
  createZrtpCache,
  SrtpReceiver,
  SrtpSender,
  type ZrtpAlgorithms,
  type ZrtpCache,
  type ZrtpEffect,
  ZrtpEngine,
  type ZrtpMaster,
  type ZrtpOptions,
} from "../src/index.ts";
import { createZrtpCrypto, nodeCiphers } from "../src/node/index.ts";
import { messageTypeOf } from "../src/zrtp/message.ts";
import { decodeZrtpPacket } from "../src/zrtp/packet.ts";

export interface PartyOptions extends Partial<ZrtpOptions> {
  /** Of all that is random, and the SSRC. */
  readonly seed: number;
  readonly cache?: ZrtpCache;
  /** Milliseconds until a lookup is answered; default: at once. */
  readonly lookupMs?: number;
  /** Of the first stream of the call. */
  readonly master?: ZrtpMaster;
}

type Told<K extends ZrtpEffect["kind"]> = Extract<ZrtpEffect, { readonly kind: K }>;

export class Party {
  readonly engine: ZrtpEngine;
  readonly cache: ZrtpCache;
  readonly ssrc: number;
  /** All but packets and timers, in their order. */
  readonly effects: ZrtpEffect[] = [];
  /** Names of the messages that were sent. */
  readonly sent: string[] = [];
  readonly packets: Uint8Array[] = [];
  deliver: (packet: Uint8Array) => void = () => {};
  readonly #clock: FakeClock;
  readonly #lookupMs: number;
  readonly #master: ZrtpMaster | undefined;
  #timer: Disposable | undefined;

  constructor(clock: FakeClock, { seed, cache, lookupMs = 0, master, ...options }: PartyOptions) {
    const random = createRandomOctets(seed);
    const zid = options.zid ?? cache?.zid ?? random(12);
    this.#clock = clock;
    this.#lookupMs = lookupMs;
    this.#master = master;
    this.ssrc = seed;
    this.cache = cache ?? createZrtpCache(zid, () => clock.now());
    this.engine = new ZrtpEngine({ crypto: createZrtpCrypto(random), ...options, zid });
  }

  start(): void {
    this.do(this.engine.start(this.ssrc, this.#master));
  }

  receive(packet: Uint8Array): void {
    this.do(this.engine.receive(packet));
  }

  do(effects: readonly ZrtpEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === "send") {
        this.sent.push(typeOf(effect.packet));
        this.packets.push(effect.packet);
        this.deliver(effect.packet);
      } else if (effect.kind === "timer") {
        this.#timer?.[Symbol.dispose]();
        const { ms } = effect;
        this.#timer = ms === undefined ? undefined : this.#clock.after(ms, () => this.do(this.engine.timeout()));
      } else {
        this.effects.push(effect);
        if (effect.kind === "lookup") void this.#lookUp(effect.peer);
        else if (effect.kind === "remember" || effect.kind === "expire" || effect.kind === "verified") {
          this.cache.update(effect);
        }
      }
    }
  }

  told<K extends ZrtpEffect["kind"]>(kind: K): readonly Told<K>[] {
    return this.effects.filter((effect): effect is Told<K> => effect.kind === kind);
  }

  get warnings(): readonly string[] {
    return this.told("warning").map(({ warning }) => warning);
  }

  async #lookUp(peer: string): Promise<void> {
    const found = await this.cache.lookup(peer);
    if (this.#lookupMs === 0) this.do(this.engine.retained(found));
    else this.#clock.after(this.#lookupMs, () => this.do(this.engine.retained(found)));
  }
}

export interface LinkOptions {
  /** Share of packets that are lost. */
  readonly loss?: number;
  readonly delayMs?: number;
  /** Each packet takes up to so much longer. */
  readonly jitterMs?: number;
  readonly seed?: number;
  /** Sees each packet; what it returns arrives in its place. */
  readonly onPacket?: (packet: Uint8Array, type: string, from: Party) => readonly Uint8Array[];
}

export interface Link {
  readonly clock: FakeClock;
  readonly a: Party;
  readonly b: Party;
}

/** `start`: who begins, and when; default: both at once. */
export function connect(
  a: Partial<PartyOptions>,
  b: Partial<PartyOptions>,
  { loss = 0, delayMs = 10, jitterMs = 0, seed = 1, onPacket }: LinkOptions = {},
): Link {
  const clock = createFakeClock();
  const random = createRandom(seed);
  const parties = { a: new Party(clock, { seed: 11, ...a }), b: new Party(clock, { seed: 22, ...b }) };
  const wire = (from: Party, to: Party): void => {
    from.deliver = (packet) => {
      const arriving = onPacket === undefined ? [packet] : onPacket(packet, typeOf(packet), from);
      for (const one of arriving) {
        const isLost = random() < loss;
        const ms = delayMs + random() * jitterMs;
        if (!isLost) clock.after(ms, () => to.receive(one));
      }
    };
  };
  wire(parties.a, parties.b);
  wire(parties.b, parties.a);
  return { clock, ...parties };
}

/** Both begin, and so much time passes. */
export async function run({ clock, a, b }: Link, ms = 2_000): Promise<void> {
  a.start();
  b.start();
  await clock.advanceAsync(ms);
}

export function typeOf(packet: Uint8Array): string {
  const decoded = decodeZrtpPacket(packet);
  return decoded.ok ? decoded.value.type : (messageTypeOf(packet.subarray(12)) ?? "unknown");
}

/** Whether what each sends with its keys is what the other can open. */
export function canTalk({ a, b }: Link): boolean {
  const [ofA] = a.told("secured");
  const [ofB] = b.told("secured");
  if (ofA === undefined || ofB === undefined) return false;
  return [
    [ofA, ofB],
    [ofB, ofA],
  ].every(([from, to]) => {
    const packet = Uint8Array.of(0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2, 3, 4);
    const sealed = new SrtpSender(nodeCiphers, from!.send).protect(packet);
    const opened = new SrtpReceiver(nodeCiphers, to!.receive).open(Uint8Array.from(sealed));
    return opened !== undefined && Buffer.from(opened).equals(packet) && !Buffer.from(sealed).includes(packet);
  });
}

export function only(parts: Partial<ZrtpAlgorithms>): ZrtpAlgorithms {
  return { hashes: [], ciphers: [], authTags: [], agreements: [], sasTypes: [], ...parts };
}
