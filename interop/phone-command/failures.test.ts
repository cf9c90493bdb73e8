/** What the phone of the command line says of servers and phones that fail it, as SIPp plays them. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startPhoneCommand } from "../rig/phone-command.ts";
import { missing } from "../rig/programs.ts";
import { startSipp } from "../rig/sipp.ts";
import { SippScenario } from "../rig/sipp-scenario.ts";
import { makeTempFolder } from "../rig/temp-folder.ts";

interface Refusal {
  readonly status: string;
  readonly headers?: readonly string[];
  readonly says: RegExp;
}

const refusals: Readonly<Record<string, Refusal>> = {
  "busy, for a minute": {
    status: "486 Busy Here",
    headers: ["Retry-After: 60"],
    says: /^trapezoid: bob@\S+ is busy \(486 Busy Here\); try again later, after 60 s\n$/,
  },
  "forbidden, with the reason": {
    status: "403 Forbidden",
    headers: ['Warning: 399 pbx.example "no calls to premium numbers"'],
    says: /refused \(403 Forbidden: "no calls to premium numbers"\); say who you are with --as ADDRESS/,
  },
  "media that do not fit": {
    status: "488 Not Acceptable Here",
    says: /takes nothing of what was offered \(488 Not Acceptable Here\); offered: audio PCMA PCMU \+ digits, SDES if wanted, 127\.0\.0\.1:\d+;/,
  },
  "nobody of that name": { status: "404 Not Found", says: /there is no bob@\S+ \(404 Not Found\); check the address/ },
  "not there": { status: "480 Temporarily Unavailable", says: /cannot be reached now \(480 Temporarily Unavailable\)/ },
  declined: { status: "603 Decline", says: /bob@\S+ declined \(603 Decline\)/ },
};

describe("one clear line, exit status 1", { skip: missing("sipp"), concurrency: 2 }, () => {
  for (const [name, { status, headers = [], says }] of Object.entries(refusals)) {
    test(name, async () => {
      const scenario = new SippScenario("callee").expect("INVITE").respond(status, { headers, reliable: true });
      await using sipp = await startSipp({ scenario: scenario.expect("ACK"), calls: 1, timeoutSeconds: 20 });
      await using folder = await makeTempFolder("phone-command");
      await using us = startPhoneCommand(folder, ["call", `bob@${sipp.address}`, "--codec", "PCMA,PCMU"]);
      assert.equal(await us.exited, 1, us.output);
      assert.match(us.output.slice(us.stdout.length), says);
    });
  }

  test("a phone that says nothing", async () => {
    await using sipp = await startSipp({ scenario: "callee-silent.xml", timeoutSeconds: 30 });
    await using folder = await makeTempFolder("phone-command");
    await using us = startPhoneCommand(folder, ["call", `bob@${sipp.address}`, "--timeout", "4"]);
    assert.equal(await us.exited, 1, us.output);
    assert.match(
      us.output,
      /no answer from 127\.0\.0\.1:\d+ over UDP after 4 s: \d INVITE requests were sent, nothing came back/,
    );
  });

  test("media that never come are warned of while the call goes on", async () => {
    const sdp = [
      "v=0",
      "o=- 1 1 IN IP4 10.255.0.7",
      "s=-",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      "m=audio [media_port] RTP/AVP 0",
    ];
    const scenario = new SippScenario("callee")
      .expect("INVITE")
      .respond("200 OK", { body: sdp.join("\n") })
      .expect("ACK")
      .expect("BYE", { timeoutMs: 30_000 })
      .respond("200 OK");
    await using sipp = await startSipp({ scenario, calls: 1, timeoutSeconds: 40 });
    await using folder = await makeTempFolder("phone-command");
    await using us = startPhoneCommand(folder, ["call", `bob@${sipp.address}`]);
    await us.waitFor(
      /nothing is heard from bob@\S+: no sound has come in 5 s\. Their description says 127\.0\.0\.1:\d+/,
    );
    us.kill("SIGINT");
    assert.equal(await us.exited, 0, us.output);
    assert.match(us.stdout, /hung up after 0:/);
  });
});

const presence = (basic: string): string =>
  `<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@example.com"><tuple id="a"><status><basic>${basic}</basic></status></tuple></presence>`;

test("notifications are said in words, until there are enough", { skip: missing("sipp") }, async () => {
  const type = "Content-Type: application/pidf+xml";
  const scenario = new SippScenario("callee")
    .expect("SUBSCRIBE", { matches: "Event: presence" })
    .respond("200 OK", { headers: ["Expires: 600"] })
    .request("NOTIFY", {
      cseq: 1,
      headers: ["Event: presence", "Subscription-State: active;expires=600", type],
      body: presence("closed"),
    })
    .expect(200)
    .request("NOTIFY", {
      cseq: 2,
      headers: ["Event: presence", "Subscription-State: active;expires=599", type],
      body: presence("open"),
    })
    .expect(200)
    .expect("SUBSCRIBE", { matches: "Expires: 0" })
    .respond("200 OK", { headers: ["Expires: 0"] })
    .request("NOTIFY", { cseq: 3, headers: ["Event: presence", "Subscription-State: terminated;reason=timeout"] })
    .expect(200);
  await using sipp = await startSipp({ scenario, calls: 1, timeoutSeconds: 30 });
  await using folder = await makeTempFolder("phone-command");
  await using us = startPhoneCommand(folder, [
    "subscribe",
    `bob@${sipp.address}`,
    "--event",
    "presence",
    "--count",
    "2",
  ]);
  assert.equal(await us.exited, 0, us.output);
  assert.match(us.stdout, /presence: closed: cannot be reached\n.*presence: open: can be reached\n/);
  assert.equal((await sipp.finished()).failed, 0);
});
