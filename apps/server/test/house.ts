/** A server in memory for tests: engine, proxy core and transactions on a virtual network, with accounts and bindings as given. */

import { answerChallenges, digestSecrets } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { buildRequest, parseMessage, SipRequest, SipResponse } from "@trapezoid/sip/message";
import type { Target } from "@trapezoid/sip/transport";
import {
  createFakeClock,
  createRandomOctets,
  createVirtualNetwork,
  type FakeClock,
  type VirtualNetwork,
} from "@trapezoid/testkit";
import type { Config } from "../src/config/config.ts";
import { resolveConfig } from "../src/config/index.ts";
import type { Guard, Offence } from "../src/guard/index.ts";
import type { NextHops } from "../src/overload/next-hops.ts";
import type { OverloadControl } from "../src/overload/overload-control.ts";
import type { Account, Binding, LocationIndex } from "../src/store/contract.ts";
import type { DecisionLog } from "../src/worker/decision-log.ts";
import type { Engine } from "../src/worker/engine.ts";
import { openServerInMemory } from "./server-in-memory.ts";

const SERVER = "10.0.0.1";
export const PHONE = "10.0.0.9";
export const ELSEWHERE = "10.0.0.77";
const PASSWORD = "secret";

/** Where a house stands: several may share a network. */
export interface Place {
  readonly clock: FakeClock;
  readonly network: VirtualNetwork;
  readonly server: string;
  readonly phone: string;
  readonly elsewhere: string;
}

export function placeAlone(): Place {
  const clock = createFakeClock();
  return { clock, network: createVirtualNetwork(clock), server: SERVER, phone: PHONE, elsewhere: ELSEWHERE };
}

export interface TestHouse {
  readonly engine: Engine;
  readonly guard: Guard;
  /** Sources that the firewall wants banned. */
  readonly offences: readonly Offence[];
  readonly decisions: DecisionLog;
  /** What reached the callee's phone at 10.0.0.9:5070, or the foreign server at 10.0.0.77:5060. */
  readonly delivered: SipRequest[];
  /** Addresses that the engine passed to the registrar. */
  readonly registered: string[];
  readonly logged: string[];
  /** Peers that the engine has vouched for, by address, as often as it has. */
  readonly vouched: string[];
  readonly overload: OverloadControl;
  readonly nextHops: NextHops;
  /** From now on the server has something to do for this share of its time; 0 at first. */
  load(busy: number): void;
  pass(ms: number): void;
  /** Sends a request from 10.0.0.9:5060 and returns the responses so far; a challenge is answered as `as` would. */
  send(request: TestRequest): SipResponse[];
  configure(config: Config): void;
}

export interface TestRequest {
  readonly method?: string;
  readonly uri: string;
  readonly from?: string;
  readonly to?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string;
  /** Instead of one of its own. */
  readonly callId?: string;
  readonly cseq?: number;
  /** Via values of elements that the request has passed before it comes here. */
  readonly vias?: readonly string[];
  /** Of its own Via. */
  readonly viaParams?: string;
  /** Of a call that the n-th request sent here has begun: its Call-ID, its caller's tag, and a tag of the callee's. */
  readonly inCall?: number;
  /** Answer the challenge with this user name and, when it is not the right one, this password. */
  readonly as?: string;
  readonly password?: string;
}

export function openTestHouse(
  config: Config,
  users: readonly string[],
  bindings: Readonly<Record<string, string>> = {},
  place: Place = placeAlone(),
): TestHouse {
  const { clock, network } = place;
  const random = createRandomOctets(1);
  const server = network.transport({ address: place.server, aliases: ["sip1"] });
  const phone = network.transport({ address: place.phone });
  const foreign = network.transport({ address: place.elsewhere });
  server.listenNow("udp", 5060);
  phone.listenNow("udp", 5060);
  phone.listenNow("udp", 5070);
  foreign.listenNow("udp", 5060);
  const host = { hostName: "sip1", addresses: [place.server], dataFolder: "/nowhere", configFolder: "/nowhere" };
  const overrides = { domains: [], listen: [], trust: [], http: undefined };
  const resolve = (given: Config) => resolveConfig({ domains: ["example.com"], ...given }, overrides, host);

  const accounts = new Map(users.map((user) => [`${user}@example.com`, accountOf(user)]));
  const location: LocationIndex = {
    lookup: (aor) => (bindings[aor] === undefined ? [] : [bindingOf(aor, bindings[aor])]),
    account: (address) => accounts.get(address),
    evenOut() {},
    close() {},
  };
  const logged: string[] = [];
  let idleMs = 0;
  let countedAt = clock.now();
  let busy = 0;
  const countIdle = (): number => {
    idleMs += (clock.now() - countedAt) * (1 - busy);
    countedAt = clock.now();
    return idleMs;
  };
  const offences: Offence[] = [];
  const registered: string[] = [];
  const { engine, guard, overload, nextHops, decisions, proxy, configure } = openServerInMemory({
    config: resolve(config),
    clock,
    transport: server,
    location,
    locate: (uri) => [targetOf(uri.host, uri.port)],
    random,
    register: (transaction, address) => {
      registered.push(address);
      proxy.reply(transaction, 200);
    },
    idleMs: countIdle,
    log: (_level, message) => logged.push(message),
    onOffence: (offence) => offences.push(offence),
  });
  const vouched: string[] = [];
  const handler = server.handler!;
  server.handler = {
    ...handler,
    onMessage(text, flow) {
      const vouch = (): void => void vouched.push(flow.remote.address);
      handler.onMessage(text, Object.assign(flow, { vouch }));
    },
  };

  const delivered: SipRequest[] = [];
  const deliver = (text: string): void => {
    const parsed = parseMessage(text);
    if (parsed.ok && parsed.value instanceof SipRequest) delivered.push(parsed.value);
  };
  foreign.handler = { onMessage: deliver };
  let responses: SipResponse[] = [];
  phone.handler = {
    onMessage(text) {
      const parsed = parseMessage(text);
      if (parsed.ok && parsed.value instanceof SipResponse) responses.push(parsed.value);
      else deliver(text);
    },
  };
  let sequence = 0;

  const transmit = (request: TestRequest, extra: readonly (readonly [string, string])[]): SipResponse[] => {
    responses = [];
    sequence++;
    const method = request.method ?? "INVITE";
    const call = request.inCall ?? sequence;
    const from = request.from ?? `sip:${request.as ?? "alice"}@example.com`;
    const text = buildRequest({
      method,
      uri: request.uri,
      headers: [
        ["Via", `SIP/2.0/UDP ${place.phone}:5060;branch=z9hG4bK-${sequence}${request.viaParams ?? ""}`],
        ...(request.vias ?? []).map((via) => ["Via", via] as const),
        ["Max-Forwards", "70"],
        ["From", `<${from}>;tag=a${call}`],
        ["To", `<${request.to ?? request.uri}>${request.inCall === undefined ? "" : ";tag=b"}`],
        ["Call-ID", request.callId ?? `call-${call}`],
        ["CSeq", `${request.cseq ?? sequence} ${method}`],
        ["Contact", `<sip:alice@${place.phone}:5060>`],
        ...(request.headers ?? []),
        ...extra,
      ],
      body: request.body,
    });
    phone.udpFlow({ address: place.server, port: 5060 }).send(text);
    clock.advance(20);
    return responses;
  };

  return {
    engine,
    guard,
    offences,
    decisions,
    delivered,
    registered,
    logged,
    vouched,
    overload,
    nextHops,
    load(share) {
      countIdle();
      busy = share;
    },
    pass: (ms) => clock.advance(ms),
    send(request) {
      const first = transmit(request, []);
      const challenge = first.find((response) => response.status === 401 || response.status === 407);
      if (challenge === undefined || request.as === undefined) return first;
      const answer = answerChallenges({
        hash: nodeHash,
        response: challenge,
        account: { user: request.as, password: request.password ?? PASSWORD },
        method: request.method ?? "INVITE",
        uri: request.uri,
      });
      if (!answer.ok) throw new TypeError(`the challenge cannot be answered: ${answer.reason}`);
      return transmit(request, answer.headers);
    },
    configure: (given) => configure(resolve(given)),
  };
}

function targetOf(host: string, port: number | undefined): Target {
  // Every foreign name of these tests lives in one place.
  const address = /^\d/.test(host) ? host : ELSEWHERE;
  return { kind: "udp", address, port: port ?? 5060 };
}

function accountOf(user: string): Account {
  return {
    address: `${user}@example.com`,
    user,
    domain: "example.com",
    secrets: digestSecrets(nodeHash, user, "example.com", PASSWORD),
    addressSecrets: digestSecrets(nodeHash, `${user}@example.com`, "example.com", PASSWORD),
    createdAt: 0,
  };
}

function bindingOf(aor: string, contact: string): Binding {
  return {
    aor,
    contact,
    params: "",
    q: 1000,
    expiresAt: Number.MAX_SAFE_INTEGER,
    callId: "registration",
    cseq: 1,
    path: [],
    flowId: "u",
    source: "udp 10.0.0.9:5070",
    userAgent: undefined,
    instance: undefined,
    regId: undefined,
    updatedAt: 0,
  };
}
