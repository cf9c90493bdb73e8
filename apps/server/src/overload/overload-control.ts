/** Overload control of one signalling thread: measures, decides, turns away, and says so once when it begins and once when it ends. */

import type { SipRequest } from "@trapezoid/sip/message";
import type { LoadShedding, TurnedAway } from "@trapezoid/sip/transaction";
import type { Flow } from "@trapezoid/sip/transport";
import type { OverloadSettings } from "../config/types.ts";
import { Admission, type AdmissionOptions, type ShedCounters } from "./admission.ts";
import { atEase, type ControlState, control, type LoadSample } from "./controller.ts";
import { Feedback } from "./feedback.ts";
import { LoadMonitor, type LoadMonitorOptions } from "./load-monitor.ts";
import { shedClasses } from "./request-class.ts";

export interface OverloadControlOptions extends Omit<AdmissionOptions, "isTold">, Omit<LoadMonitorOptions, "onSample"> {
  readonly log: (level: "info" | "warn", message: string, fields: Record<string, unknown>) => void;
  /** It begins, or it has ended. */
  readonly onChange?: (isOverloaded: boolean) => void;
}

/** Plain numbers, read at scrape. */
export interface OverloadCounters {
  /** Requests turned away. */
  readonly shed: ShedCounters;
  /** Responses that told a peer how much to send (RFC 7339). */
  told: number;
  /** 1 while requests are turned away. */
  active: number;
  /** How often that has begun. */
  begun: number;
  /** Share of new requests let in, 0 to 1. */
  share: number;
  /** Of the last 100 ms. */
  lagMs: number;
  busy: number;
  full: number;
}

export class OverloadControl implements LoadShedding {
  readonly counters: OverloadCounters;
  readonly #options: OverloadControlOptions;
  readonly #admission: Admission;
  readonly #feedback = new Feedback();
  readonly #monitor: LoadMonitor;
  #settings: OverloadSettings;
  #state: ControlState = atEase;
  #begunAt = 0;
  #shedBefore: ShedCounters;

  constructor(options: OverloadControlOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#admission = new Admission({ ...options, isTold: (flow) => this.#isTold(flow) });
    const { shed } = this.#admission;
    this.counters = { shed, told: 0, active: 0, begun: 0, share: 1, lagMs: 0, busy: 0, full: 0 };
    this.#shedBefore = { ...shed };
    this.#feedback.measured(options.clock.now(), 0, 0);
    this.#monitor = new LoadMonitor({ ...options, onSample: (sample) => this.#heed(sample) });
  }

  configure(settings: OverloadSettings): void {
    this.#settings = settings;
    this.#admission.configure(settings);
  }

  turnAway(request: SipRequest, flow: Flow, isFull: boolean): TurnedAway | "answered" | undefined {
    return this.#admission.turnAway(request, flow, isFull || this.#options.full() >= 1);
  }

  /** A request with a To tag that belongs to no dialog of ours. */
  turnsStrayAway(request: SipRequest, flow: Flow): boolean {
    return this.#admission.turnsStrayAway(request, flow);
  }

  feedback(flow: Flow): string {
    if (!this.#isTold(flow)) return "";
    this.counters.told++;
    return this.#feedback.text;
  }

  close(): void {
    this.#monitor.close();
  }

  /** RFC 7339 §5.2, last paragraph: who may know. */
  #isTold(flow: Flow): boolean {
    const { enabled, oc } = this.#settings;
    if (!enabled || oc.tell === "nobody") return false;
    return oc.tell === "everyone" || this.#options.isTrusted(flow);
  }

  #heed(sample: LoadSample): void {
    const before = this.#state;
    const state = this.#settings.enabled ? control(before, sample, this.#settings) : atEase;
    this.#state = state;
    const { counters } = this;
    counters.lagMs = sample.lagMs;
    counters.busy = sample.busy;
    counters.full = sample.full;
    counters.share = state.share;
    if (state.isShedding || before.isShedding) this.#admission.letIn(state.share);
    const loss = state.isShedding ? this.#admission.lossOfAll : 0;
    this.#feedback.measured(sample.at, loss, this.#settings.oc.validityMs);
    if (state.isShedding && !before.isShedding) this.#begin(sample);
    else if (!state.isShedding && before.isShedding) this.#end(sample.at);
  }

  #begin({ at, lagMs, busy, full }: LoadSample): void {
    const { counters } = this;
    counters.active = 1;
    counters.begun++;
    this.#begunAt = at;
    this.#shedBefore = { ...counters.shed };
    this.#options.log("warn", "more to do than this server can: some new requests are answered 503 until it is less", {
      lagMs: Math.round(lagMs),
      busyPercent: Math.round(busy * 100),
      fullPercent: Math.round(full * 100),
    });
    this.#options.onChange?.(true);
  }

  #end(at: number): void {
    const { shed } = this.counters;
    this.counters.active = 0;
    const turnedAway = Object.fromEntries(shedClasses.map((kind) => [kind, shed[kind] - this.#shedBefore[kind]]));
    this.#options.log("info", "all requests are served again", {
      seconds: Math.round((at - this.#begunAt) / 1000),
      turnedAway,
    });
    this.#options.onChange?.(false);
  }
}
