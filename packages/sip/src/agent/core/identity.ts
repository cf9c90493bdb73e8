/** Who we are: address, credentials, the way out, and what registration has found out. RFC 3261 §8.1.1, §10; RFC 3608, 5626, 5627. */

import type { DigestAccount } from "../../auth/digest-session.ts";
import type { RouteSet } from "../../dialog/route-set.ts";
import { bracket } from "../../message/host.ts";
import { nameAddr, parseNameAddr, userOf } from "../../message/name-addr.ts";
import { noParams, withParam } from "../../message/params.ts";
import { isSipUri, sipUri, uriEquals } from "../../message/uri.ts";
import type { NameAddr, Params, Uri } from "../../message/values.ts";
import type { Flow, TransportKind } from "../../transport/contract.ts";
import { toUri } from "./target.ts";

export interface IdentityOptions {
  /** The address of record: `sip:alice@example.com`, or with a display name. */
  readonly address: NameAddr | string;
  /** The user part of Contact. Default: that of the address. */
  readonly contactUser?: string;
  /** Parameters of Contact: feature tags (RFC 3840). */
  readonly contactParams?: Params;
  /** One for every realm, or one for each. */
  readonly account?: DigestAccount | ((realm: string) => DigestAccount | undefined);
  /** The outbound proxy, or several in a row: loose routes that every request outside of dialogs takes. */
  readonly route?: readonly (Uri | string)[];
  /** RFC 5626 §4.1: `urn:uuid:…`, the same for the life of the device. */
  readonly instanceId?: string;
}

interface OwnFlow {
  readonly flow: Flow;
  readonly nextHop: Uri;
  readonly regId: number;
  readonly binding: object;
}

/** Flows that were, which are remembered. */
const MAX_FORMER = 32;

export class LocalIdentity {
  readonly address: NameAddr;
  readonly contactUser: string | undefined;
  readonly contactParams: Params;
  readonly instanceId: string | undefined;
  readonly configuredRoute: RouteSet;
  /** RFC 3608 §6.1: from the last 200 to REGISTER. */
  serviceRoute: RouteSet = [];
  /** RFC 5627 §4.3. */
  publicGruu: Uri | undefined;
  temporaryGruu: Uri | undefined;
  /** RFC 5626 §4.3: flows that registrations keep up, by the next hop that they lead to; the preferred ones first. */
  #flows: readonly OwnFlow[] = [];
  /** Flows that were, by their id: a binding's next flow takes their place (RFC 5626 §4.5). */
  readonly #former = new Map<string, object>();
  /** Whether the registrar knows RFC 5626. */
  isOutbound = false;
  readonly #account: IdentityOptions["account"];

  constructor(options: IdentityOptions) {
    this.address = toNameAddr(options.address);
    this.contactUser = options.contactUser ?? userOf(this.address);
    this.contactParams = options.contactParams ?? noParams;
    this.instanceId = options.instanceId;
    this.#account = options.account;
    this.configuredRoute = (options.route ?? []).map((uri) => looseRoute(toUri(uri)));
  }

  get account(): ((realm: string) => DigestAccount | undefined) | undefined {
    const account = this.#account;
    return typeof account === "object" ? () => account : account;
  }

  /** The route set of a request outside of dialogs. RFC 3608 §6.1: the service route follows the outbound proxy. */
  get route(): RouteSet {
    if (this.serviceRoute.length === 0) return this.configuredRoute;
    return this.configuredRoute.length === 0
      ? this.serviceRoute
      : [...this.configuredRoute.slice(0, 1), ...this.serviceRoute];
  }

  /** RFC 5627: whether a URI is one that the registrar has given us. */
  isGruu(uri: Uri): boolean {
    const { publicGruu, temporaryGruu } = this;
    return [publicGruu, temporaryGruu].some((own) => own !== undefined && uriEquals(own, uri));
  }

  /** The flow that requests with this next hop leave by. */
  flowTo(nextHop: Uri): Flow | undefined {
    return this.#flows.find(({ flow, nextHop: own }) => !flow.closed && uriEquals(own, nextHop))?.flow;
  }

  /** Whether a registration of ours goes by it: then what belongs to it leaves by it, too (RFC 5626 §4.3). */
  owns(flow: Flow): boolean {
    return this.#flows.some(({ flow: own }) => own.id === flow.id);
  }

  /** By which requests of a dialog leave that was made over `flow`: that one, or what has taken its place. */
  flowOf(flow: Flow | undefined): Flow | undefined {
    if (flow === undefined || (!flow.closed && this.owns(flow))) return flow;
    const binding = this.#former.get(flow.id);
    const next = binding === undefined ? undefined : this.#flows.find((one) => one.binding === binding)?.flow;
    return next ?? (flow.closed ? undefined : flow);
  }

  /** @param binding Whose flow it is. */
  addFlow(flow: Flow, nextHop: Uri, regId: number, binding: object): void {
    this.#former.delete(flow.id);
    this.#flows = [...this.#flows, { flow, nextHop, regId, binding }].sort((a, b) => a.regId - b.regId);
  }

  removeFlow(flow: Flow): void {
    for (const { flow: own, binding } of this.#flows) if (own === flow) this.#former.set(flow.id, binding);
    if (this.#former.size > MAX_FORMER) this.#former.delete(this.#former.keys().next().value!);
    this.#flows = this.#flows.filter(({ flow: own }) => own !== flow);
  }

  /**
   * Contact for a request or response that leaves by `flow`. `isSecure`: sips, because the Request-URI or the topmost Record-Route is
   * (§8.1.1.8, §12.1.1).
   */
  contact(flow: Flow, isSecure: boolean): NameAddr {
    // RFC 5627 §4.4: a GRUU where there is one.
    if (this.publicGruu !== undefined) return nameAddr(this.publicGruu, this.contactParams);
    return nameAddr(this.plainContact(flow, isSecure), this.contactParams);
  }

  /** The address of the flow itself. `mayBind`: with the mark that later requests of the dialog are to come by the same flow. */
  plainContact(flow: Flow, isSecure: boolean, mayBind = true): Uri {
    const { host, port } = flow.advertised;
    const uri = sipUri({
      scheme: isSecure ? "sips" : "sip",
      user: this.contactUser,
      host: bracket(host),
      port,
      params: transportParams(flow.kind, isSecure),
    });
    // RFC 5626 §4.3.
    return mayBind && this.isOutbound && this.owns(flow) ? { ...uri, params: withParam(uri.params, "ob") } : uri;
  }
}

// RFC 7118 §5.2 has one word for both kinds of WebSocket. "transport=tls" is deprecated (§26.2.2), yet a sips URI in its place would
// bind every hop to TLS (RFC 5630 §3.1.4).
function transportParams(kind: TransportKind, isSecure: boolean): Params {
  switch (kind) {
    case "udp":
      return noParams;
    case "tls":
      return isSecure ? noParams : withParam(noParams, "transport", "tls");
    case "tcp":
      return isSecure ? noParams : withParam(noParams, "transport", "tcp");
    case "ws":
    case "wss":
      return withParam(noParams, "transport", "ws");
  }
}

function toNameAddr(address: NameAddr | string): NameAddr {
  if (typeof address !== "string") return address;
  const parsed = parseNameAddr(address);
  if (!parsed.ok) throw new TypeError(`not an address: ${JSON.stringify(address)}: ${parsed.error.message}`);
  return parsed.value;
}

function looseRoute(uri: Uri): NameAddr {
  return nameAddr(isSipUri(uri) ? { ...uri, params: withParam(uri.params, "lr") } : uri);
}
