/** Which next hops are asked how loaded they are, and which requests go to those that have too much to do or do not answer. RFC 7339 §5.1, §5.9, §5.10. */

import type { Clock, SipHashKey } from "@trapezoid/base";
import type { OverloadParams, SipRequest } from "@trapezoid/sip/message";
import {
  type NextHopLoadCounters,
  NextHopLoads,
  type SilentHopCounters,
  SilentHops,
  Weight,
} from "@trapezoid/sip/overload";
import type { NextHopLoads as ProxyNextHops, ProxyTarget } from "@trapezoid/sip/proxy";
import { type Endpoint, type Flow, formatEndpoint } from "@trapezoid/sip/transport";
import type { OverloadSettings, TrunkSettings } from "../config/types.ts";
import { Sparse } from "../observe/sparse.ts";
import { Emergency } from "./emergency.ts";

/** The part of the configuration that counts here. */
export interface NextHopSettings {
  readonly overload: OverloadSettings;
  readonly trunks: ReadonlyMap<string, Pick<TrunkSettings, "oc">>;
}

export interface NextHopsOptions {
  readonly settings: NextHopSettings;
  readonly clock: Clock;
  readonly key: SipHashKey;
  readonly isTrusted: (flow: Flow) => boolean;
  readonly log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => void;
}

/** One line a minute tells of hops that ask for less. */
const logEveryMs = 60_000;

export class NextHops implements ProxyNextHops {
  readonly counters: { readonly loads: NextHopLoadCounters; readonly silent: SilentHopCounters };
  readonly #options: NextHopsOptions;
  readonly #loads: NextHopLoads;
  readonly #silent: SilentHops;
  readonly #told = new Sparse(logEveryMs);
  #settings: NextHopSettings;
  #emergency: Emergency;

  constructor(options: NextHopsOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#emergency = new Emergency(options.settings.overload.emergency);
    this.#loads = new NextHopLoads({
      clock: options.clock,
      key: options.key,
      maxHops: () => this.#settings.overload.oc.hops,
      onLimit: (hop, percent) => this.#tell(hop, percent),
    });
    this.#silent = new SilentHops({
      clock: options.clock,
      maxHops: () => this.#settings.overload.oc.hops,
      onChange: (hop, isSilent) => {
        if (isSilent)
          options.log("warn", "a next hop does not answer: it is tried now and then until it does", { hop });
        else options.log("info", "a next hop answers again", { hop });
      },
    });
    this.counters = { loads: this.#loads.counters, silent: this.#silent.counters };
  }

  configure(settings: NextHopSettings): void {
    this.#settings = settings;
    this.#emergency = new Emergency(settings.overload.emergency);
  }

  asks({ label }: ProxyTarget, hop: Endpoint): boolean {
    const { oc } = this.#settings.overload;
    // A request of a dialog says nothing of where it goes: it asks those who have answered before.
    if (label === undefined) return oc.ask && !this.#loads.isEmpty && this.#loads.knows(nameOf(hop));
    // Phones do not take part.
    if (label === "registered") return false;
    return (label.startsWith("trunk ") ? this.#settings.trunks.get(label.slice(6))?.oc : undefined) ?? oc.ask;
  }

  mayGo(request: SipRequest, from: Flow, hop: Endpoint): boolean {
    if (this.#loads.isEmpty && this.#silent.isEmpty) return true;
    const { method } = request;
    // What belongs to a request that has been sent.
    if (method === "CANCEL" || method === "ACK") return true;
    const name = nameOf(hop);
    const weight = weightOf(request);
    const isSilent = weight === Weight.begins && this.#silent.isSilent(name);
    if (!isSilent && !this.#loads.isLimiting(name)) return true;
    const isClaim = (): boolean => this.#emergency.isClaim(request, () => this.#options.isTrusted(from));
    // A call for help is for the hop itself to refuse (§5.10.1).
    if (this.#emergency.isCallForHelp(request) || isClaim()) return true;
    return (!isSilent || this.#silent.mayTry(name)) && this.#loads.mayGo(name, request.callId ?? "", weight);
  }

  hear(hop: Endpoint, told: OverloadParams): void {
    this.#loads.hear(nameOf(hop), told);
  }

  answered(hop: Endpoint): void {
    if (!this.#silent.isEmpty) this.#silent.answered(nameOf(hop));
  }

  timedOut(hop: Endpoint): void {
    this.#silent.timedOut(nameOf(hop));
  }

  hearNonsense(): void {
    this.#loads.counters.unusable++;
  }

  #tell(hop: string, percent: number): void {
    const times = this.#told.count(this.#options.clock.now());
    if (times === undefined) return;
    const fields = { hop, percent, ...(times > 1 && { timesSinceLastLine: times }) };
    this.#options.log("warn", "a next hop has too much to do: it is sent less until it can take more", fields);
  }
}

function nameOf({ address, port }: Endpoint): string {
  return formatEndpoint(address, port);
}

function weightOf(request: SipRequest): Weight {
  if (request.toTag === undefined) return Weight.begins;
  return request.method === "BYE" ? Weight.ends : Weight.continues;
}
