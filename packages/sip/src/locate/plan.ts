/** From a query to the places that DNS names for it, before chance and failures order them. RFC 3263 §4.1 and §4.2. */

import type { Target, TransportKind } from "../transport/contract.ts";
import type { DnsRecords, DnsType, SrvRecord } from "./contract.ts";
import type { CachedAnswer } from "./dns-cache.ts";
import { dnsFailed, noAddresses, noRecords, serviceDeclined } from "./errors.ts";
import { defaultKind, type Query } from "./query.ts";
import { kindOfNaptr, services } from "./service.ts";

/** One server: its addresses in order. */
export interface Candidate {
  readonly name: string;
  readonly weight: number;
  readonly targets: readonly Target[];
}

export interface Plan {
  /** Tried one after the other; within a group the weights decide. */
  readonly groups: readonly (readonly Candidate[])[];
  readonly expiresAt: number;
  /** Some question was left unanswered: what is here may not be what the domain wants. */
  readonly incomplete: boolean;
  /** Why there are no groups. */
  readonly error: Error | undefined;
}

export interface PlanOptions {
  readonly ask: <K extends DnsType>(type: K, name: string) => Promise<CachedAnswer<DnsRecords[K]>>;
  /** What we can send by, the preferred one first. */
  readonly transports: readonly TransportKind[];
  readonly families: readonly (4 | 6)[];
  /** More records of one answer than this are not looked at. */
  readonly maxRecords: number;
}

interface NamedService {
  readonly kind: TransportKind;
  /** Where its SRV records are. */
  readonly name: string;
}

/** Never rejects. Not for numeric hosts, which need no plan. */
export async function makePlan(query: Query, options: PlanOptions): Promise<Plan> {
  const planner = new Planner(query, options);
  const groups = await planner.run();
  const incomplete = planner.failure !== undefined;
  const error = groups.length > 0 ? undefined : planner.error();
  return { groups, expiresAt: planner.expiresAt, incomplete, error };
}

class Planner {
  readonly #query: Query;
  readonly #options: PlanOptions;
  readonly #asked: string[] = [];
  readonly #withoutAddress: string[] = [];
  #declined = false;
  expiresAt = Number.POSITIVE_INFINITY;
  failure: { readonly question: string; readonly cause: unknown } | undefined = undefined;

  constructor(query: Query, options: PlanOptions) {
    this.#query = query;
    this.#options = options;
  }

  async run(): Promise<(readonly Candidate[])[]> {
    const { kind, host, port } = this.#query;
    // RFC 3263 §4.2: with a port, address records only.
    if (port !== undefined) return this.#addressGroup(kind!, port);
    // RFC 6761 §6.3: localhost is this host, and no name server's business.
    if (isLocalhost(host)) return this.#addressGroup(kind ?? this.#defaultKind(), undefined);
    const named = kind === undefined ? await this.#naptr() : [{ kind, name: `${services[kind].srv}.${host}` }];
    const groups = await this.#srv(named.length > 0 ? named : this.#allServices());
    if (groups !== undefined) return groups;
    // RFC 3263 §4.2: no SRV records: the addresses of the name itself, at the default port.
    return this.#addressGroup(kind ?? named[0]?.kind ?? this.#defaultKind(), undefined);
  }

  error(): Error {
    const { host } = this.#query;
    if (this.failure !== undefined) {
      const { question, cause } = this.failure;
      return dnsFailed.from(cause, host, question, reasonOf(cause));
    }
    if (this.#withoutAddress.length > 0) return noAddresses(host, this.#withoutAddress);
    return this.#declined ? serviceDeclined(host) : noRecords(host, this.#asked);
  }

  /** RFC 3263 §4.1: the services that the domain prefers and we support, best first; empty when it names none. */
  async #naptr(): Promise<NamedService[]> {
    const { secure, host } = this.#query;
    const usable: { order: number; preference: number; rank: number; kind: TransportKind; name: string }[] = [];
    for (const record of await this.#ask("naptr", host)) {
      const kind = kindOfNaptr(record.service);
      const name = record.replacement.toLowerCase().replace(/\.$/, "");
      if (kind === undefined || record.flags.toLowerCase() !== "s" || record.regexp !== "" || name === "") continue;
      const rank = this.#options.transports.indexOf(kind);
      // RFC 3263 §4.1: SIPS keeps to services with TLS; SIP takes them too.
      if (rank === -1 || (secure && !services[kind].secure)) continue;
      usable.push({ order: record.order, preference: record.preference, rank, kind, name });
    }
    usable.sort(
      (a, b) => a.order - b.order || a.preference - b.preference || a.rank - b.rank || (a.name < b.name ? -1 : 1),
    );
    // RFC 3403 §4.1 (ORDER): once a record fits, those of a higher order are out: no way down from TLS to UDP.
    return usable.filter((record) => record.order === usable[0]!.order);
  }

  /** RFC 3263 §4.1: without NAPTR records, every transport that we support, by our preference; `_sip` for SIP, `_sips` for SIPS. */
  #allServices(): NamedService[] {
    const { secure, host } = this.#query;
    const { transports } = this.#options;
    const fitting = transports.filter((kind) => services[kind].secure === secure);
    // §4.2: whoever has nothing but TLS asks for `_sips`, whatever the scheme.
    return (fitting.length > 0 ? fitting : transports).map((kind) => ({ kind, name: `${services[kind].srv}.${host}` }));
  }

  /** The groups of all SRV records of these services; `undefined` when there are none at all. */
  async #srv(named: readonly NamedService[]): Promise<(readonly Candidate[])[] | undefined> {
    const answers = await Promise.all(named.map(({ name }) => this.#ask("srv", name)));
    const sets = await Promise.all(named.map(({ kind }, at) => this.#srvGroups(kind, answers[at]!)));
    return answers.some((records) => records.length > 0) ? sets.flat() : undefined;
  }

  async #srvGroups(kind: TransportKind, records: readonly SrvRecord[]): Promise<(readonly Candidate[])[]> {
    const offered = records.filter((record) => record.target !== "." && record.target !== "");
    // RFC 2782: the target "." says that the service is not there.
    if (offered.length < records.length) this.#declined = true;
    // In a fixed order, so that a stateless proxy draws alike whatever the order in the answer (RFC 3263 §4.4).
    const sorted = offered
      .map((record) => ({ ...record, name: record.target.toLowerCase().replace(/\.$/, "") }))
      .sort((a, b) => a.priority - b.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.port - b.port))
      .slice(0, this.#options.maxRecords);
    const found = await Promise.all(sorted.map((record) => this.#targets(record.name, kind, record.port)));
    const groups = new Map<number, Candidate[]>();
    for (const [at, { name, priority, weight }] of sorted.entries()) {
      const targets = found[at]!;
      if (targets.length === 0) this.#withoutAddress.push(name);
      else groups.set(priority, [...(groups.get(priority) ?? []), { name, weight, targets }]);
    }
    return [...groups.values()];
  }

  async #addressGroup(kind: TransportKind, port: number | undefined): Promise<(readonly Candidate[])[]> {
    const { host } = this.#query;
    const targets = await this.#targets(host, kind, port ?? services[kind].defaultPort);
    return targets.length === 0 ? [] : [[{ name: host, weight: 0, targets }]];
  }

  /** RFC 7984 §3.1: the addresses of every family that we have, the preferred family first. */
  async #targets(name: string, kind: TransportKind, port: number): Promise<Target[]> {
    const { families, maxRecords } = this.#options;
    const answers = await Promise.all(families.map((family) => this.#addresses(name, family)));
    const secure = services[kind].secure;
    return answers.flatMap((addresses) =>
      addresses
        .slice(0, maxRecords)
        .map(
          (address): Target =>
            secure ? { kind, address, port, serverName: this.#query.serverName } : { kind, address, port },
        ),
    );
  }

  async #addresses(name: string, family: 4 | 6): Promise<readonly string[]> {
    if (isLocalhost(name)) return family === 4 ? ["127.0.0.1"] : ["::1"];
    return this.#ask(family === 4 ? "a" : "aaaa", name);
  }

  async #ask<K extends DnsType>(type: K, name: string): Promise<readonly DnsRecords[K][]> {
    const question = `${type.toUpperCase()} ${name}`;
    this.#asked.push(question);
    const { records, expiresAt, failure } = await this.#options.ask(type, name);
    this.expiresAt = Math.min(this.expiresAt, expiresAt);
    if (failure !== undefined) this.failure ??= { question, cause: failure };
    return records;
  }

  #defaultKind(): TransportKind {
    return defaultKind(this.#query.secure, this.#options.transports)!;
  }
}

function isLocalhost(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Error) return "code" in cause && typeof cause.code === "string" ? cause.code : cause.message;
  return String(cause);
}
