/** What the answers to some torture messages have to say beyond their status, in the words of RFC 4475 and RFC 5118. */

import assert from "node:assert/strict";
import { waitUntil } from "../../interop/rig/wait.ts";
import { linesNamed, plain, readRaw } from "./header-lines.ts";
import { domain, type TortureHouse } from "./torture-house.ts";
import type { Verdict } from "./verdicts.ts";

/** Contact URIs that a REGISTER leaves, by its user. */
const bindings: Readonly<Record<string, readonly [user: string, ...uris: string[]]>> = {
  "escnull.dat": ["null-%00-null", "sip:%00@host5.example.com", "sip:%00%00@host5.example.com"],
  "dblreq.dat": ["j.user", "sip:j.user@host.example.com"],
  "cparam01.dat": ["watson", "sip:+19725552222@gw1.example.net"],
  "cparam02.dat": ["watson", "sip:+19725552222@gw1.example.net;unknownparam"],
  "regescrt.dat": ["user", "sip:user@example.com?Route=%3Csip:sip.example.com%3E"],
  "ipv6-good.dat": ["user", "sip:caller@[2001:db8::1]"],
  "port-unambiguous.dat": ["user", "sip:caller@[2001:db8::1]"],
};

/** Header fields that the answer has. */
const fields: Readonly<Record<string, readonly [name: string, value: RegExp]>> = {
  "bext01.dat": ["unsupported", /^noProxiesSupportThis,\s*norDoAnyProxiesSupportThis$/],
  "regaut01.dat": ["www-authenticate", /^Digest .*realm="example\.com"/],
};

export async function checkDetails(house: TortureHouse, { file }: Verdict, answer: string): Promise<void> {
  const field = fields[file];
  if (field !== undefined) assert.match(plain(linesNamed(readRaw(answer), field[0])[0]?.value ?? ""), field[1]);
  const binding = bindings[file];
  if (binding === undefined) return;
  const [user, ...uris] = binding;
  // "A subsequent fetch" of RFC 4475 §3.3.12 to §3.3.14.
  for (const response of [answer, await fetchBindings(house, user)]) {
    const contacts = linesNamed(readRaw(response), "contact").map(({ value }) => /<([^>]*)>/.exec(value)?.[1] ?? value);
    const others = new Set([house.downstream.contactOf(user)]);
    assert.deepEqual(contacts.filter((uri) => !others.has(uri)).sort(), [...uris].sort());
  }
}

async function fetchBindings(house: TortureHouse, user: string): Promise<string> {
  const upstream = house.upstream("rfc4475");
  await using exchange = await upstream.open(house.placeFor(upstream));
  const { address, port } = exchange.source;
  const text = [
    `REGISTER sip:${domain} SIP/2.0`,
    `Via: SIP/2.0/UDP ${address}:${port};rport;branch=z9hG4bKfetch${port}`,
    "Max-Forwards: 70",
    `From: <sip:${user}@${domain}>;tag=fetch`,
    `To: <sip:${user}@${domain}>`,
    `Call-ID: fetch-${port}`,
    "CSeq: 1 REGISTER",
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
  exchange.send(text);
  const isFetched = ({ text: came }: { readonly text: string }): boolean => came.includes(`Call-ID: fetch-${port}`);
  return (await waitUntil(() => exchange.arrivals.find(isFetched), { what: "the fetched bindings" })).text;
}
