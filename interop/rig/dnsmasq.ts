/** dnsmasq: a real DNS server on loopback, for NAPTR, SRV and A records of our own. */

import { PeerProcess } from "./peer-process.ts";

export interface SrvRecord {
  /** `_sip._udp.example.test`. */
  readonly name: string;
  readonly target: string;
  readonly port: number;
  readonly priority?: number;
  readonly weight?: number;
}

export interface NaptrRecord {
  readonly name: string;
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly replacement: string;
}

export interface DnsRecords {
  readonly a?: Readonly<Record<string, string>>;
  readonly srv?: readonly SrvRecord[];
  readonly naptr?: readonly NaptrRecord[];
}

export interface DnsmasqOptions extends DnsRecords {
  readonly port: number;
  readonly address?: string;
}

export interface Dnsmasq extends AsyncDisposable {
  readonly process: PeerProcess;
  /** `127.0.0.1:5353`, as resolvers want it. */
  readonly server: string;
  /** The names asked for so far, in order: `SRV _sip._udp.example.test`. */
  readonly queries: () => string[];
}

export async function startDnsmasq(options: DnsmasqOptions): Promise<Dnsmasq> {
  const address = options.address ?? "127.0.0.1";
  const args = ["--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=", "--no-resolv", "--no-hosts"];
  args.push("--bind-interfaces", `--listen-address=${address}`, `--port=${options.port}`, "--local-ttl=5");
  args.push("--log-queries", "--log-facility=-", "--local=/test/");
  for (const [name, ip] of Object.entries(options.a ?? {})) args.push(`--host-record=${name},${ip}`);
  for (const { name, target, port, priority = 10, weight = 10 } of options.srv ?? [])
    args.push(`--srv-host=${name},${target},${port},${priority},${weight}`);
  for (const { name, order, preference, flags, service, replacement } of options.naptr ?? [])
    args.push(`--naptr-record=${name},${order},${preference},${flags},${service},,${replacement}`);
  const server = new PeerProcess({ name: "dnsmasq", command: "dnsmasq", args });
  try {
    await server.waitFor(/started, version/);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    process: server,
    server: `${address}:${options.port}`,
    queries: () => [...server.output.matchAll(/query\[(\w+)\] (\S+) from/g)].map((match) => `${match[1]} ${match[2]}`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
