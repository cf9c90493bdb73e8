import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage, type SipRequest, type SipResponse } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import { createFakeClock } from "@trapezoid/testkit";
import { createMemoryBindingStore } from "../store/memory/memory-binding-store.ts";
import { createRegistrar } from "./registrar.ts";

const aor = "alice@example.com";
const settings = { defaultExpires: 3600, minExpires: 60, maxExpires: 7200, maxContacts: 3 };

interface RegisterParts {
  readonly contacts?: readonly string[];
  readonly headers?: readonly string[];
  readonly cseq?: number;
  readonly callId?: string;
  readonly via?: readonly string[];
  readonly address?: string;
  readonly uri?: string;
  readonly secure?: boolean;
  readonly body?: string;
}

function openRegistrar() {
  const clock = createFakeClock({ startAt: Date.UTC(2026, 10, 21, 1, 2, 3) });
  const store = createMemoryBindingStore(clock);
  const known = new Set([aor]);
  const logged: Record<string, unknown>[] = [];
  const watched: string[] = [];
  const registrar = createRegistrar({
    settings,
    queue: store,
    clock,
    newTag: () => "00tag",
    watch: ({ update, address, source, userAgent }) => {
      watched.push(`${address} | ${source} | ${userAgent} | ${update.contacts.length} | ${update.removeAll}`);
      return (stored) => watched.push(`stored ${stored.map(({ contact }) => contact).join()}`);
    },
    isKnown: (address) => known.has(address),
    log: (_level, _message, fields) => logged.push(fields),
  });
  let cseq = 0;
  /** Sends one REGISTER and returns its response, which must be the only one. */
  const register = async (parts: RegisterParts = {}): Promise<SipResponse> => {
    const text = [
      `REGISTER ${parts.uri ?? "sip:example.com"} SIP/2.0`,
      ...(parts.via ?? ["SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1"]).map((via) => `Via: ${via}`),
      "From: <sip:alice@example.com>;tag=f",
      "To: <sip:alice@example.com>",
      `Call-ID: ${parts.callId ?? "c1@192.0.2.7"}`,
      `CSeq: ${parts.cseq ?? ++cseq} REGISTER`,
      "Max-Forwards: 70",
      "User-Agent: Phone/1",
      ...(parts.contacts ?? []).map((contact) => `Contact: ${contact}`),
      ...(parts.headers ?? []),
      `Content-Length: ${parts.body?.length ?? 0}`,
      "\r\n",
    ].join("\r\n");
    const request = parsed(text + (parts.body ?? "")) as SipRequest;
    const responses: string[] = [];
    const respond = (status: number, response: string): void => {
      assert.ok(response.startsWith(`SIP/2.0 ${status} `));
      responses.push(response);
    };
    registrar.register({ request, flow: parts.secure === true ? tlsFlow : flow, respond }, parts.address ?? aor);
    await Promise.resolve();
    assert.equal(responses.length, 1);
    return parsed(responses[0]!) as SipResponse;
  };
  return { clock, store, registrar, register, logged, watched };
}

const flow = {
  kind: "udp",
  id: "u-flow",
  remote: { address: "2001:db8::7", port: 51234 },
} as Flow;
const tlsFlow = { ...flow, kind: "tls", id: "c-flow", reliable: true, secure: true } as Flow;

function parsed(text: string): SipRequest | SipResponse {
  const result = parseMessage(text);
  assert.ok(result.ok);
  return result.value;
}

function contactsOf(response: SipResponse): string[] {
  return response.headers("Contact");
}

test("a contact is bound for an hour when nothing else is said, and told back with Date (RFC 3261 §10.3 step 8)", async () => {
  const { register, store } = openRegistrar();
  const response = await register({ contacts: ["<sip:alice@192.0.2.7:5060>"] });
  assert.equal(response.status, 200);
  assert.deepEqual(contactsOf(response), ["<sip:alice@192.0.2.7:5060>;expires=3600"]);
  assert.equal(response.header("Date"), "Sat, 21 Nov 2026 01:02:03 GMT");
  assert.equal(response.toTag, "00tag");
  assert.equal(response.callId, "c1@192.0.2.7");
  assert.equal(response.via?.branch, "z9hG4bK1");
  const [binding] = store.lookup(aor);
  assert.equal(binding?.flowId, "u-flow");
  assert.equal(binding?.source, "udp [2001:db8::7]:51234");
  assert.equal(binding?.userAgent, "Phone/1");
});

test("the contact's expires parameter wins over the header field, the header field over the default (RFC 3261 §10.2.1.1)", async () => {
  const { register } = openRegistrar();
  const response = await register({
    contacts: ["<sip:a@192.0.2.1>;expires=100, <sip:b@192.0.2.1>", "<sip:c@192.0.2.1>;expires=what"],
    headers: ["Expires: 200"],
  });
  assert.deepEqual(contactsOf(response), [
    "<sip:a@192.0.2.1>;expires=100",
    "<sip:b@192.0.2.1>;expires=200",
    "<sip:c@192.0.2.1>;expires=3600",
  ]);
});

test("too long is shortened, too brief is 423 with Min-Expires, and nothing is bound (RFC 3261 §10.3 step 7, §21.4.17)", async () => {
  const { register, store } = openRegistrar();
  const long = await register({ contacts: ["<sip:a@192.0.2.1>;expires=4294967295"] });
  assert.deepEqual(contactsOf(long), ["<sip:a@192.0.2.1>;expires=7200"]);
  const brief = await register({ contacts: ["<sip:b@192.0.2.1>", "<sip:c@192.0.2.1>;expires=59"] });
  assert.equal(brief.status, 423);
  assert.equal(brief.header("Min-Expires"), "60");
  assert.equal(store.lookup(aor).length, 1);
});

test("an hour and more is never too brief (RFC 3261 §10.3 step 7)", async () => {
  const { register, registrar } = openRegistrar();
  registrar.configure({ ...settings, minExpires: 5000 });
  assert.equal((await register({ contacts: ["<sip:a@192.0.2.1>;expires=3600"] })).status, 200);
  assert.equal((await register({ contacts: ["<sip:a@192.0.2.1>;expires=3599"] })).status, 423);
});

test("expires 0 removes one contact, Contact: * all of them (RFC 3261 §10.2.2)", async () => {
  const { register } = openRegistrar();
  await register({ contacts: ["<sip:a@192.0.2.1>, <sip:b@192.0.2.1>, <sip:c@192.0.2.1>"] });
  const fewer = await register({ contacts: ["<sip:b@192.0.2.1>;expires=0"] });
  assert.equal(contactsOf(fewer).length, 2);
  const none = await register({ contacts: ["*"], headers: ["Expires: 0"] });
  assert.equal(none.status, 200);
  assert.deepEqual(contactsOf(none), []);
});

test("Contact: * with another contact or without Expires: 0 is 400 (RFC 3261 §10.3 step 6)", async () => {
  const { register } = openRegistrar();
  assert.equal((await register({ contacts: ["*"] })).status, 400);
  assert.equal((await register({ contacts: ["*"], headers: ["Expires: 60"] })).status, 400);
  assert.equal((await register({ contacts: ["*, <sip:a@192.0.2.1>"], headers: ["Expires: 0"] })).status, 400);
});

test("a REGISTER without Contact asks, and gets what is left (RFC 3261 §10.2.3)", async () => {
  const { register, clock, registrar } = openRegistrar();
  await register({ contacts: ['<sip:a@192.0.2.1>;q=0.5;methods="INVITE, BYE";expires=600'] });
  clock.advance(100_500);
  assert.deepEqual(contactsOf(await register()), ['<sip:a@192.0.2.1>;expires=500;q=0.5;methods="INVITE, BYE"']);
  assert.equal(registrar.counters.queried, 1);
});

test("what a contact carries is told back as it came, q and expires aside", async () => {
  const { register } = openRegistrar();
  const contact = '"Alice \\"A\\"" <sip:alice@192.0.2.1:5061;ob;x=%20?h=v>;+sip.instance="<urn:uuid:AB>";q=1.0;flag';
  const [told] = contactsOf(await register({ contacts: [contact] }));
  assert.equal(told, '<sip:alice@192.0.2.1:5061;ob;x=%20?h=v>;expires=3600;+sip.instance="<urn:uuid:AB>";flag');
});

test("a contact that is no address, or a q beyond 1, is 400", async () => {
  const { register, store } = openRegistrar();
  for (const contact of ["<sip:>", "sip:a@b;q=1.1", "<sip:a@b>;q=x", "<sip:a@b", "<sip:a@b>;q"]) {
    assert.equal((await register({ contacts: [contact] })).status, 400, contact);
  }
  assert.deepEqual(store.lookup(aor), []);
});

test("an old CSeq of the same Call-ID fails and changes nothing (RFC 3261 §10.3 step 7)", async () => {
  const { register, store } = openRegistrar();
  await register({ contacts: ["<sip:a@192.0.2.1>"], cseq: 5 });
  const late = await register({ contacts: ["<sip:b@192.0.2.1>, <sip:a@192.0.2.1>;expires=0"], cseq: 5 });
  assert.equal(late.status, 500);
  assert.deepEqual(
    store.lookup(aor).map((binding) => binding.contact),
    ["sip:a@192.0.2.1"],
  );
});

test("an address that nobody has is 404 (RFC 3261 §10.3 step 5), more contacts than allowed are 403", async () => {
  const { register } = openRegistrar();
  assert.equal((await register({ address: "nobody@example.com" })).status, 404);
  const contacts = [1, 2, 3, 4].map((n) => `<sip:a@192.0.2.${n}>`);
  assert.equal((await register({ contacts })).status, 403);
});

test("an extension that is not known is 420 with its name (RFC 3261 §8.2.2.3, §10.3 step 2, §21.4.15)", async () => {
  const { register } = openRegistrar();
  const response = await register({ headers: ["Require: path, Gruu", "Require: 100rel"] });
  assert.equal(response.status, 420);
  assert.equal(response.header("Unsupported"), "Gruu, 100rel");
});

test("a body that is required and not understood is 415, and nothing is bound (RFC 3261 §8.2.3)", async () => {
  const { register, store } = openRegistrar();
  const contacts = ["<sip:a@192.0.2.1>"];
  const response = await register({ contacts, headers: ["Content-Type: application/own"], body: "?" });
  assert.deepEqual([response.status, response.header("Accept")], [415, "application/sdp"]);
  assert.deepEqual(store.lookup(aor), []);
  const optional = ["Content-Type: application/own", "Content-Disposition: x;handling=optional"];
  assert.equal((await register({ contacts, headers: optional, body: "?" })).status, 200);
});

test("Record-Route and a dialog's tag in a REGISTER mean nothing, and are not answered (RFC 3261 §10.2, §10.3)", async () => {
  const { register, store } = openRegistrar();
  const response = await register({
    contacts: ["<sip:a@192.0.2.1>"],
    headers: ["Record-Route: <sip:p.example.com;lr>"],
  });
  assert.equal(response.status, 200);
  assert.equal(response.has("Record-Route"), false);
  assert.deepEqual(store.lookup(aor)[0]?.path, []);
});

test("q is told back, and kept for those who call (RFC 3261 §10.2.1.2)", async () => {
  const { register, store } = openRegistrar();
  const response = await register({ contacts: ["<sip:a@192.0.2.1>;q=0.25, <sip:b@192.0.2.1>;q=1.000"] });
  assert.deepEqual(contactsOf(response), ["<sip:a@192.0.2.1>;expires=3600;q=0.25", "<sip:b@192.0.2.1>;expires=3600"]);
  assert.deepEqual(
    store.lookup(aor).map(({ contact, q }) => `${contact} ${q}`),
    ["sip:a@192.0.2.1 250", "sip:b@192.0.2.1 1000"],
  );
});

test("a store that fails is 500, never 200 (RFC 3261 §10.3 step 7)", async () => {
  const { register, store, registrar } = openRegistrar();
  store.failWith = "database or disk is full";
  const response = await register({ contacts: ["<sip:a@192.0.2.1>"] });
  assert.equal(response.status, 500);
  assert.ok(Number(response.header("Retry-After")) > 0);
  assert.equal(registrar.counters.storeFailures, 1);
  assert.ok(!response.text.includes("disk"), "a peer is told as little as possible");
});

test("a store that fails is in the log at once, then once in ten seconds", async () => {
  const { register, store, logged, clock } = openRegistrar();
  store.failWith = "the disk is full; free some space";
  const contacts = ["<sip:a@192.0.2.1>"];
  for (let i = 0; i < 3; i++) await register({ contacts });
  assert.deepEqual(logged, [{ problem: "the disk is full; free some space", times: 1 }]);
  clock.advance(10_000);
  await register({ contacts });
  assert.deepEqual(logged.slice(1), [{ problem: "the disk is full; free some space", times: 3 }]);
});

test("Path is kept, and told back to a client that knows it (RFC 3327 §5.3)", async () => {
  const { register, store } = openRegistrar();
  const path = ["Path: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>", "Path: <sip:p0.example.com;lr>"];
  const contacts = ["<sip:a@192.0.2.1>"];
  const silent = await register({ contacts, headers: path });
  assert.equal(silent.has("Path"), false);
  const told = await register({ contacts, headers: [...path, "Supported: gruu, Path"] });
  assert.equal(told.header("Path"), "<sip:p2.example.com;lr>, <sip:p1.example.com;lr>, <sip:p0.example.com;lr>");
  assert.deepEqual(store.lookup(aor)[0]?.path, [
    "<sip:p2.example.com;lr>",
    "<sip:p1.example.com;lr>",
    "<sip:p0.example.com;lr>",
  ]);
  assert.equal((await register({ contacts, headers: ["Path: <tel:+1>"] })).status, 400);
});

const device = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"';
const outbound = "Supported: path, outbound";

test("a flow is registered by device and reg-id, and the response requires outbound (RFC 5626 §6, RFC 3261 §8.2.4)", async () => {
  const { register, store } = openRegistrar();
  const first = await register({ contacts: [`<sip:a@192.0.2.1>;${device};reg-id=1`], headers: [outbound] });
  assert.equal(first.header("Require"), "outbound");
  await register({ contacts: [`<sip:a@192.0.2.1>;${device};reg-id=2`], headers: [outbound] });
  assert.equal(store.lookup(aor).length, 2);
  await register({ contacts: [`<sip:a@198.51.100.1:9>;${device.toLowerCase()};reg-id=1`], headers: [outbound] });
  assert.deepEqual(
    store.lookup(aor).map(({ regId, contact }) => `${regId} ${contact}`),
    ["2 sip:a@192.0.2.1", "1 sip:a@198.51.100.1:9"],
  );
});

test("without outbound in Supported a reg-id means nothing (RFC 5626 §6)", async () => {
  const { register, store } = openRegistrar();
  const response = await register({ contacts: [`<sip:a@192.0.2.1>;${device};reg-id=1`] });
  assert.equal(response.has("Require"), false);
  assert.equal(store.lookup(aor)[0]?.regId, undefined);
});

test("a reg-id without a device means nothing, and devices with and without one stand side by side (RFC 5626 §6)", async () => {
  const { register, store } = openRegistrar();
  const lone = await register({ contacts: ["<sip:a@192.0.2.1>;reg-id=1"], headers: [outbound] });
  assert.equal(lone.has("Require"), false);
  assert.equal(store.lookup(aor)[0]?.regId, undefined);
  await register({ contacts: [`<sip:b@192.0.2.2>;${device};reg-id=1`], headers: [outbound] });
  assert.equal(store.lookup(aor).length, 2);
});

test("through a proxy a flow needs its `ob`, else 439 (RFC 5626 §6)", async () => {
  const { register } = openRegistrar();
  const via = ["SIP/2.0/TCP p.example.com;branch=z9hG4bK2", "SIP/2.0/TCP 192.0.2.7;branch=z9hG4bK1"];
  const contacts = [`<sip:a@192.0.2.1>;${device};reg-id=1`];
  assert.equal((await register({ via, contacts, headers: [outbound] })).status, 439);
  assert.equal((await register({ via: [via.join(", ")], contacts, headers: [outbound] })).status, 439);
  const path = "Path: <sip:p.example.com;lr>, <sip:token@p.example.com;lr;ob>";
  assert.equal((await register({ via, contacts, headers: [outbound, path] })).status, 200);
});

test("a flow is registered one at a time (RFC 5626 §6)", async () => {
  const { register } = openRegistrar();
  const contacts = [`<sip:a@192.0.2.1>;${device};reg-id=1`, `<sip:b@192.0.2.1>;${device};reg-id=2`];
  assert.equal((await register({ contacts, headers: [outbound] })).status, 400);
});

test("one request cannot bring more contacts or Path values than can be looked at quickly", async () => {
  const { register } = openRegistrar();
  const many = Array.from({ length: 500 }, (_, n) => `<sip:a@h${n}.example.com>;expires=0`).join(", ");
  assert.equal((await register({ contacts: [many] })).status, 403);
  const path = Array.from({ length: 17 }, (_, n) => `Path: <sip:p${n}.example.com;lr>`);
  assert.equal((await register({ contacts: ["<sip:a@192.0.2.1>"], headers: path })).status, 400);
});

test("whatever stands in Contact, Expires and the rest, there is one answer, no 6xx and no exception (RFC 3261 §10.3)", async () => {
  const { register, store } = openRegistrar();
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
  const pieces = [
    "<sip:a@b>",
    "*",
    ",",
    ";",
    '"',
    "\\",
    "<",
    ">",
    "=",
    "expires",
    "q",
    "0",
    "9999999999999",
    "-1",
    "\xff",
    "\0",
    "%",
    "%41",
    "sip:",
    "tel:+1",
    "[::1]",
    "reg-id",
    "+sip.instance",
    "@",
    " ",
    "\t",
    "urn:uuid:",
  ];
  const junk = (): string => Array.from({ length: random(8) }, () => pieces[random(pieces.length)]).join("");
  const statuses = new Set<number>();
  for (let round = 0; round < 3_000; round++) {
    const headers = ["Expires", "Path", "Require", "Supported"]
      .filter(() => random(4) === 0)
      .map((name) => `${name}: ${junk()}`);
    const { status } = await register({ contacts: [junk(), junk()].slice(random(3)), headers, callId: `c${round}` });
    statuses.add(status);
    if (store.lookup(aor).length >= settings.maxContacts) await store.removeAll(aor);
  }
  for (const status of [200, 400, 420]) assert.ok(statuses.has(status), `${status} among ${[...statuses]}`);
  assert.ok(
    [...statuses].every((status) => status === 200 || (status >= 400 && status < 500)),
    `${[...statuses]}`,
  );
});

const sips = { uri: "sips:example.com", secure: true, contacts: ["<sips:alice@192.0.2.7>"] } as const;

test("a sips contact is taken over TLS with a sips Request-URI; To and From may be either (RFC 5630 §5.2)", async () => {
  const { register, store } = openRegistrar();
  const response = await register({ ...sips, headers: ["Path: <sips:edge.example;lr>", "Supported: path"] });
  assert.equal(response.status, 200);
  assert.equal((await store.list(aor))[0]?.contact, "sips:alice@192.0.2.7");
});

for (const [what, parts, reason] of [
  ["a sip Request-URI", { uri: "sip:example.com" }, "A sips contact needs a sips Request-URI"],
  ["a sip contact beside it", { contacts: [...sips.contacts, "<sip:a@b.example>"] }, "no other contacts than sips"],
  ["another URI beside it", { contacts: [...sips.contacts, "<mailto:a@b.example>"] }, "no other contacts than sips"],
  ["a sip Path", { headers: ["Path: <sips:e.example;lr>, <sip:f.example;lr>"] }, "sips in every Path value"],
  ["no TLS", { secure: false }, "A sips contact needs TLS"],
] as const) {
  test(`a sips contact with ${what} is 400 (RFC 5630 §5.2)`, async () => {
    const { register, store } = openRegistrar();
    const response = await register({ ...sips, ...parts });
    assert.equal(response.status, 400);
    assert.ok(response.reason.includes(reason), response.reason);
    assert.equal(await store.count(), 0);
  });
}

test("a sips contact is removed from anywhere, and replaced by its sip form (RFC 5630 §5.1.1.1)", async () => {
  const { register } = openRegistrar();
  await register(sips);
  const replaced = await register({ contacts: ["<sip:alice@192.0.2.7>"] });
  assert.deepEqual(contactsOf(replaced), ["<sip:alice@192.0.2.7>;expires=3600"]);
  const back = await register(sips);
  assert.deepEqual(contactsOf(back), ["<sips:alice@192.0.2.7>;expires=3600"]);
  assert.deepEqual(contactsOf(await register({ contacts: ["<sips:alice@192.0.2.7>;expires=0"] })), []);
});

test("the firewall is told of each change before it is stored, and again when it is; of nothing that is refused or only asked", async () => {
  const { register, watched } = openRegistrar();
  await register({ contacts: ["<sip:a@192.0.2.7>"] });
  await register();
  await register({ contacts: ["<sip:b@192.0.2.8>;expires=1"] });
  await register({ contacts: ["*"], headers: ["Expires: 0"] });
  assert.deepEqual(watched, [
    "2001:db8::7 | udp [2001:db8::7]:51234 | Phone/1 | 1 | false",
    "stored sip:a@192.0.2.7",
    "2001:db8::7 | udp [2001:db8::7]:51234 | Phone/1 | 0 | true",
    "stored ",
  ]);
});
