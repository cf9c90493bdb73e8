/** User agents with calls in a virtual network: with media that is sketched, or with Node's own over virtual datagrams. */

import assert from "node:assert/strict";
import { TimerWheel } from "@trapezoid/base";
import {
  type CallOptions,
  createUserAgent,
  type IncomingCall,
  type MediaPort,
  type OutgoingCall,
  type UserAgent,
  type UserAgentSettings,
} from "@trapezoid/call";
import { createMediaEngine, type EngineOptions, type MediaEngine } from "@trapezoid/media";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { createRandomOctets, leakCheck, type VirtualNetworkOptions, type VirtualTransport } from "@trapezoid/testkit";
import { type VirtualDatagrams, virtualDatagrams } from "../../media/test/virtual-datagrams.ts";
import { Rig } from "../../sip/test/agent/rig.ts";
import { NodeCallMedia } from "../src/node/node-call-media.ts";
import { type FakeMedia, FakeMediaPort } from "./fake-media.ts";

const addresses: Readonly<Record<string, string>> = {
  alice: "10.0.0.2",
  bob: "10.0.0.3",
  carol: "10.0.0.4",
  dave: "10.0.0.5",
};

export interface PhoneOptions extends Partial<Omit<UserAgentSettings, "onError">> {
  /** Default: the rig collects errors. `undefined`: none. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Node's media in place of sketched ones. */
  readonly sound?: Partial<EngineOptions>;
  readonly advertise?: string;
  /** Whether what comes is kept for the test. Default true. */
  readonly listens?: boolean;
}

export class CallRig extends Rig {
  readonly datagrams: VirtualDatagrams;
  readonly phones: Phone[] = [];

  constructor(options: VirtualNetworkOptions = {}) {
    super(options);
    this.datagrams = virtualDatagrams(this.clock);
  }

  phone(name: string, options: PhoneOptions = {}): Phone {
    const phone = new Phone(this, name, options);
    this.phones.push(phone);
    return phone;
  }

  /** One calls the other, which answers. */
  async connect(caller: Phone, callee: Phone, options: CallOptions = {}): Promise<Pair> {
    const from = caller.agent.dial(callee.uri, options);
    await this.run();
    const to = callee.call;
    void to.answer();
    await this.run(200);
    await Promise.all([from.answered, to.answered]);
    return { from, to };
  }

  /** What comes of a promise after a while: its value, or its error. */
  async outcome<T>(promise: Promise<T>, ms = 100): Promise<T | Error> {
    let told: T | Error | undefined;
    promise.then(
      (value) => {
        told = value;
      },
      (error: Error) => {
        told = error;
      },
    );
    await this.run(ms);
    if (told !== undefined) return told;
    // A disk takes time that no clock of ours knows.
    const { promise: waited, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new assert.AssertionError({ message: "nothing has come of it" })), 10_000);
    try {
      return await Promise.race([promise.catch((error: Error) => error), waited]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** That a promise comes to nothing, and how. */
  async fails(promise: Promise<unknown>, how: Readonly<Record<string, unknown>> = {}, ms?: number): Promise<void> {
    const told = await this.outcome(promise, ms);
    assert.ok(told instanceof Error, `it has succeeded: ${String(told)}`);
    const shown = Object.fromEntries(Object.keys(how).map((key) => [key, told[key as keyof Error]]));
    assert.deepEqual(shown, how);
  }

  /** Everything is over: no timer, transaction, dialog, session, call, medium or listener is left, not even before user agents are closed. */
  override async assertNothingLeft(): Promise<void> {
    await super.assertNothingLeft();
    await this.#check();
    const closing = Promise.all(this.phones.map(({ agent }) => agent.close()));
    await this.run(5_000);
    await closing;
    await this.#check();
    for (const { name, agent } of this.phones) assert.equal(agent.events.listenerCount(), 0, `listeners of ${name}`);
  }

  async #check(): Promise<void> {
    const counts: Record<string, number> = { "media sockets": this.datagrams.open };
    for (const { name, agent, media, engine, calls } of this.phones) {
      counts[`calls of ${name}`] = agent.calls.size;
      counts[`dialogs of ${name}`] = agent.core.dialogs.size;
      counts[`sessions of ${name}`] = agent.core.sessions.size;
      counts[`media of ${name}`] = media.openCount;
      counts[`listeners of media of ${name}`] = media.opened.reduce((sum, one) => sum + one.events.listenerCount(), 0);
      counts[`listeners of calls to ${name}`] = calls.reduce((sum, one) => sum + one.events.listenerCount(), 0);
      if (engine !== undefined) counts[`media sessions of ${name}`] = (await engine.stats()).sessions;
    }
    leakCheck({
      clock: this.clock,
      network: this.network,
      wheels: this.phones.map(({ wheel }) => wheel),
      layers: this.phones.map(({ agent }) => agent.core.transactions),
      transports: this.phones.map(({ transport }) => transport),
      counts,
    });
  }
}

export interface Pair {
  readonly from: OutgoingCall;
  readonly to: IncomingCall;
}

/** A user agent whose calls wait for the test to say what becomes of them. */
export class Phone {
  readonly name: string;
  readonly address: string;
  readonly transport: VirtualTransport;
  readonly wheel: TimerWheel;
  readonly agent: UserAgent;
  readonly media: FakeMediaPort;
  readonly engine: MediaEngine | undefined;
  readonly calls: IncomingCall[] = [];
  readonly warnings: string[] = [];
  /** Where its media is now. */
  mediaAddress: string;

  constructor(rig: CallRig, name: string, { sound, advertise, listens = true, ...settings }: PhoneOptions) {
    this.name = name;
    this.address = addresses[name] ?? assert.fail(`nobody is called ${name}`);
    this.mediaAddress = this.address;
    this.wheel = new TimerWheel({ clock: rig.clock });
    this.transport = rig.network.transport({ address: this.address });
    for (const kind of ["udp", "tcp"] as const) this.transport.listenNow(kind, 5060);
    this.media = new FakeMediaPort(name);
    this.engine =
      sound && createMediaEngine({ address: this.address, ...sound }, { clock: rig.clock, bind: rig.datagrams.bind });
    const number = Number(this.address.split(".").pop());
    this.agent = createUserAgent(
      withoutUndefined({ address: `sip:${name}@test`, onError: (error) => rig.errors.push(error), ...settings }),
      {
        transport: this.transport,
        locator: rig.locator,
        wheel: this.wheel,
        clock: rig.clock,
        hash: { ...nodeHash, random: createRandomOctets(number) },
        media: this.engine === undefined ? this.media : this.#sound(rig, this.engine, advertise),
        warn: (text) => this.warnings.push(text),
        connect: (handler) => {
          this.transport.handler = handler;
        },
      },
    );
    if (listens) this.agent.events.on("call", (call) => this.calls.push(call));
  }

  get uri(): string {
    return `sip:${this.name}@${this.address}`;
  }

  /** The latest call to it. */
  get call(): IncomingCall {
    return this.calls.at(-1) ?? assert.fail(`${this.name} got no call`);
  }

  /** The sketched media of its latest call. */
  get lastMedia(): FakeMedia {
    return this.media.last;
  }

  #sound(rig: CallRig, engine: MediaEngine, advertise: string | undefined): MediaPort {
    let sessions = 1_000;
    return {
      open: (options) =>
        new NodeCallMedia(
          {
            engine,
            clock: rig.clock,
            addressFor: async () => this.mediaAddress,
            advertise,
            sessionId: () => `${sessions++}`,
          },
          options,
        ),
    };
  }
}

function withoutUndefined(settings: PhoneOptions & { readonly address: string }): UserAgentSettings {
  const { onError, ...rest } = settings;
  return onError === undefined ? rest : { ...rest, onError };
}
