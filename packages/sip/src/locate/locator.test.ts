import assert from "node:assert/strict";
import { test } from "node:test";
import { sipUri } from "../message/uri.ts";
import type { Target } from "../transport/contract.ts";
import type { DnsAnswer, DnsPort, DnsType, Located } from "./contract.ts";
import { createLocator, type LocatorOptions } from "./locator.ts";
import { createStaticDns } from "./static-dns.ts";

/** A resolver whose records and health a test changes as it goes. */
class ChangingDns implements DnsPort {
  zone = "";
  broken: readonly string[] = [];
  readonly questions: string[] = [];
  async resolve(type: DnsType, name: string): Promise<DnsAnswer<never>> {
    this.questions.push(`${type.toUpperCase()} ${name}`);
    if (this.broken.some((part) => `${type.toUpperCase()} ${name}`.includes(part))) {
      throw Object.assign(new Error("timed out"), { code: "ETIMEOUT" });
    }
    return (await createStaticDns(this.zone).resolve(type, name)) as DnsAnswer<never>;
  }
}

function rig(zone: string, options: Partial<LocatorOptions> = {}) {
  const dns = new ChangingDns();
  dns.zone = zone;
  const clock = { time: 1_000_000 };
  const locator = createLocator({
    dns,
    clock: { now: () => clock.time },
    transports: ["udp", "tcp"],
    families: [4],
    ...options,
  });
  return { dns, clock, locator };
}

const host = (name: string) => sipUri({ host: name, port: 5060 });
const example = host("example.com");
const addressesOf = async (located: Located) => (await located).map((target) => target.address);
/** Lets what was started in the background come to its end. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test("locate() answers at once what is cached, for as long as the record lives", async () => {
  const { locator, clock, dns } = rig("example.com 30 A 192.0.2.1");
  assert.deepEqual(await addressesOf(locator.locate(example)), ["192.0.2.1"]);
  clock.time += 26_000;
  assert.ok(Array.isArray(locator.locate(example)));
  assert.equal(dns.questions.length, 1);
  clock.time += 4_000;
  const again = locator.locate(example);
  assert.ok(again instanceof Promise);
  await again;
  assert.equal(dns.questions.length, 2);
  assert.deepEqual(
    { ...locator.counters },
    { numeric: 0, cached: 1, resolved: 2, failed: 0, questions: 2, unanswered: 0, stale: 0, refused: 0 },
  );
});

test("locate() keeps answers without a time to live for 60 s, refusals for 10 s", async () => {
  const { locator, clock, dns } = rig("example.com A 192.0.2.1");
  await locator.locate(example);
  clock.time += 59_999;
  assert.ok(Array.isArray(locator.locate(example)));
  await settled();
  dns.questions.length = 0;
  const gone = host("gone.example");
  await assert.rejects(async () => locator.locate(gone), { code: "SIP_LOCATE_NO_RECORDS" });
  clock.time += 9_999;
  await assert.rejects(async () => locator.locate(gone), { code: "SIP_LOCATE_NO_RECORDS" });
  assert.equal(dns.questions.length, 1);
  clock.time += 1;
  await assert.rejects(async () => locator.locate(gone), { code: "SIP_LOCATE_NO_RECORDS" });
  assert.equal(dns.questions.length, 2);
  assert.equal(locator.counters.failed, 3);
});

test("locate() takes a time to live of 0 for a second, and of a year for an hour", async () => {
  const { locator, clock, dns } = rig("short.example 0 A 192.0.2.1\nlong.example 31536000 A 192.0.2.2");
  await locator.locate(host("short.example"));
  assert.ok(Array.isArray(locator.locate(host("short.example"))));
  await locator.locate(host("long.example"));
  clock.time += 3_600_000;
  dns.questions.length = 0;
  await locator.locate(host("long.example"));
  assert.deepEqual(dns.questions, ["A long.example"]);
});

test("locate() renews what is in use before it ends, so that nobody waits", async () => {
  const { locator, clock, dns } = rig("example.com 100 A 192.0.2.1");
  await locator.locate(example);
  dns.zone = "example.com 100 A 192.0.2.2";
  clock.time += 89_000;
  assert.deepEqual(locator.locate(example), [{ kind: "udp", address: "192.0.2.1", port: 5060 }]);
  assert.equal(dns.questions.length, 1);
  clock.time += 2_000;
  assert.ok(Array.isArray(locator.locate(example)));
  assert.ok(Array.isArray(locator.locate(example)));
  await settled();
  assert.equal(dns.questions.length, 2, "renewed once");
  clock.time += 50_000;
  assert.deepEqual(locator.locate(example), [{ kind: "udp", address: "192.0.2.2", port: 5060 }]);
});

test("locate() asks each question once, however many wait for it", async () => {
  const { locator, dns } = rig("example.com A 192.0.2.1");
  const tcp = sipUri({ host: "example.com", port: 5061 });
  await Promise.all([locator.locate(example), locator.locate(example), locator.locate(tcp)]);
  assert.deepEqual(dns.questions, ["A example.com"]);
});

test("locate() says that DNS did not answer, and asks again after 2 s", async () => {
  const { locator, clock, dns } = rig("example.com A 192.0.2.1");
  dns.broken = ["A example.com"];
  await assert.rejects(async () => locator.locate(example), {
    code: "SIP_LOCATE_DNS_FAILED",
    message: /DNS did not answer for example\.com \(A example\.com: ETIMEOUT\).*dns\.servers/,
  });
  await assert.rejects(async () => locator.locate(example), { code: "SIP_LOCATE_DNS_FAILED" });
  assert.equal(dns.questions.length, 1);
  dns.broken = [];
  clock.time += 2_000;
  assert.deepEqual(await addressesOf(locator.locate(example)), ["192.0.2.1"]);
});

test("locate() serves old records for an hour while DNS does not answer (RFC 8767)", async () => {
  const { locator, clock, dns } = rig("example.com 30 A 192.0.2.1");
  await locator.locate(example);
  dns.broken = ["A example.com"];
  clock.time += 30_000;
  assert.deepEqual(await addressesOf(locator.locate(example)), ["192.0.2.1"]);
  assert.equal(locator.counters.stale, 1);
  clock.time += 10_000;
  assert.ok(Array.isArray(locator.locate(example)), "nobody waits for what does not come");
  await settled();
  assert.equal(dns.questions.length, 3);
  clock.time += 3_600_000;
  await assert.rejects(async () => locator.locate(example), { code: "SIP_LOCATE_DNS_FAILED" });
});

test("locate() believes DNS that a name is gone, whatever it said before", async () => {
  const { locator, clock, dns } = rig("example.com 30 A 192.0.2.1");
  await locator.locate(example);
  dns.zone = "";
  clock.time += 30_000;
  await assert.rejects(async () => locator.locate(example), { code: "SIP_LOCATE_NO_RECORDS" });
});

test("locate() does without NAPTR where that is never answered, and waits for it once only", async () => {
  const { locator, clock, dns } = rig("_sip._udp.example.com SRV 1 1 5099 a.example.com\na.example.com A 192.0.2.1");
  dns.broken = ["NAPTR"];
  const domain = sipUri({ host: "example.com" });
  assert.deepEqual(await locator.locate(domain), [{ kind: "udp", address: "192.0.2.1", port: 5099 }]);
  for (let i = 0; i < 20; i++) {
    clock.time += 30_000;
    assert.ok(Array.isArray(locator.locate(domain)), `after ${i + 1} times 30 s`);
    await settled();
  }
  dns.zone +=
    '\nexample.com NAPTR 1 1 "s" "SIP+D2T" "" _sip._tcp.example.com\n_sip._tcp.example.com SRV 1 1 5098 a.example.com';
  dns.broken = [];
  clock.time += 30_000;
  assert.ok(Array.isArray(locator.locate(domain)));
  await settled();
  assert.deepEqual(locator.locate(domain), [{ kind: "tcp", address: "192.0.2.1", port: 5098 }]);
});

const pair = `
  _sip._udp.example.com SRV 1 1 5060 a.example.com
  _sip._udp.example.com SRV 2 1 5060 b.example.com
  a.example.com A 192.0.2.1
  b.example.com A 192.0.2.2
`;
const domain = sipUri({ host: "example.com", params: [{ name: "transport", value: "udp" }] });
const a: Target = { kind: "udp", address: "192.0.2.1", port: 5060 };

test("reportFailure() puts a target behind the others for 30 s, reportSuccess() back at once (RFC 3263 §4.3)", async () => {
  const { locator, clock } = rig(pair);
  assert.deepEqual(await addressesOf(locator.locate(domain)), ["192.0.2.1", "192.0.2.2"]);
  locator.reportFailure(a);
  assert.equal(locator.isDead(a), true);
  assert.deepEqual(await addressesOf(locator.locate(domain)), ["192.0.2.2", "192.0.2.1"]);
  clock.time += 29_999;
  assert.deepEqual(await addressesOf(locator.locate(domain)), ["192.0.2.2", "192.0.2.1"]);
  clock.time += 1;
  assert.deepEqual(await addressesOf(locator.locate(domain)), ["192.0.2.1", "192.0.2.2"]);
  locator.reportFailure(a);
  locator.reportSuccess(a);
  assert.equal(locator.isDead(a), false);
});

test("reportFailure() takes the time of Retry-After, up to an hour (RFC 3261 §21.5.4)", () => {
  const { locator, clock } = rig(pair);
  locator.reportFailure(a, 120_000);
  clock.time += 119_999;
  assert.equal(locator.isDead(a), true);
  clock.time += 1;
  assert.equal(locator.isDead(a), false);
  locator.reportFailure(a, 1e12);
  clock.time += 3_600_000;
  assert.equal(locator.isDead(a), false);
});

test("reportFailure() of every target leaves them all, in their order", async () => {
  const { locator } = rig(pair);
  for (const target of await locator.locate(domain)) locator.reportFailure(target);
  assert.deepEqual(await addressesOf(locator.locate(domain)), ["192.0.2.1", "192.0.2.2"]);
  locator.reportFailure({ ...a, kind: "tcp" });
  locator.reportSuccess(a);
  assert.equal(locator.isDead({ ...a, kind: "tcp" }), true, "another transport is another target");
});

test("createLocator() remembers no more than it is told: answers, failures, look-ups under way", async () => {
  const zone = Array.from({ length: 10 }, (_, i) => `h${i}.example A 192.0.2.${i}`).join("\n");
  const { locator, dns } = rig(zone, { limits: { maxCached: 3, maxDead: 2, maxLookups: 4 } });
  for (let i = 0; i < 10; i++) await locator.locate(host(`h${i}.example`));
  dns.questions.length = 0;
  for (const i of [7, 8, 9]) assert.ok(Array.isArray(locator.locate(host(`h${i}.example`))));
  assert.ok(locator.locate(host("h6.example")) instanceof Promise);
  await settled();
  assert.deepEqual(dns.questions, ["A h6.example"]);
  const targets = [1, 2, 3].map((octet): Target => ({ kind: "udp", address: `192.0.2.${octet}`, port: 5060 }));
  for (const target of targets) locator.reportFailure(target);
  assert.deepEqual(
    targets.map((target) => locator.isDead(target)),
    [false, true, true],
  );
  const many = Array.from({ length: 6 }, (_, i) => locator.locate(host(`x${i}.example`)));
  const codes = (await Promise.allSettled(many)).map((result) =>
    result.status === "rejected" ? result.reason.code : "",
  );
  assert.deepEqual(codes, [...new Array(4).fill("SIP_LOCATE_NO_RECORDS"), ...new Array(2).fill("SIP_LOCATE_BUSY")]);
  assert.equal(locator.counters.refused, 2);
});

test("clear() forgets answers and failures", async () => {
  const { locator } = rig(pair);
  await locator.locate(domain);
  locator.reportFailure(a);
  locator.clear();
  assert.equal(locator.isDead(a), false);
  assert.ok(locator.locate(domain) instanceof Promise);
  await settled();
});

test("createLocator() wants a transport", () => {
  assert.throws(() => rig("", { transports: [] }), TypeError);
});
