/**
 * Where the torture messages are played: a server with the domains, accounts and addresses that they name, the phones behind
 * it, the name server before it, and the addresses that they are sent from.
 */

import { networkInterfaces } from "node:os";
import { createAccount, openDataFolder } from "@trapezoid/server/store";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { makeTempFolder, type TempFolder } from "../../interop/rig/temp-folder.ts";
import { startTrapezoid, type Trapezoid } from "../../interop/rig/trapezoid.ts";
import { startDnsStub } from "./dns-stub.ts";
import { type Downstream, startDownstream } from "./downstream.ts";
import { openUdpUpstream, type Place, tcpUpstream, type Upstream } from "./upstream.ts";
import type { Suite } from "./verdicts.ts";

export type Transport = "udp" | "tcp";

export const domain = "example.com";

/** Users of example.com among the messages, as URIs write them. Some are no names that a person could be given. */
const users = [
  "user",
  "j.user",
  "joe",
  "UserB",
  "watson",
  "null-%00-null",
  "user;par=u%40example.net",
  "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
];

/** Those of them that have a phone. */
const reachable = [
  "user",
  "joe",
  "UserB",
  "user;par=u%40example.net",
  "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
];

/** Other addresses of the server among the messages: `advertise` makes them its own without a machine that has them. */
const advertised = ["127.0.0.1:5080", "[2001:db8::10]:5060", "[2001:db8::10]:5070", "[2001:db8::192.0.2.1]:5060"];

export const timers = { t1: 20, t2: 80, t4: 80 } as const;
/** RFC 3261 §17, table 4: what ends every transaction that nobody answers or acknowledges. */
export const transactionLifeMs: number = 64 * timers.t1;

export interface TortureHouse extends AsyncDisposable {
  readonly transport: Transport;
  readonly server: Trapezoid;
  readonly downstream: Downstream;
  /** Everything that the server may call itself. */
  readonly addresses: ReadonlySet<string>;
  /** The trusted sender of a suite. */
  upstream(suite: Suite): Upstream;
  /** A sender without trust. */
  readonly stranger: Upstream;
  /** Where a sender reaches the server. */
  placeFor(upstream: Upstream): Place;
  /** Each user has the one contact again, or none, that it began with. */
  restore(): Promise<void>;
}

export async function startTortureHouse(transport: Transport): Promise<TortureHouse> {
  await using started = new AsyncDisposableStack();
  // A net of its own, so that the ports that the messages name are free: sender 2, stranger 3, next hop 9, server 1.
  const net = `127.${random(64, 250)}.${random(1, 250)}`;
  const folder = started.use(await makeTempFolder("torture"));
  await addAccounts(folder);
  const open = async (...addresses: string[]): Promise<Upstream> =>
    started.use(transport === "udp" ? await openUdpUpstream(addresses) : tcpUpstream(addresses[0]!));
  const upstream = await open(`${net}.2`);
  const stranger = await open(`${net}.3`);
  // RFC 5118 is sent over IPv6, where there is one and nobody else has its port 5060.
  const withIpv6 = hasIpv6();
  const upstream6 = withIpv6 ? await open("::1", `${net}.4`) : upstream;
  const dns = started.use(await startDnsStub());
  const trust = [upstream.address, upstream6.address, `${net}.9`];
  const listen = [...(withIpv6 ? ["[::1]"] : []), `${net}.1`].map((host) => `${transport}://${host}:0`);
  const server = started.use(
    await startTrapezoid({
      folder,
      listen: [],
      config: configText(listen, advertisers(transport, net), dns.server, trust),
    }),
  );
  const places = [...server.process.stdout.matchAll(/^listening \w+:\/\/(\S+):(\d+)$/gm)].map(
    ([, address, port]): Place => ({ address: address!.replace(/^\[|\]$/g, ""), port: Number(port) }),
  );
  const placeOf = (address: string): Place => places.find((place) => place.address === address)!;
  const downstream = started.use(await startDownstream(`${net}.9`, transport, placeOf(`${net}.1`)));
  dns.point({ ...downstream.place, transport });
  const restore = async (): Promise<void> => {
    for (const user of users) await downstream.register(user, domain, reachable.includes(user));
  };
  await restore();
  downstream.clear();
  const owned = started.move();
  return {
    transport,
    server,
    downstream,
    addresses: new Set(
      places.map(({ address, port }) => `${address.includes(":") ? `[${address}]` : address}:${port}`),
    ),
    upstream: (suite) => (suite === "rfc5118" ? upstream6 : upstream),
    stranger,
    placeFor: ({ address }) => placeOf(address.includes(":") ? "::1" : `${net}.1`),
    restore,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Listeners that nothing is sent to. Their names make the addresses of the messages the server's own. */
function advertisers(transport: Transport, net: string): { readonly uri: string; readonly advertise: string }[] {
  return advertised.map((advertise, index) => ({ uri: `${transport}://${net}.${100 + index}:0`, advertise }));
}

function configText(listen: readonly string[], more: readonly object[], dns: string, trust: readonly string[]): string {
  const config = { domains: [domain], listen: [...listen, ...more], dns: { servers: [dns] }, trust, timers };
  return `import { defineConfig } from "trapezoid";\nexport default defineConfig(${JSON.stringify(config, undefined, 2)});\n`;
}

/** Straight into the store: the command line takes no names that a header field has to quote. */
async function addAccounts(folder: TempFolder): Promise<void> {
  const data = await openDataFolder(folder.file("data"));
  try {
    for (const escaped of users) {
      const user = decodeURIComponent(escaped);
      const account = createAccount(
        nodeHash,
        { user, domain, address: `${user}@${domain}` },
        "correct-horse",
        Date.now(),
      );
      await data.accounts.add(account);
    }
  } finally {
    data.close();
  }
}

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
}

function random(from: number, to: number): number {
  return from + Math.floor(Math.random() * (to - from));
}
