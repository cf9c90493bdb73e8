/** Runs the route of a configuration in a unit test: no server, no network, no clock. */

import { parseMessage, parseNameAddr, parseUri, SipRequest } from "@trapezoid/sip/message";
import type { Config } from "../config/config.ts";
import { defaultPrimaryDomain } from "../config/defaults.ts";
import { defaultPlan } from "./default-plan.ts";
import type { Plan } from "./plan.ts";
import { createPlanner } from "./planner.ts";
import {
  type RouteAddress,
  type RouteRequest,
  type RouteSource,
  routeAddressOf,
  routeRequestOf,
} from "./route-request.ts";
import { type RouteUri, routeUriOf } from "./route-uri.ts";
import { runRoute } from "./run-route.ts";

/** A request as a test writes it. Users may be short: `"alice"` is `sip:alice@` the primary domain. */
export interface TestRequest {
  /** Default INVITE. */
  readonly method?: string;
  /** The Request-URI; default: `to`. */
  readonly uri?: string;
  /** Default: `uri`. One of the two must be there. */
  readonly to?: string;
  /** Default: `caller`, else `sip:anonymous@anonymous.invalid`. */
  readonly from?: string;
  /** The authenticated account. */
  readonly caller?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Default 192.0.2.1:5060 over UDP, not trusted. */
  readonly source?: Partial<RouteSource>;
  /** Default 1 January 2025, 12:00 UTC. */
  readonly at?: Date | number | string;
}

const defaultAt = Date.UTC(2025, 0, 1, 12);
const defaultSource: RouteSource = { address: "192.0.2.1", port: 5060, transport: "udp", trusted: false };

/**
 * The plan that `config.route` decides for `request`: a small object, or the raw text of a SIP request. Throws what the route
 * throws, and a TypeError when it returns no plan.
 */
export function testRoute(config: Config, request: TestRequest | string): Plan {
  const domains = (config.domains ?? []).map((domain) =>
    (typeof domain === "string" ? domain : domain.name).toLowerCase(),
  );
  const primary = domains[0] ?? defaultPrimaryDomain;
  const planner = createPlanner({ domain: primary, trunks: Object.keys(config.trunks ?? {}) });
  const asked = typeof request === "string" ? fromText(request) : fromParts(request, primary);
  const own = new Set([primary, ...domains, "localhost", "127.0.0.1", "::1"]);
  const result = runRoute(config.route, asked, planner, () =>
    defaultPlan(asked, planner, { local: own.has(asked.uri.host), mode: config.mode ?? "proxy" }),
  );
  if (result.ok) return result.value;
  throw result.error.cause ?? new TypeError(result.error.message);
}

function fromText(text: string): RouteRequest {
  const parsed = parseMessage(text.replace(/\r?\n/g, "\r\n"));
  if (!parsed.ok) throw new TypeError(`testRoute: not a SIP message: ${parsed.error.message}`);
  if (!(parsed.value instanceof SipRequest)) throw new TypeError("testRoute: expected a request, found a response");
  const { address, port } = defaultSource;
  return routeRequestOf(parsed.value, { kind: "udp", remote: { address, port } }, { at: defaultAt });
}

function fromParts(request: TestRequest, domain: string): RouteRequest {
  const to = request.to ?? request.uri;
  if (to === undefined) throw new TypeError("testRoute: expected uri or to, found neither");
  const headers = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    headers.set(name.toLowerCase(), typeof value === "string" ? [value] : value);
  }
  const caller = request.caller === undefined ? undefined : uriOf(request.caller, domain).address;
  const from = request.from ?? request.caller ?? "sip:anonymous@anonymous.invalid";
  return {
    method: request.method ?? "INVITE",
    uri: uriOf(request.uri ?? to, domain),
    from: addressOf(from, domain),
    to: addressOf(to, domain),
    header: (name) => headers.get(name.toLowerCase())?.[0],
    headers: (name) => headers.get(name.toLowerCase()) ?? [],
    source: { ...defaultSource, ...request.source },
    caller: caller === undefined ? undefined : { address: caller },
    at: new Date(request.at ?? defaultAt),
  };
}

/** `"alice"`, `"alice@example.com"`, `"sip:alice@example.com"` or `"\"Alice\" <sip:alice@example.com>"`. */
function whole(text: string, domain: string): string {
  if (text.includes("<") || /^[a-z][a-z0-9+.-]*:/i.test(text)) return text;
  return text.includes("@") ? `sip:${text}` : `sip:${text}@${domain}`;
}

function uriOf(text: string, domain: string): RouteUri {
  if (text.includes("<")) return addressOf(text, domain);
  const uri = whole(text, domain);
  const parsed = parseUri(uri);
  if (!parsed.ok) throw new TypeError(`testRoute: expected a URI, found "${text}": ${parsed.error.message}`);
  return routeUriOf(parsed.value, uri);
}

function addressOf(text: string, domain: string): RouteAddress {
  const parsed = parseNameAddr(whole(text, domain));
  if (!parsed.ok) throw new TypeError(`testRoute: expected an address, found "${text}": ${parsed.error.message}`);
  return routeAddressOf(parsed.value);
}
