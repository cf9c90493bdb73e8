import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { baresipIn, linphoneIn, startHouse } from "./rig/house.ts";
import type { PhoneTransport } from "./rig/phone.ts";
import { missing } from "./rig/programs.ts";
import { summary, type TracedMessage } from "./rig/sip-trace.ts";
import type { Trapezoid } from "./rig/trapezoid.ts";
import { waitUntil } from "./rig/wait.ts";

const transports: readonly PhoneTransport[] = ["udp", "tcp", "tls"];
const refused = [401, 403];

/** Contacts of a user, as the API tells. */
async function contactsOf(server: Trapezoid, user: string): Promise<string[]> {
  const { body } = await server.api("GET", `registrations?address=${user}@house.test`);
  return (body as { registrations: { contact: string }[] }).registrations.map((one) => one.contact);
}

function registers(messages: readonly TracedMessage[], direction: "sent" | "received"): TracedMessage[] {
  return messages.filter((one) => one.method === "REGISTER" && one.direction === direction);
}

describe("baresip", { skip: missing("baresip") }, () => {
  for (const transport of transports) {
    test(`registers over ${transport} with its password, and not with another`, async () => {
      await using server = await startHouse({ users: ["alice", "mallory"] });
      await using alice = await baresipIn(server, "alice", transport);
      await using mallory = await baresipIn(server, "mallory", transport, { password: "guessed" });
      await alice.registered();
      assert.ok(refused.includes(await mallory.registrationFailed()));
      assert.equal((await contactsOf(server, "alice")).length, 1);
      assert.deepEqual(await contactsOf(server, "mallory"), []);
    });
  }

  test("is offered MD5 alone, which is all it can answer", async () => {
    await using server = await startHouse({ users: ["alice"] });
    await using alice = await baresipIn(server, "alice", "udp");
    await alice.registered();
    const challenge = registers(alice.messages(), "received").find((one) => one.kind === "401")!;
    assert.deepEqual(challenge.text.match(/^WWW-Authenticate:.*algorithm="?([\w-]+)/gim)?.length ?? 0, 1);
    assert.match(challenge.text, /algorithm="?MD5\b/i);
    assert.match(challenge.text, /realm="house\.test"/);
  });

  test("refreshes its registration before it expires, and it stays one binding (RFC 3261 §10.2.4)", async () => {
    const config =
      'import { defineConfig } from "trapezoid";\nexport default defineConfig({ registrar: { minExpires: 2 } });\n';
    await using server = await startHouse({ users: ["alice"], config });
    await using alice = await baresipIn(server, "alice", "udp", { expires: 6 });
    await alice.registered();
    const before = registers(alice.messages(), "received").length;
    const accepted = (): number => registers(alice.messages(), "received").filter((one) => one.kind === "200").length;
    await waitUntil(() => accepted() >= 2, { what: "a second 200 to REGISTER", timeoutMs: 15_000 });
    const [first, second] = registers(alice.messages(), "received").filter((one) => one.kind === "200");
    const callId = (message: TracedMessage): string => /^Call-ID:\s*(\S+)/im.exec(message.text)![1]!;
    assert.equal(callId(first!), callId(second!));
    assert.ok(registers(alice.messages(), "received").length > before);
    assert.equal((await contactsOf(server, "alice")).length, 1);
  });

  test("un-registers, and calls to it then find nobody (RFC 3261 §10.2.2)", async () => {
    await using server = await startHouse({ users: ["alice", "bob"] });
    await using alice = await baresipIn(server, "alice", "tcp");
    await using bob = await baresipIn(server, "bob", "udp");
    await Promise.all([alice.registered(), bob.registered()]);
    await alice.unregister();
    await waitUntil(async () => (await contactsOf(server, "alice")).length === 0, { what: "the end of the binding" });
    await bob.dial(`sip:alice@${server.at("udp")}`);
    assert.match(await bob.ended(), /480|404/);
  });
});

describe("Linphone", { skip: missing("linphonec") }, () => {
  for (const transport of transports) {
    test(`registers over ${transport} with its password, and not with another`, async () => {
      await using server = await startHouse({ users: ["lin", "mallory"] });
      await using lin = await linphoneIn(server, "lin", transport);
      await using mallory = await linphoneIn(server, "mallory", transport, { password: "guessed" });
      await lin.registered();
      assert.ok(refused.includes(await mallory.registrationFailed()));
      assert.equal((await contactsOf(server, "lin")).length, 1);
      assert.deepEqual(await contactsOf(server, "mallory"), []);
    });
  }

  test("answers SHA-256, which it is offered first (RFC 8760 §2.4)", async () => {
    await using server = await startHouse({ users: ["lin"] });
    await using lin = await linphoneIn(server, "lin", "udp");
    await lin.registered();
    const answer = registers(lin.messages(), "sent").find((one) => /^Authorization:/im.test(one.text));
    assert.match(answer?.text ?? "", /algorithm="?SHA-256\b/, summary(lin.messages()).join("\n"));
  });

  test("answers MD5 where the configuration says so", async () => {
    const config =
      'import { defineConfig } from "trapezoid";\nexport default defineConfig({ auth: { algorithms: ["MD5"] } });\n';
    await using server = await startHouse({ users: ["lin"], config });
    await using lin = await linphoneIn(server, "lin", "udp");
    await lin.registered();
    const answer = registers(lin.messages(), "sent").find((one) => /^Authorization:/im.test(one.text));
    assert.match(answer?.text ?? "", /algorithm="?MD5\b/);
  });

  test("un-registers", async () => {
    await using server = await startHouse({ users: ["lin"] });
    await using lin = await linphoneIn(server, "lin", "tls");
    await lin.registered();
    await lin.unregister();
    await waitUntil(async () => (await contactsOf(server, "lin")).length === 0, { what: "the end of the binding" });
  });
});
