/** What a route is given of a request: read when asked for, so that a route that looks at the user alone costs little. */

import { formatUri, type NameAddr, type SipRequest, type Uri } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import { type RouteUri, routeUriOf } from "./route-uri.ts";

export interface RouteRequest {
  readonly method: string;
  /** The Request-URI. */
  readonly uri: RouteUri;
  readonly from: RouteAddress;
  readonly to: RouteAddress;
  /** The first value of a header field, in any case or form of its name. */
  header(name: string): string | undefined;
  headers(name: string): readonly string[];
  readonly source: RouteSource;
  /** Who proved an account of this server. */
  readonly caller: RouteCaller | undefined;
  /** When it came. Ask this, not the clock: the same request then gives the same plan in a test. */
  readonly at: Date;
}

export interface RouteAddress extends RouteUri {
  readonly displayName: string | undefined;
}

export interface RouteSource {
  readonly address: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls" | "ws" | "wss";
  /** It is in the `trust` list. */
  readonly trusted: boolean;
}

export interface RouteCaller {
  /** `alice@example.com`. */
  readonly address: string;
}

export interface RouteRequestOptions {
  /** The address of the authenticated account. */
  readonly caller?: string | undefined;
  readonly trusted?: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The Request-URI after §16.4, when Route processing changed it. */
  readonly requestUri?: { readonly uri: Uri; readonly text: string } | undefined;
}

/** A checked request (§16.3) as its route sees it. */
export function routeRequestOf(
  request: SipRequest,
  flow: Pick<Flow, "kind" | "remote">,
  options: RouteRequestOptions,
): RouteRequest {
  return new LazyRouteRequest(request, flow, options);
}

class LazyRouteRequest implements RouteRequest {
  readonly #request: SipRequest;
  readonly #flow: Pick<Flow, "kind" | "remote">;
  readonly #options: RouteRequestOptions;
  #uri: RouteUri | undefined;
  #from: RouteAddress | undefined;
  #to: RouteAddress | undefined;

  constructor(request: SipRequest, flow: Pick<Flow, "kind" | "remote">, options: RouteRequestOptions) {
    this.#request = request;
    this.#flow = flow;
    this.#options = options;
  }

  get method(): string {
    return this.#request.method;
  }

  get uri(): RouteUri {
    const changed = this.#options.requestUri;
    this.#uri ??=
      changed === undefined
        ? routeUriOf(this.#request.uri, this.#request.requestUri)
        : routeUriOf(changed.uri, changed.text);
    return this.#uri;
  }

  get from(): RouteAddress {
    this.#from ??= routeAddressOf(this.#request.from);
    return this.#from;
  }

  get to(): RouteAddress {
    this.#to ??= routeAddressOf(this.#request.to);
    return this.#to;
  }

  header(name: string): string | undefined {
    return this.#request.header(name);
  }

  headers(name: string): readonly string[] {
    return this.#request.headers(name);
  }

  get source(): RouteSource {
    const { kind, remote } = this.#flow;
    return {
      address: remote.address,
      port: remote.port,
      transport: kind,
      trusted: this.#options.trusted ?? false,
    };
  }

  get caller(): RouteCaller | undefined {
    const address = this.#options.caller;
    return address === undefined ? undefined : { address };
  }

  get at(): Date {
    return new Date(this.#options.at);
  }
}

/** A From or To value as a route sees it. */
export function routeAddressOf(value: NameAddr | undefined): RouteAddress {
  const uri = routeUriOf(value?.uri, value === undefined ? "" : formatUri(value.uri));
  return Object.assign(uri, { displayName: value?.displayName });
}
