/**
 * What every implementation of the store contracts must do: run `accountStoreContract`, `banStoreContract` and
 * `bindingStoreContract` against a new one. Needs node:test.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Account,
  AccountStore,
  Ban,
  BanStore,
  Binding,
  BindingOutcome,
  BindingStore,
  BindingUpdate,
} from "./contract.ts";

/** A store of its own for each test, and how to be rid of it. */
export interface Opened<S> {
  readonly store: S;
  close(): void | Promise<void>;
}

export function sampleAccount(address: string, mark = "0"): Account {
  const [user, domain] = address.split("@") as [string, string];
  const secrets = { md5: mark.repeat(32), sha256: mark.repeat(64), sha512_256: mark.repeat(64) };
  return {
    address,
    user,
    domain,
    secrets,
    addressSecrets: { ...secrets, md5: "f".repeat(32) },
    createdAt: 1_700_000_000_000,
  };
}

export function sampleBinding(given: Partial<Binding> & { readonly aor: string }): Binding {
  const at = Date.now();
  return {
    contact: "sip:alice@192.0.2.7:51234",
    params: "",
    q: 1000,
    expiresAt: at + 600_000,
    callId: "call-1@192.0.2.7",
    cseq: 1,
    path: [],
    flowId: "u1",
    source: "udp 192.0.2.7:51234",
    userAgent: undefined,
    instance: undefined,
    regId: undefined,
    updatedAt: at,
    ...given,
  };
}

/** An update that sets these contacts, with Call-ID and CSeq of the first. */
export function sampleUpdate(contacts: readonly Binding[], given: Partial<BindingUpdate> = {}): BindingUpdate {
  const first = contacts[0];
  return {
    aor: first?.aor ?? "alice@example.com",
    callId: first?.callId ?? "call-1@192.0.2.7",
    cseq: first?.cseq ?? 1,
    at: Date.now(),
    removeAll: false,
    contacts,
    maxContacts: 10,
    ...given,
  };
}

export function accountStoreContract(name: string, open: () => Promise<Opened<AccountStore>>): void {
  const check = (rule: string, run: (store: AccountStore) => Promise<void>): void => {
    test(`${name}: ${rule}`, async () => {
      const { store, close } = await open();
      try {
        await run(store);
      } finally {
        await close();
      }
    });
  };

  check("an account that was added is got back whole", async (store) => {
    const account: Account = { ...sampleAccount("älice@example.com"), algorithms: ["SHA-256", "MD5"] };
    await store.add(account);
    assert.deepEqual(await store.get("älice@example.com"), account);
    assert.equal(await store.get("bob@example.com"), undefined);
    assert.equal(await store.count(), 1);
  });

  check("add() of an address that is there is refused, and changes nothing", async (store) => {
    await store.add(sampleAccount("alice@example.com", "1"));
    await assert.rejects(store.add(sampleAccount("alice@example.com", "2")), { code: "STORE_ACCOUNT_EXISTS" });
    assert.equal((await store.get("alice@example.com"))?.secrets.md5, "1".repeat(32));
  });

  check("addMany() adds all or none", async (store) => {
    const many = Array.from({ length: 1_203 }, (_, i) => sampleAccount(`user${i}@example.com`));
    await store.addMany(many);
    assert.equal(await store.count(), 1_203);
    const more = [sampleAccount("new@example.com"), sampleAccount("user7@example.com")];
    await assert.rejects(store.addMany(more), { code: "STORE_ACCOUNT_EXISTS" });
    assert.equal(await store.get("new@example.com"), undefined);
    assert.equal(await store.count(), 1_203);
  });

  check("list() goes through all accounts in the order of their addresses, a page at a time", async (store) => {
    for (const user of ["carol", "alice", "bob"]) await store.add(sampleAccount(`${user}@example.com`));
    const first = await store.list({ limit: 2 });
    assert.deepEqual(
      first.map((account) => account.user),
      ["alice", "bob"],
    );
    const rest = await store.list({ limit: 2, after: "bob@example.com" });
    assert.deepEqual(
      rest.map((account) => account.user),
      ["carol"],
    );
  });

  check("update() and remove() say whether the account was there", async (store) => {
    assert.equal(await store.update(sampleAccount("alice@example.com")), false);
    assert.equal(await store.remove("alice@example.com"), false);
    await store.add(sampleAccount("alice@example.com", "1"));
    assert.equal(await store.update(sampleAccount("alice@example.com", "2")), true);
    assert.equal((await store.get("alice@example.com"))?.secrets.md5, "2".repeat(32));
    assert.equal(await store.remove("alice@example.com"), true);
    assert.equal(await store.get("alice@example.com"), undefined);
  });

  check("watch() names each account that changes, until it is disposed", async (store) => {
    const seen: (string | undefined)[] = [];
    const watching = store.watch((address) => seen.push(address));
    await store.add(sampleAccount("alice@example.com"));
    await store.update(sampleAccount("alice@example.com", "2"));
    await store.remove("alice@example.com");
    watching[Symbol.dispose]();
    await store.add(sampleAccount("bob@example.com"));
    assert.deepEqual(seen, ["alice@example.com", "alice@example.com", "alice@example.com"]);
  });
}

export function sampleBan(subject: string, given: Partial<Ban> = {}): Ban {
  return {
    subject,
    reason: "wrong-passwords",
    detail: "20 wrong passwords within 5 min, the last for älice@example.com",
    since: 1_000,
    until: 2_000,
    times: 1,
    ...given,
  };
}

export function banStoreContract(name: string, open: () => Promise<Opened<BanStore>>): void {
  const check = (rule: string, run: (store: BanStore) => Promise<void>): void => {
    test(`${name}: ${rule}`, async () => {
      const { store, close } = await open();
      try {
        await run(store);
      } finally {
        await close();
      }
    });
  };
  const subjectsOf = (bans: readonly Ban[]): readonly string[] => bans.map(({ subject }) => subject);

  check("a ban that was put is got back whole, and the next one of its subject takes its place", async (store) => {
    const ban = sampleBan("192.0.2.7");
    await store.put([ban]);
    assert.deepEqual(await store.get("192.0.2.7"), ban);
    assert.equal(await store.get("192.0.2.8"), undefined);
    const next = sampleBan("192.0.2.7", { reason: "manual", since: 3_000, until: undefined, times: 2 });
    await store.put([next]);
    assert.deepEqual(await store.get("192.0.2.7"), next);
  });

  check("list() has what is in force, in order, a page at a time; get() has what has ended, too", async (store) => {
    await store.put([
      sampleBan("2001:db8:1:2::/64"),
      sampleBan("192.0.2.7", { until: 1_500 }),
      sampleBan("10.0.0.0/8", { until: undefined }),
      sampleBan("192.0.2.8"),
    ]);
    assert.deepEqual(subjectsOf(await store.list({ at: 1_499 })), [
      "10.0.0.0/8",
      "192.0.2.7",
      "192.0.2.8",
      "2001:db8:1:2::/64",
    ]);
    assert.deepEqual(subjectsOf(await store.list({ at: 1_500, limit: 2 })), ["10.0.0.0/8", "192.0.2.8"]);
    assert.deepEqual(subjectsOf(await store.list({ at: 1_500, after: "192.0.2.8" })), ["2001:db8:1:2::/64"]);
    assert.deepEqual(subjectsOf(await store.list({ at: 1e15 })), ["10.0.0.0/8"]);
    assert.equal((await store.get("192.0.2.7"))?.until, 1_500);
  });

  check("put() takes many at once", async (store) => {
    const many = Array.from({ length: 1_203 }, (_, i) => sampleBan(`192.0.${i >> 8}.${i & 255}`));
    await store.put(many);
    await store.put([]);
    assert.equal((await store.list({ at: 0, limit: 2_000 })).length, 1_203);
  });

  check("remove() says whether it was there; prune() forgets what ended long ago", async (store) => {
    await store.put([
      sampleBan("192.0.2.7", { until: 5_000 }),
      sampleBan("192.0.2.8", { until: 9_000 }),
      sampleBan("192.0.2.9", { until: undefined }),
    ]);
    assert.equal(await store.remove("192.0.2.8"), true);
    assert.equal(await store.remove("192.0.2.8"), false);
    assert.equal(await store.prune(5_000), 0);
    assert.equal(await store.prune(5_001), 1);
    assert.deepEqual(subjectsOf(await store.list({ at: 0 })), ["192.0.2.9"]);
  });

  check("watch() tells of each change, until it is disposed", async (store) => {
    let told = 0;
    const watching = store.watch(() => told++);
    await store.put([sampleBan("192.0.2.7"), sampleBan("192.0.2.8")]);
    assert.equal(told, 1);
    await store.remove("192.0.2.7");
    assert.equal(told, 2);
    await store.remove("192.0.2.7");
    assert.equal(told, 2, "nothing has changed");
    watching[Symbol.dispose]();
    await store.put([sampleBan("192.0.2.9")]);
    assert.equal(told, 2);
  });
}

export function bindingStoreContract(name: string, open: () => Promise<Opened<BindingStore>>): void {
  const check = (rule: string, run: (store: BindingStore) => Promise<void>): void => {
    test(`${name}: ${rule}`, async () => {
      const { store, close } = await open();
      try {
        await run(store);
      } finally {
        await close();
      }
    });
  };
  const aor = "alice@example.com";

  check("a binding that was set is listed whole", async (store) => {
    const binding = sampleBinding({
      aor,
      contact: "sip:alice@[2001:db8::7]:5070;transport=tcp",
      params: ';+sip.instance="<urn:uuid:1>";reg-id=2;x="a, \\"b\\""',
      q: 250,
      cseq: 4_294_967_295,
      path: ["<sip:p2.example.com;lr>", '"a, b" <sip:p1.example.com;lr;ob>'],
      userAgent: "Ph\xc3\xb6ne/1.0 (x)",
      instance: "<urn:uuid:1>",
      regId: 2,
    });
    const [outcome] = await store.apply([sampleUpdate([binding])]);
    assert.deepEqual(outcome, { ok: true, bindings: [binding] });
    assert.deepEqual(await store.list(aor), [binding]);
    assert.deepEqual(await store.list("bob@example.com"), []);
    assert.equal(await store.count(), 1);
  });

  check("updates of one address are applied in the order in which they were given (RFC 3261 §10.3)", async (store) => {
    const updates = Array.from({ length: 50 }, (_, i) =>
      sampleUpdate([sampleBinding({ aor, cseq: i + 1, flowId: `u${i}` })]),
    );
    const outcomes = await store.apply(updates);
    assert.ok(outcomes.every((outcome) => outcome.ok));
    assert.equal((await store.list(aor))[0]?.flowId, "u49");
  });

  check("an update is carried out whole or not at all (RFC 3261 §10.3 step 7)", async (store) => {
    await store.apply([sampleUpdate([sampleBinding({ aor, contact: "sip:a@192.0.2.1", cseq: 5 })])]);
    const late = [
      sampleBinding({ aor, contact: "sip:new@192.0.2.2", cseq: 4 }),
      sampleBinding({ aor, contact: "sip:a@192.0.2.1", cseq: 4 }),
    ];
    const [outcome] = await store.apply([sampleUpdate(late)]);
    assert.equal(refusalOf(outcome), "out-of-order");
    assert.deepEqual(contactsOf(await store.list(aor)), ["sip:a@192.0.2.1"]);
  });

  check("a refused update does not touch the others of its batch", async (store) => {
    const good = sampleUpdate([sampleBinding({ aor: "bob@example.com" })]);
    const bad = sampleUpdate(
      [1, 2, 3].map((n) => sampleBinding({ aor, contact: `sip:a@192.0.2.${n}` })),
      {
        maxContacts: 2,
      },
    );
    const outcomes = await store.apply([good, bad, sampleUpdate([sampleBinding({ aor: "carol@example.com" })])]);
    assert.deepEqual(outcomes.map(refusalOf), [undefined, "too-many", undefined]);
    assert.equal(await store.count(), 2);
  });

  check("an update without contacts reads the bindings and changes nothing", async (store) => {
    const binding = sampleBinding({ aor });
    await store.apply([sampleUpdate([binding])]);
    const changed: string[] = [];
    using _watching = store.watch((address) => changed.push(address));
    const [outcome] = await store.apply([sampleUpdate([], { aor, cseq: 9 })]);
    assert.deepEqual(outcome, { ok: true, bindings: [binding] });
    assert.deepEqual(changed, []);
  });

  check("what has expired is neither listed nor counted", async (store) => {
    const at = Date.now();
    const old = sampleBinding({ aor, contact: "sip:old@192.0.2.1", expiresAt: at - 1_000 });
    await store.apply([sampleUpdate([old, sampleBinding({ aor })], { at: at - 10_000 })]);
    assert.deepEqual(contactsOf(await store.list(aor)), ["sip:alice@192.0.2.7:51234"]);
    assert.equal(await store.count(), 1);
    assert.equal((await store.listAll()).length, 1);
  });

  check("removeAll() says how many there were", async (store) => {
    const contacts = [1, 2].map((n) => sampleBinding({ aor, contact: `sip:a@192.0.2.${n}` }));
    await store.apply([sampleUpdate(contacts)]);
    assert.equal(await store.removeAll(aor), 2);
    assert.equal(await store.removeAll(aor), 0);
    assert.deepEqual(await store.list(aor), []);
  });

  check("listAll() goes through all addresses in order, never cutting one in two", async (store) => {
    const updates = ["carol", "alice", "bob"].map((user) =>
      sampleUpdate(
        [1, 2].map((n) => sampleBinding({ aor: `${user}@example.com`, contact: `sip:${user}@192.0.2.${n}` })),
      ),
    );
    await store.apply(updates);
    const first = await store.listAll({ limit: 2 });
    assert.deepEqual(
      first.map((binding) => binding.aor.split("@")[0]),
      ["alice", "alice", "bob", "bob"],
    );
    const rest = await store.listAll({ limit: 2, after: "bob@example.com" });
    assert.deepEqual(contactsOf(rest), ["sip:carol@192.0.2.1", "sip:carol@192.0.2.2"]);
  });

  check("watch() names the addresses that changed, until it is disposed", async (store) => {
    const seen: string[] = [];
    const watching = store.watch((address) => seen.push(address));
    await store.apply([sampleUpdate([sampleBinding({ aor })])]);
    await store.removeAll(aor);
    watching[Symbol.dispose]();
    await store.apply([sampleUpdate([sampleBinding({ aor: "bob@example.com" })])]);
    assert.deepEqual(seen, [aor, aor]);
  });

  check("submit() calls back exactly once, and not before it has returned", async (store) => {
    let calls = 0;
    let returned = false;
    const outcome = await new Promise<BindingOutcome>((resolve) => {
      store.submit(sampleUpdate([sampleBinding({ aor })]), (result) => {
        calls++;
        assert.equal(returned, true);
        resolve(result);
      });
      returned = true;
    });
    assert.equal(outcome.ok, true);
    await store.count();
    assert.equal(calls, 1);
  });
}

function refusalOf(outcome: BindingOutcome | undefined): string | undefined {
  return outcome === undefined || outcome.ok ? undefined : outcome.reason;
}

function contactsOf(bindings: readonly Binding[]): string[] {
  return bindings.map((binding) => binding.contact);
}
