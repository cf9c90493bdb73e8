import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "@trapezoid/base";
import { SipError, type SubscriptionOptions } from "@trapezoid/sip/agent";
import { parseUri, SipResponse, utf8Encode } from "@trapezoid/sip/message";
import { type Bench, type BenchOptions, benchPhone, type FakeAgent } from "../../test/phone-bench.ts";
import type { Phone } from "./phone.ts";
import { runMessage, runOptions } from "./run-requests.ts";
import { runSubscribe, type SubscribeUse } from "./run-subscribe.ts";
import type { Summary } from "./with-phone.ts";

function bob() {
  const parsed = parseUri("sip:bob@example.com");
  assert.ok(parsed.ok);
  return parsed.value;
}

/** A phone whose requests come back with what `answer` says. */
async function asking(
  method: "message" | "options",
  answer: ((bench: Bench) => Promise<unknown>) | undefined,
  work: (phone: Phone) => Promise<Summary>,
  options: BenchOptions = {},
): Promise<Bench> {
  const { promise: ready, resolve } = Promise.withResolvers<Bench>();
  const bench = await benchPhone((phone) => {
    (phone.agent as unknown as FakeAgent)[method] = async () =>
      answer === undefined ? new Promise(() => {}) : answer(await ready);
    return work(phone);
  }, options);
  resolve(bench);
  await bench.settle();
  return bench;
}

function answered(method: string, status: string, headers: readonly string[] = []) {
  return async ({ wire }: Bench): Promise<unknown> => {
    wire.sends(method);
    wire.wait(12);
    wire.hears(status, { headers });
    const { message } = wire.log.messages.at(-1)!;
    assert.ok(message instanceof SipResponse);
    if (message.status < 300) return { response: message };
    throw new SipError("SIP_UA_REFUSED", "refused", {
      status: message.status,
      reason: message.reason,
      response: message,
    });
  };
}

function sending(text = "hi"): (phone: Phone) => Promise<Summary> {
  return (phone) => runMessage(phone, { target: bob(), text, contentType: undefined, timeoutSeconds: 5 });
}

test("a text that was delivered, and one that is kept for later (RFC 3428)", async () => {
  const delivered = await asking("message", answered("MESSAGE", "200 OK", ["User-Agent: Example/1"]), sending());
  await delivered.done;
  assert.deepEqual(delivered.terminal.shown(), ["delivered to bob@example.com (200 OK, Example/1, 12 ms)"]);
  const accepted = await asking("message", answered("MESSAGE", "202 Accepted"), sending(), { json: true });
  await accepted.done;
  assert.deepEqual(
    accepted.events().map(({ event, status, delivered: isDelivered }) => [event, status, isDelivered]),
    [
      ["accepted", 202, undefined],
      ["summary", 202, false],
    ],
  );
});

test("a text that is refused says why", async () => {
  const { done } = await asking("message", answered("MESSAGE", "404 Not Found"), sending());
  await assert.rejects(done, {
    kind: "not-found",
    message: "there is no bob@example.com (404 Not Found); check the address",
  });
});

test("what is not answered in time is a failure", async () => {
  const { done, settle } = await asking("options", undefined, (phone) =>
    runOptions(phone, { target: bob(), timeoutSeconds: 5 }),
  );
  await settle(5_000);
  await assert.rejects(done, /bob@example\.com did not answer within 5 s; wait longer with --timeout/);
});

test("options explains the answer", async () => {
  const { done, terminal } = await asking("options", answered("OPTIONS", "200 OK", ["Allow: INVITE"]), (phone) =>
    runOptions(phone, { target: bob(), timeoutSeconds: undefined }),
  );
  await done;
  assert.deepEqual(terminal.shown().slice(0, 3), [
    "bob@example.com answered 200 in 12 ms",
    "methods (Allow):",
    "  INVITE  takes calls",
  ]);
});

interface Watching extends Bench {
  /** A notification comes. */
  notify(state: string, contentType: string, body: string): void;
  /** The subscription is over. */
  end(reason: string, error?: Error): void;
  refuse(error: Error): void;
  readonly asked: SubscriptionOptions;
}

async function watching(use: Partial<SubscribeUse> = {}, options: BenchOptions = {}): Promise<Watching> {
  const established = Promise.withResolvers<void>();
  established.promise.catch(() => {});
  const ended = Promise.withResolvers<unknown>();
  let asked: SubscriptionOptions | undefined;
  const bench = await benchPhone((phone) => {
    (phone.agent as unknown as FakeAgent).subscribe = (_target, given) => {
      asked = given as SubscriptionOptions;
      return { events: new Emitter(), established: established.promise, ended: ended.promise, close: async () => {} };
    };
    return runSubscribe(phone, {
      target: bob(),
      event: "presence",
      accept: undefined,
      expiresSeconds: undefined,
      count: undefined,
      timeoutSeconds: undefined,
      ...use,
    });
  }, options);
  return Object.assign(bench, {
    asked: asked!,
    notify(state: string, contentType: string, body: string) {
      asked!.onNotify({ request: undefined as never, state, contentType, body: utf8Encode(body), notifier: "n" });
      established.resolve();
    },
    end: (reason: string, error?: Error) => ended.resolve({ reason, status: 0, error }),
    refuse: (error: Error) => established.reject(error),
  });
}

const open =
  '<presence entity="pres:bob@example.com"><tuple id="a"><status><basic>open</basic></status></tuple></presence>';

test("each notification is said in words, until there are enough", async () => {
  const { notify, done, terminal, asked, settle } = await watching({ count: 2 });
  assert.deepEqual(asked.accept, ["application/pidf+xml"]);
  notify("pending", "application/pidf+xml", "");
  await settle();
  assert.equal(terminal.shown().at(-1), "watching presence of bob@example.com; Ctrl-C ends it");
  notify("active", "application/pidf+xml", open);
  await done;
  assert.match(terminal.shown()[0]!, /^\d\d:\d\d:\d\d bob@example\.com presence \(pending\): nothing to say$/);
  assert.match(terminal.shown()[1]!, /bob@example\.com presence: open: can be reached$/);
  assert.equal(terminal.shown().length, 2);
});

test("as JSON a notification has its body and its words", async () => {
  const { notify, done, events } = await watching({ count: 1 }, { json: true });
  notify("active", "application/pidf+xml", open);
  await done;
  const [first] = events();
  assert.deepEqual([first?.body, first?.words, first?.state], [open, "open: can be reached", "active"]);
});

test("too few notifications in time are a failure, the time that was asked for is none", async () => {
  const few = await watching({ count: 3, timeoutSeconds: 10 });
  few.notify("active", "text/plain", "x");
  await few.settle(10_000);
  await assert.rejects(few.done, /1 of 3 notifications came within 10 s/);
  const none = await watching({ timeoutSeconds: 10 });
  await none.settle(10_000);
  await assert.rejects(none.done, /no notification came of bob@example\.com within 10 s/);
  const enough = await watching({ timeoutSeconds: 10 });
  enough.notify("active", "text/plain", "x");
  await enough.settle(10_000);
  await enough.done;
});

test("a subscription that is refused, or ended by the other side, is a failure; one that fetches once is not", async () => {
  const refused = await watching();
  refused.wire.sends("SUBSCRIBE");
  refused.wire.hears("489 Bad Event");
  refused.refuse(new SipError("SIP_UA_REFUSED", "refused", { status: 489, reason: "Bad Event" }));
  await assert.rejects(refused.done, { kind: "event-not-offered" });
  const ended = await watching();
  ended.notify("active", "text/plain", "x");
  await ended.settle();
  ended.end("noresource", new TypeError("gone"));
  await assert.rejects(ended.done, {
    kind: "noresource",
    message: "bob@example.com ended the subscription to presence: noresource",
  });
  const once = await watching({ expiresSeconds: 0 });
  once.notify("terminated", "text/plain", "x");
  await once.settle();
  once.end("timeout");
  await once.done;
});
