/** The whole logic of the server in memory: guard, authentication, registrar, routes, overload control, proxy core. */

import { digestSecrets } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { getParam, isIpAddress, type SipUri, unbracket } from "@trapezoid/sip/message";
import type { Target } from "@trapezoid/sip/transport";
import { createFakeClock, createRandomOctets, createVirtualNetwork } from "@trapezoid/testkit";
import type { Config } from "../../apps/server/src/config/config.ts";
import { resolveConfig } from "../../apps/server/src/config/index.ts";
import type { ResolvedConfig } from "../../apps/server/src/config/types.ts";
import { readFlowId } from "../../apps/server/src/registrar/index.ts";
import type { Account, Binding, LocationIndex } from "../../apps/server/src/store/contract.ts";
import { createMemoryBindingStore } from "../../apps/server/src/store/memory/memory-binding-store.ts";
import { openServerInMemory } from "../../apps/server/test/server-in-memory.ts";
import { LawBroken } from "../laws/law.ts";
import type { Product } from "../product.ts";
import { calleeAddress, callerAddress, peerAddress, serverAddress, type World, type WorldMaker } from "./world.ts";

const domain = "example.com";
export const password = "secret";

/** Reads all that a route may read. */
const route: NonNullable<Config["route"]> = (request, plan) => {
  const { user = "", host } = request.uri;
  const words = [request.from.displayName, request.to.user, request.header("Subject"), request.source.address, host];
  if (words.includes("nobody")) return plan.reject(404, { reason: "nobody" });
  if (user.startsWith("+")) return plan.trunk("acme", { reason: "a number" });
  switch (user) {
    case "one":
      return plan.registered("alice", {
        ringMs: 5_000,
        otherwise: plan.reject(486, { reason: "no answer" }),
        reason: "one",
      });
    case "three":
      return plan.fork([`sip:${peerAddress(0)}`, `sip:${peerAddress(1)}`, "sip:bob@example.com"], { reason: "three" });
    case "moved":
      return plan.redirect([request.uri], { reason: "moved" });
    case "stateless":
      return plan.stateless(`sip:x@${peerAddress(1)}`, { reason: "stateless" });
    default:
      return undefined;
  }
};

/** The houses that a scenario may be played in. */
const configs: Readonly<Record<string, Config>> = {
  plain: { firewall: false },
  guarded: {},
  routed: { firewall: false, trunks: { acme: { target: `sip:${peerAddress(2)}` } }, route },
  redirecting: { firewall: false, mode: "redirect" },
  open: { firewall: false, domains: [{ name: domain, inbound: "anyone" }] },
};

const accounts = new Map(["alice", "bob", "callee"].map((user) => [`${user}@${domain}`, accountOf(user)]));
const resolved = new Map<string, ResolvedConfig>();

function configNamed(name: string): ResolvedConfig {
  let config = resolved.get(name);
  if (config === undefined) {
    const host = { hostName: "sip1", addresses: [serverAddress], dataFolder: "/nowhere", configFolder: "/nowhere" };
    const overrides = { domains: [], listen: [], trust: [callerAddress, peerAddress(3)], http: undefined };
    config = resolveConfig({ domains: [domain], ...configs[name] }, overrides, host);
    resolved.set(name, config);
  }
  return config;
}

export function houseWorlds(product: Product): WorldMaker {
  return {
    scenery: {
      houses: ["plain", "plain", "guarded", "routed", "redirecting", "open"],
      registrar: `sip:${domain}`,
      uris: [
        ...["alice", "bob", "callee", "nobody", "one", "three", "moved", "stateless"].map(
          (user) => `sip:${user}@${domain}`,
        ),
        `sip:${domain}`,
        `sip:${domain}`,
        `sip:${serverAddress}`,
        `sip:alice@${serverAddress}:5060`,
        `sips:alice@${domain}`,
        `sip:%61lice@${domain}`,
        "sip:carol@far.example",
        `sip:x@${peerAddress(1)};transport=tcp`,
        "tel:+4930123",
        `sip:+4930123@${domain};user=phone`,
      ],
      from: [
        `sip:alice@${domain}`,
        `sip:alice@${domain}`,
        `sip:bob@${domain}`,
        "sip:x@far.example",
        "sip:anonymous@anonymous.invalid",
      ],
      lines: [
        "Contact: *",
        "Expires: 0",
        "Expires: 60",
        `Contact: <sip:alice@${peerAddress(0)}>;q=0.5;expires=100, <sip:alice@${peerAddress(1)};transport=tcp>;expires=0`,
        'Contact: <sip:alice@x.invalid;transport=ws;ob>;+sip.instance="<urn:uuid:1>";reg-id=1',
        "Supported: path, outbound, gruu",
        "Require: outbound",
        `Path: <sip:${peerAddress(2)};lr;ob>`,
        `Route: <sip:${serverAddress};lr>`,
        `Route: <sip:${peerAddress(1)};lr>`,
        "Proxy-Require: foo",
        "Max-Breadth: 1",
        "User-Agent: friendly-scanner",
        "Subject: nobody",
        "P-Asserted-Identity: <sip:alice@example.com>",
        `X-Long: ${"x".repeat(1400)}`,
      ],
      methods: [
        "REGISTER",
        "REGISTER",
        "REGISTER",
        "OPTIONS",
        "MESSAGE",
        "BYE",
        "ACK",
        "CANCEL",
        "SUBSCRIBE",
        "PUBLISH",
        "REFER",
        "FOO",
      ],
    },
    open: (house = "plain") => openWorld(product, configNamed(house)),
  };
}

function openWorld(product: Product, config: ResolvedConfig): World {
  const clock = createFakeClock();
  const network = createVirtualNetwork(clock);
  const transport = network.transport({ address: serverAddress, aliases: ["sip1"] });
  transport.listenNow("udp", 5060);
  transport.listenNow("tcp", 5060);
  const errors: unknown[] = [];
  const bindings = createMemoryBindingStore(clock);
  const callee = bindingOf();
  const location: LocationIndex = {
    lookup: (aor) => (aor === callee.aor ? [callee] : bindings.lookup(aor)),
    account: (address) => accounts.get(address),
    evenOut() {},
    close() {},
  };
  const house = openServerInMemory({
    config,
    clock,
    transport,
    location,
    bindings,
    locate,
    locateSentBy: async ({ transport: named, host, port = 5060 }) => {
      const address = unbracket(host);
      const kind = named === "TCP" ? "tcp" : "udp";
      return isIpAddress(address) ? [{ kind, address, port }] : [];
    },
    random: createRandomOctets(1),
    flowOf: (remembered) => {
      const { flowId, orLocated } = readFlowId(remembered);
      if (flowId === "") return undefined;
      return transport.flowById(flowId) ?? (orLocated || flowId.startsWith("u") ? undefined : null);
    },
    log: (level, message) => {
      if (level === "error") errors.push(new LawBroken("nothing is logged as an error", message));
    },
    onError: (error) => errors.push(error),
    createTransactionLayer: product.createTransactionLayer,
    createProxy: product.createProxy,
  });
  const { transactions, proxy, wheel, engine, guard, overload, nextHops, authenticator, registrar } = house;
  return {
    clock,
    network,
    server: transport,
    layer: transactions,
    errors,
    // A redirect server sends nobody on.
    calleeUri: config.mode === "redirect" ? undefined : `sip:callee@${domain}`,
    optionsUri: `sip:${serverAddress}`,
    password,
    held: () => ({
      "server transactions": transactions.counters.serverTransactions,
      "client transactions": transactions.counters.clientTransactions,
      contexts: proxy.counters.contexts,
      timers: wheel.size,
      packets: network.inFlight,
    }),
    configure: (name) => house.configure(configNamed(name)),
    close() {
      overload.close();
      transactions.close();
      proxy.close();
    },
    counters: () => ({
      transactions: transactions.counters,
      proxy: proxy.counters,
      transport: transport.counters,
      engine: engine.counters,
      guard: guard.counters,
      nextHops: nextHops.counters,
      authentication: authenticator.counters,
      registrar: registrar!.counters,
      shed: overload.counters.shed,
    }),
  };
}

function locate(uri: SipUri): readonly Target[] | Promise<readonly Target[]> {
  const host = unbracket(getParam(uri.params, "maddr") ?? uri.host);
  if (host === "far.example") return Promise.resolve([{ kind: "udp", address: peerAddress(1), port: 5060 }]);
  if (!isIpAddress(host)) return [];
  const kind =
    uri.scheme === "sips" ? "tls" : getParam(uri.params, "transport")?.toLowerCase() === "tcp" ? "tcp" : "udp";
  return [{ kind, address: host, port: uri.port ?? (kind === "tls" ? 5061 : 5060) }];
}

function accountOf(user: string): Account {
  const address = `${user}@${domain}`;
  return {
    address,
    user,
    domain,
    secrets: digestSecrets(nodeHash, user, domain, password),
    addressSecrets: digestSecrets(nodeHash, address, domain, password),
    createdAt: 0,
  };
}

/** The phone of the call that must succeed, registered for good. */
function bindingOf(): Binding {
  return {
    aor: `callee@${domain}`,
    contact: `sip:callee@${calleeAddress}:5060`,
    params: "",
    q: 1000,
    expiresAt: Number.MAX_SAFE_INTEGER,
    callId: "registration",
    cseq: 1,
    path: [],
    flowId: "",
    source: `udp ${calleeAddress}:5060`,
    userAgent: undefined,
    instance: undefined,
    regId: undefined,
    updatedAt: 0,
  };
}
