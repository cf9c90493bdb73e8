/** Our own user agent in Firefox: what differs between browsers is tried in one page that nobody drives. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { reportOfFirefox } from "./rig/firefox.ts";
import { password, startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";

test("two user agents in a page of Firefox call each other: sound, hold, digits, recording, frames, video, another way", {
  skip: missing("firefox-esr", "pulseaudio"),
}, async () => {
  await using server = await startHouse({ users: ["alice", "bob"] });
  const settings = JSON.stringify({ server: `ws://${server.at("ws")}`, password });
  const script = { script: "two-in-a-page.ts", files: { "/settings": settings } };
  const { browser, ...found } = (await reportOfFirefox(script, 180_000)) as Record<string, unknown>;
  assert.match(`${browser}`, /Firefox/);
  assert.deepEqual(found, {
    sound: [880, 440],
    codec: "opus",
    held: [true, true, true],
    resumed: [880, 440],
    played: 1_500,
    stopped: ["stopped", 440],
    digits: "3#",
    recorded: [true, true],
    frames: [true, 1_600, 440],
    video: [true, true],
    videoDropped: [true, true],
    videoAgain: true,
    newWay: true,
    restarted: [880, 440],
    // Firefox counts packets anew after a restart.
    statistics: [true, true, true],
    ended: "the other side hung up",
    offerless: 880,
    leftovers: { connections: 0, tracks: 0, contexts: 0, recorders: 0, webSockets: 0, timers: 0 },
  });
});
