/** Texts (RFC 3428) outside of calls and within, and presence (RFC 3856) that each side may watch at the other. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NodeUserAgentSettings, ReceivedMessage } from "@trapezoid/call/node";
import { Baresip } from "../rig/baresip.ts";
import { linphoneIn, startHouse } from "../rig/house.ts";
import { openOwnAgent, ownAgentIn } from "../rig/own-agent.ts";
import { missingPhones, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";
import { bodyOf, headerOf } from "../rig/sip-trace.ts";
import { waitUntil } from "../rig/wait.ts";

const text = "Grüße, Ωmega — “hello”";

const pidf = (basic: "open" | "closed"): string => `<?xml version="1.0" encoding="UTF-8"?>
<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:trapezoid@127.0.0.1">
<tuple id="t1"><status><basic>${basic}</basic></status></tuple>
</presence>
`;

describe("texts", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`to ${name}, outside of calls and within`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        await us.agent.message(phone.address, text);
        await waitUntil(() => phone.texts()[0]?.text === text, { what: `the text at ${name}` });
        const call = await us.calls(phone);
        await call.message("within");
        await waitUntil(() => phone.texts()[1]?.text === "within", { what: "the text within the call" });
        assert.equal(call.state, "active");
        await call.hangUp();
      });
    });
  }

  test("from baresip", async () => {
    const received: ReceivedMessage[] = [];
    await using us = await openOwnAgent();
    us.agent.events.on("message", (message) => received.push(message));
    await using phone = await startPhone("baresip", { friends: [us.address] });
    await phone.sendText(us.address, text);
    await waitUntil(() => received.length > 0, { what: "the text" });
    assert.deepEqual([received[0]!.text, received[0]!.contentType], [text, "text/plain"]);
  });

  // Its chat rooms are addresses of record, without a port: it takes a server.
  test("from Linphone, in a house", async () => {
    await using server = await startHouse({ users: ["lin", "us"] });
    const received: ReceivedMessage[] = [];
    await using us = await ownAgentIn(server, "us");
    us.agent.events.on("message", (message) => received.push(message));
    await using phone = await linphoneIn(server, "lin", "udp", { domain: "house.test", proxy: server.at("udp") });
    await phone.registered();
    await telling(phone, async () => {
      await phone.sendText(us.address, text);
      await waitUntil(() => received.length > 0, { what: "the text" });
      assert.deepEqual([received[0]!.text, received[0]!.contentType], [text, "text/plain"]);
    });
  });
});

describe("presence", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`we watch ${name}${name === "baresip" ? ", which comes and goes" : ""}`, async () => {
      // Linphone tells its friends alone, whom it watches in turn.
      const notifies: NodeUserAgentSettings["notifies"] = {
        events: ["presence"],
        onSubscribe: (subscribe) => subscribe.refuse(403),
      };
      await using us = await openOwnAgent({ notifies });
      await using phone = await startPhone(name, { friends: [us.address] });
      await telling(phone, async () => {
        const states: string[] = [];
        const subscription = us.agent.subscribe(phone.address, {
          event: "presence",
          accept: ["application/pidf+xml"],
          expiresSeconds: 300,
          onNotify: ({ state, contentType, body }) => {
            assert.equal(contentType?.split(";")[0], "application/pidf+xml");
            states.push(`${state} ${/<basic>\s*(\S+?)\s*<\/basic>/.exec(body)?.[1]}`);
          },
        });
        await subscription.established;
        if (phone instanceof Baresip) {
          await phone.command("presence_offline");
          await waitUntil(() => states.includes("active closed"), { what: "closed" });
          await phone.command("presence_online");
        }
        await waitUntil(() => states.at(-1) === "active open", { what: "open" });
        // Linphone never says the last word, a NOTIFY that it is over: it would be waited for half a minute.
        if (name === "baresip") await subscription.close();
      });
    });

    test(`${name} watches us`, async () => {
      let told = pidf("open");
      const notifiers = new Set<{ notify(): void }>();
      const notifies: NodeUserAgentSettings["notifies"] = {
        events: ["presence"],
        onSubscribe: (subscribe) => {
          notifiers.add(subscribe.confirm({ current: () => ({ contentType: "application/pidf+xml", body: told }) }));
        },
      };
      await using us = await openOwnAgent({ notifies });
      await using phone = await startPhone(name, { friends: [us.address] });
      await telling(phone, async () => {
        const notified = (basic: string): Promise<unknown> =>
          waitUntil(
            () => {
              const all = phone.messages();
              const at = all.findLastIndex((one) => one.kind === "NOTIFY" && bodyOf(one).includes(`>${basic}<`));
              const sequence = at === -1 ? undefined : headerOf(all[at]!, "CSeq");
              return all.slice(at).some((one) => one.kind === "200" && headerOf(one, "CSeq") === sequence) || undefined;
            },
            { what: `NOTIFY with ${basic}, taken by ${name}` },
          );
        await notified("open");
        told = pidf("closed");
        for (const one of notifiers) one.notify();
        await notified("closed");
      });
    });
  }
});
