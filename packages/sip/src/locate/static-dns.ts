/** A DNS port over records given as text: for tests, and for names that no name server knows. */

import type { DnsAnswer, DnsPort, DnsRecords, DnsType } from "./contract.ts";

export interface StaticDns extends DnsPort {
  /** The questions so far: `SRV _sip._udp.example.com`. */
  readonly questions: readonly string[];
}

/**
 * @param zone Lines as in a zone file: name, type, data; comments begin with `;`. A type NXTIME makes every question about the
 * name go unanswered: `_sip._udp.example.com NXTIME`. `ttl` in front of the type is in seconds: `example.com 30 A 192.0.2.1`.
 */
export function createStaticDns(zone: string): StaticDns {
  const table = new Map<string, DnsRecords[DnsType][]>();
  const lives = new Map<string, number>();
  const silent = new Set<string>();
  for (const line of zone.split("\n")) {
    const fields = (line.split(";")[0] ?? "").trim().split(/\s+/);
    if (fields[0] === "") continue;
    const [name, maybeTtl] = [plain(fields[0]!), fields[1]!];
    const hasTtl = /^\d+$/.test(maybeTtl);
    const [type, ...data] = fields.slice(hasTtl ? 2 : 1) as [string, ...string[]];
    if (type === "NXTIME") {
      silent.add(name);
      continue;
    }
    const key = `${type.toUpperCase()} ${name}`;
    if (hasTtl) lives.set(key, Number(maybeTtl) * 1_000);
    table.set(key, [...(table.get(key) ?? []), recordOf(type.toUpperCase(), data)]);
  }
  const questions: string[] = [];
  return {
    questions,
    async resolve<K extends DnsType>(type: K, name: string): Promise<DnsAnswer<DnsRecords[K]>> {
      const key = `${type.toUpperCase()} ${name}`;
      questions.push(key);
      if (silent.has(name)) throw Object.assign(new Error(`${key} timed out`), { code: "ETIMEOUT" });
      const records = (table.get(key) ?? []) as DnsRecords[K][];
      const ttlMs = lives.get(key);
      return ttlMs === undefined ? { records } : { records, ttlMs };
    },
  };
}

function recordOf(type: string, data: readonly string[]): DnsRecords[DnsType] {
  const numbers = data.map(Number);
  const texts = data.map((text) => text.replace(/^"(.*)"$/, "$1"));
  switch (type) {
    case "A":
    case "AAAA":
      return texts[0]!;
    case "SRV":
      return { priority: numbers[0]!, weight: numbers[1]!, port: numbers[2]!, target: texts[3]! };
    case "NAPTR":
      return {
        order: numbers[0]!,
        preference: numbers[1]!,
        flags: texts[2]!,
        service: texts[3]!,
        regexp: texts[4]!,
        replacement: texts[5]!,
      };
  }
  throw new TypeError(`a record of the type ${type}`);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}
