/** Sound encrypted by ZRTP (RFC 6189) with Linphone, whose own implementation it is: the string, the keys, what is remembered. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Call } from "@trapezoid/call/node";
import type { ZrtpAlgorithms, ZrtpSecurity } from "@trapezoid/rtp";
import { type Linphone, startLinphone } from "../rig/linphone.ts";
import type { LinphoneChoice } from "../rig/linphone-settings.ts";
import { type OwnAgent, openOwnAgent } from "../rig/own-agent.ts";
import { assertTone, talkAndEnd } from "../rig/own-talk.ts";
import { missingPhones, phoneHz, startPhone, telling } from "../rig/peer-phones.ts";
import { missing } from "../rig/programs.ts";
import { waitUntil } from "../rig/wait.ts";

/** Everything that there is, so that Linphone's settings decide. */
const algorithms: ZrtpAlgorithms = {
  hashes: ["S256", "S384"],
  ciphers: ["AES1", "AES3"],
  authTags: ["HS80", "HS32"],
  agreements: ["X255", "X448", "DH2k", "DH3k"],
  sasTypes: ["B32", "B256"],
};

type Choice = NonNullable<LinphoneChoice["zrtp"]>;

const cases: readonly { readonly zrtp: Choice; readonly caller: "we" | "they" }[] = [
  { zrtp: { agreement: "DH3K", hash: "S256", cipher: "AES1", authTag: "HS80", sas: "B32" }, caller: "we" },
  { zrtp: { agreement: "DH3K", hash: "S384", cipher: "AES3", authTag: "HS32", sas: "B256" }, caller: "they" },
  { zrtp: { agreement: "X255", hash: "S384", cipher: "AES3", authTag: "HS32", sas: "B256" }, caller: "we" },
  { zrtp: { agreement: "X255", hash: "S256", cipher: "AES1", authTag: "HS80", sas: "B32" }, caller: "they" },
  { zrtp: { agreement: "X448", hash: "S384", cipher: "AES3", authTag: "HS80", sas: "B32" }, caller: "we" },
  { zrtp: { agreement: "X448", hash: "S384", cipher: "AES3", authTag: "HS32", sas: "B256" }, caller: "they" },
  { zrtp: { agreement: "DH2K", hash: "S256", cipher: "AES1", authTag: "HS32", sas: "B256" }, caller: "we" },
];

function startZrtpPhone(zrtp: Choice, settings: readonly string[] = []): Promise<Linphone> {
  return startLinphone({ user: "linphone", toneHz: phoneHz, zrtp, settings: { sip: settings } });
}

/** Once both have their keys, and each the same string. */
async function secured(call: Call, phone: Linphone): Promise<ZrtpSecurity> {
  const [, token] = await phone.sees(/auth token is (\S+)\./);
  const security = await waitUntil(() => call.security, { what: "keys of ZRTP" });
  assert.equal(security.sas, token, "both should read the same string");
  assert.equal(call.media?.audio?.security, "zrtp");
  assert.equal((await call.statistics()).security, "zrtp");
  return security;
}

function call(us: OwnAgent, phone: Linphone, caller: "we" | "they"): Promise<Call> {
  return caller === "we" ? us.calls(phone) : us.isCalledBy(phone);
}

describe("ZRTP", { skip: missing("linphonec"), concurrency: 2 }, () => {
  for (const { zrtp, caller } of cases) {
    const { agreement, hash, cipher, authTag, sas } = zrtp;
    test(`${agreement} with ${hash}, ${cipher}, ${authTag}, ${sas}, ${caller} call: one string, and sound both ways`, async () => {
      await using phone = await startZrtpPhone(zrtp);
      await using us = await openOwnAgent({ media: { zrtp: true }, zrtpSettings: { algorithms } });
      await telling(phone, async () => {
        const now = await call(us, phone, caller);
        const security = await secured(now, phone);
        assert.equal(security.agreement.toUpperCase(), agreement);
        // Both announced their Hello in the description (RFC 6189 §8.1).
        assert.equal(security.announced, true);
        assert.match(security.peerClient, /^BZRTP/);
        // The initiator chooses among what both have.
        if (security.role === "responder") {
          const chosen = [security.hash, security.cipher, security.authTag, security.sasType];
          assert.deepEqual(chosen, [hash, cipher, authTag, sas]);
        }
        await talkAndEnd({ us, call: now, phone, endedBy: caller === "we" ? "them" : "us" });
        assert.doesNotMatch(phone.process.output, /srtp_unprotect\w*\(\) failed/);
      });
    });
  }

  test("where both require protection they talk, our media in a thread of its own", async () => {
    await using phone = await startZrtpPhone({}, ["media_encryption_mandatory=1"]);
    await using us = await openOwnAgent({ media: { zrtp: "required" }, mediaThreads: 1 });
    await telling(phone, async () => {
      const now = await us.calls(phone);
      await secured(now, phone);
      await talkAndEnd({ us, call: now, phone, endedBy: "us" });
    });
  });

  test("baresip, which has no ZRTP: sound in clear and a warning; where it is required, the call is ended and says why", {
    skip: missingPhones,
  }, async () => {
    await using phone = await startPhone("baresip");
    await using us = await openOwnAgent();
    await telling(phone, async () => {
      const plain = us.agent.dial(phone.address, { media: { zrtp: true } });
      const warnings: string[] = [];
      plain.events.on("warning", (text) => warnings.push(text));
      await phone.rings();
      await phone.answer();
      await plain.answered;
      us.speak(plain, 700);
      assertTone("we", await us.measure(plain), phoneHz);
      await waitUntil(() => warnings.find((text) => /does not answer ZRTP; media is not protected/.test(text)), {
        what: "a warning",
      });
      assert.equal((await plain.statistics()).security, "none");
      await plain.hangUp();
      await phone.ended();

      const demanding = us.agent.dial(phone.address, { media: { zrtp: "required" } });
      await phone.rings();
      await phone.answer();
      const end = await demanding.ended;
      assert.equal(end.cause, "media-failed");
      assert.match(end.text, /ZRTP/);
    });
  });

  test("the second call knows the first (RFC 6189 §4.9): the other side is known again, and that both have compared", async () => {
    await using phone = await startZrtpPhone({});
    await using us = await openOwnAgent({ media: { zrtp: true } });
    await telling(phone, async () => {
      for (const round of [0, 1, 2]) {
        const now = await us.calls(phone);
        const { continuity, verified, verifiedByPeer } = await secured(now, phone);
        assert.deepEqual([continuity, verified, verifiedByPeer], [round > 0, round > 1, round > 1], `call ${round}`);
        if (round === 1) {
          await now.verifySas(true);
          await phone.command("zrtp-set-verified");
        }
        if (round === 2) await phone.sees(/previously verified yes/);
        await now.hangUp();
        await phone.ended();
      }
    });
  });

  for (const holder of ["us", "them"] as const) {
    test(`hold and resume by ${holder} keep the keys; sound both ways afterwards`, async () => {
      await using phone = await startZrtpPhone({});
      await using us = await openOwnAgent({ media: { zrtp: true } });
      await telling(phone, async () => {
        const now = await us.calls(phone);
        const strings: string[] = [];
        now.events.on("secured", (sas) => strings.push(sas));
        const { sas } = await secured(now, phone);
        us.speak(now, 700);
        assertTone("before, we", await us.measure(now), phoneHz);
        if (holder === "us") {
          await now.hold();
          await now.resume();
        } else {
          await phone.hold();
          await waitUntil(() => now.held.byThem || undefined, { what: "their hold" });
          // It takes no order before it has seen our answer.
          await phone.sees(/Call \d+ with \S+ is now paused\./);
          await phone.resume();
          await waitUntil(() => !now.held.byThem || undefined, { what: "the end of their hold" });
        }
        assert.equal(now.media?.audio?.security, "zrtp");
        await talkAndEnd({ us, call: now, phone, endedBy: "us" });
        assert.ok(strings.every((one) => one === sas));
      });
    });
  }
});
