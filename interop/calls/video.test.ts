/** Video added to calls and dropped again, by re-INVITE from either side. Packets alone: the phones encode, and decode what comes back. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Call } from "@trapezoid/call/node";
import { Baresip } from "../rig/baresip.ts";
import { Linphone } from "../rig/linphone.ts";
import { openOwnAgent } from "../rig/own-agent.ts";
import { assertTone } from "../rig/own-talk.ts";
import { missingPhones, phoneHz, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";
import { waitUntil } from "../rig/wait.ts";

const media = { videoCodecs: ["VP8"] } as const;

function videoOf(call: Call): readonly [codec: string, direction: string] | undefined {
  const video = call.media?.video;
  return video === undefined ? undefined : [video.codec, video.direction];
}

/** Sends back what is received until `enough` pictures have come. */
async function mirror(call: Call, enough: number): Promise<void> {
  const { readable, writable } = await call.video();
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  const timer = setTimeout(() => reader.cancel(), 15_000);
  let pictures = 0;
  while (pictures < enough) {
    const { done, value } = await reader.read();
    if (done) break;
    assert.equal(value.codec, "VP8");
    if (value.marker) pictures++;
    await writer.write(value);
  }
  clearTimeout(timer);
  reader.releaseLock();
  writer.releaseLock();
  assert.ok(pictures >= enough, `${pictures} pictures came`);
}

/** Pictures that the phone has decoded so far. */
async function shown(phone: Baresip): Promise<number> {
  const { data } = await phone.command("video_debug");
  return Number(/vidisp: .* frames=(\d+)/.exec(data)?.[1] ?? 0);
}

describe("video", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`we add video to a call with ${name}, it comes and goes; we drop it, the sound goes on`, async () => {
      await using phone = await startPhone(name, { video: true });
      await using us = await openOwnAgent({ media });
      await telling(phone, async () => {
        const call = await us.calls(phone);
        assert.equal(videoOf(call), undefined);
        await call.setVideo(true);
        assert.deepEqual(videoOf(call), ["VP8", "sendrecv"]);
        await mirror(call, name === "baresip" ? 25 : 2);
        if (phone instanceof Baresip) {
          const decodes = async (): Promise<boolean> => (await shown(phone)) > 10;
          await waitUntil(decodes, { what: "baresip to decode what came back" });
        }
        await call.setVideo(false);
        assert.equal(videoOf(call), undefined);
        assertTone("we", await us.measure(call), phoneHz);
        await call.hangUp();
      });
    });

    test(`${name} has no video: the re-INVITE is refused in part, the call is as before`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent({ media });
      await telling(phone, async () => {
        const call = await us.calls(phone);
        await assert.rejects(call.setVideo(true), { code: "CALL_VIDEO_REFUSED" });
        assert.equal(videoOf(call), undefined);
        assertTone("we", await us.measure(call), phoneHz);
        await call.hangUp();
      });
    });
  }

  test("baresip calls with video: taken, or left out of the answer", async () => {
    for (const video of [true, false]) {
      await using phone = await startPhone("baresip", { video: true });
      await using us = await openOwnAgent({ media });
      await telling(phone, async () => {
        const call = await us.isCalledBy(phone, { video });
        assert.equal(call.media?.video?.codec, video ? "VP8" : undefined);
        if (video) await mirror(call, 25);
        assertTone("we", await us.measure(call), phoneHz);
        await call.hangUp();
      });
    }
  });

  test("Linphone turns its camera on in the call, and we take it", async () => {
    await using phone = await startPhone("Linphone", { video: true });
    await using us = await openOwnAgent({ media });
    assert.ok(phone instanceof Linphone);
    await telling(phone, async () => {
      const call = await us.isCalledBy(phone, { video: true });
      assert.equal(videoOf(call), undefined);
      await phone.command("camera on");
      await waitUntil(() => call.media?.video?.codec === "VP8", { what: "video" });
      await mirror(call, 2);
      assertTone("we", await us.measure(call), phoneHz);
      await call.hangUp();
    });
  });
});
