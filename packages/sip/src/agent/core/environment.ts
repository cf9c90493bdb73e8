/** What every part of a user agent works with. */

import type { TimerWheel } from "@trapezoid/base";
import type { Hash } from "../../auth/hash.ts";
import type { DialogTable } from "../../dialog/dialog-table.ts";
import type { DatagramOnly } from "../../locate/datagram-only.ts";
import type { HeaderLine } from "../../message/build.ts";
import { UserAgent } from "../../message/fields/info.ts";
import type { TransactionLayer } from "../../transaction/contract.ts";
import type { Flow, Transport } from "../../transport/contract.ts";
import type { AgentCounters, AgentLimits, SessionTimerSettings, UserAgentOptions } from "../contract.ts";
import type { KeepAliveAnswers } from "../registration/keep-alive-answers.ts";
import type { DigestPaths } from "./digest-paths.ts";
import type { Turns } from "./turns.ts";

export interface Environment {
  readonly transport: Transport;
  readonly locator: UserAgentOptions["locator"];
  readonly wheel: TimerWheel;
  readonly transactions: TransactionLayer;
  readonly hash: Hash;
  readonly dialogs: DialogTable;
  readonly counters: AgentCounters;
  readonly limits: AgentLimits;
  readonly sessionTimer: SessionTimerSettings;
  readonly reliableProvisional: "off" | "supported" | "required";
  /** RFC 4916. */
  readonly connectedIdentity: boolean;
  readonly datagramOnly: DatagramOnly;
  readonly digests: DigestPaths;
  readonly capabilities: Capabilities;
  readonly keepAlives: KeepAliveAnswers;
  /** RFC 3428 §8: of messages to one address, or in one dialog, each waits for the answer to the one before. */
  readonly messageTurns: Turns;
  isTrusted(flow: Flow): boolean;
  /** A handler threw, or its promise was rejected. */
  onError(error: unknown): void;
}

/** What we say of ourselves. RFC 3261 §20.1, §20.5, §20.37. */
export class Capabilities {
  /** Methods, of Allow. */
  readonly methods: readonly string[];
  /** Those that the owner takes by name. */
  readonly extraMethods: readonly string[];
  /** Option tags, of Supported. */
  readonly options: readonly string[];
  /** Types, of Accept. */
  readonly types: readonly string[];
  /** Event packages that others may subscribe to. */
  readonly eventPackages: readonly string[];
  readonly allow: string;
  readonly supported: string;
  readonly accept: string;
  readonly product: string;

  constructor(
    parts: Pick<Capabilities, "methods" | "extraMethods" | "options" | "types" | "eventPackages" | "product">,
  ) {
    this.methods = parts.methods;
    this.extraMethods = parts.extraMethods;
    this.options = parts.options;
    this.types = parts.types;
    this.eventPackages = parts.eventPackages;
    this.allow = parts.methods.join(", ");
    this.supported = parts.options.join(", ");
    this.accept = parts.types.join(", ");
    this.product = UserAgent.format(parts.product);
  }

  /** The value of Accept in OPTIONS and its answer: sipfrag is what NOTIFY of a REFER brings (RFC 3515 §2.4.5). */
  get acceptedTypes(): string {
    return [...new Set([...this.types, "message/sipfrag"])].join(", ");
  }

  /** §11.2: what the answer to OPTIONS says beside Allow and Supported. */
  acceptLines(): HeaderLine[] {
    return [
      ["Accept", this.acceptedTypes],
      ["Accept-Encoding", "identity"],
      ["Accept-Language", "en"],
    ];
  }

  /** RFC 6665 §4.4.4: in what makes a dialog, and in the answer to OPTIONS. */
  eventLine(): HeaderLine[] {
    return this.eventPackages.length === 0 ? [] : [["Allow-Events", this.eventPackages.join(", ")]];
  }

  /** §20.41, §20.35. */
  productLine(name: "User-Agent" | "Server"): HeaderLine[] {
    return this.product === "" ? [] : [[name, this.product]];
  }
}
