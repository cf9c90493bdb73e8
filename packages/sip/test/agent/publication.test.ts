/** Publishing event state. RFC 3903. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer, IncomingRequest, Publication } from "@trapezoid/sip/agent";
import type { SipRequest } from "@trapezoid/sip/message";
import { type Agent, Rig } from "./rig.ts";

class Compositor {
  readonly agent: Agent;
  readonly requests: SipRequest[] = [];
  refusals: Answer[] = [];
  #count = 0;
  etag = "";

  constructor(rig: Rig) {
    const publish = (incoming: IncomingRequest): Answer => this.#publish(incoming);
    this.agent = rig.agent("bob", { handlers: { methods: { PUBLISH: publish } } });
  }

  #publish({ request }: IncomingRequest): Answer {
    this.requests.push(request);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refusal;
    const match = request.header("SIP-If-Match");
    if (match !== undefined && match !== this.etag) return { status: 412 };
    this.etag = `tag${++this.#count}`;
    return {
      status: 200,
      headers: [
        ["SIP-ETag", this.etag],
        ["Expires", request.header("Expires") ?? "3600"],
      ],
    };
  }

  /** What it was told: entity-tag, lifetime, body. */
  get told(): string[] {
    return this.requests.map((one) => `${one.header("SIP-If-Match") ?? "-"} ${one.header("Expires")} ${one.body}`);
  }
}

function scene(): { rig: Rig; alice: Agent; bob: Compositor; publish: (seconds?: number) => Publication } {
  const rig = new Rig();
  const alice = rig.agent("alice");
  const bob = new Compositor(rig);
  const publish = (expiresSeconds = 600) =>
    alice.core.publish(bob.agent.uri, {
      event: "presence",
      expiresSeconds,
      body: { contentType: "application/pidf+xml", body: "open" },
    });
  return { rig, alice, bob, publish };
}

test("first with a body, refreshed without, changed with one, taken away: each with the last entity-tag (RFC 3903 §4, §4.1, §4.2, §4.3, §4.4, §4.5)", async () => {
  const { rig, bob, publish } = scene();
  const publication = publish();
  await rig.run();
  await publication.published;
  await rig.run(545_000);
  const changed = publication.modify({ contentType: "application/pidf+xml", body: "busy" });
  await rig.run();
  await changed;
  const closing = publication.close();
  await rig.run();
  await closing;
  assert.deepEqual(bob.told, ["- 600 open", "tag1 600 ", "tag2 600 busy", "tag3 0 "]);
  assert.equal(bob.requests[0]!.header("Event"), "presence");
  await rig.assertNothingLeft();
});

test("412: the server has forgotten it, and is told all of it anew (RFC 3903 §5)", async () => {
  const { rig, bob, publish } = scene();
  const publication = publish();
  await rig.run();
  bob.etag = "after a restart";
  const refreshed = publication.refresh();
  await rig.run(100);
  await refreshed;
  assert.deepEqual(bob.told, ["- 600 open", "tag1 600 ", "- 600 open"]);
  void publication.close();
  await rig.assertNothingLeft();
});

test("423 asks for a longer life; 5xx is tried again, 503 when it says; 403 is final (RFC 3903 §5, §9)", async () => {
  const { rig, bob, publish } = scene();
  bob.refusals = [{ status: 423, headers: [["Min-Expires", "1800"]] }];
  const first = publish(60);
  await rig.run();
  await first.published;
  assert.equal(bob.requests[1]!.header("Expires"), "1800");
  void first.close();
  await rig.run();
  bob.refusals = [{ status: 500 }, { status: 503, headers: [["Retry-After", "100"]] }];
  const before = bob.requests.length;
  const second = publish();
  await rig.run(31_000);
  await assert.rejects(second.published, { status: 500 });
  await rig.run(98_000);
  assert.equal(bob.requests.length, before + 2);
  await rig.run(3_000);
  assert.equal(second.state, "published");
  void second.close();
  await rig.run();
  bob.refusals = [{ status: 403 }];
  const third = publish();
  await rig.run();
  await assert.rejects(third.published, { status: 403 });
  void third.close();
  await rig.assertNothingLeft();
});

test("what is on its way when it is closed is waited for, and taken back (RFC 3903 §4.5)", async () => {
  const { rig, bob, publish } = scene();
  const publication = publish();
  const closing = publication.close();
  await rig.run(100);
  await closing;
  assert.deepEqual(bob.told, ["- 600 open", "tag1 0 "]);
  await assert.rejects(publication.published, { code: "SIP_UA_CLOSED" });
  await rig.assertNothingLeft();
});

test("of changes that wait only the last is sent (RFC 3903 §4)", async () => {
  const { rig, bob, publish } = scene();
  const publication = publish();
  await rig.run();
  for (const body of ["one", "two", "three"]) void publication.modify({ contentType: "text/plain", body });
  await rig.run(100);
  assert.deepEqual(bob.told.slice(1), ["tag1 600 one", "tag2 600 three"]);
  void publication.close();
  await rig.assertNothingLeft();
});
