/** The example of `packages/call/README.md`, word for word but for its server, in Chromium: somebody presses its button. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { examplesOf } from "../tools/readme-examples.ts";
import { root } from "../tools/source-files.ts";
import { startChromium } from "./rig/chromium.ts";
import { startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";
import { waitUntil } from "./rig/wait.ts";
import { openWebPhone } from "./rig/web-phone.ts";

test("fifteen lines make a phone in a page: it registers, calls, is called, and shows who is there", {
  skip: missing("chromium"),
}, async () => {
  await using server = await startHouse({ users: ["alice", "bob"] });
  const readme = "packages/call/README.md";
  const example = examplesOf(readme, readFileSync(path.join(root, readme), "utf8")).find(
    ({ attributes }) => attributes === "browser",
  );
  assert.ok(example !== undefined);
  const text = example.code
    .replace("wss://sip.example.com/sip", `ws://${server.at("ws")}`)
    .replaceAll("@example.com", "@house.test");
  await using ours = await startChromium({ script: { text } });
  await using theirs = await startChromium({ script: "call-page.ts" });
  await using bob = await openWebPhone(theirs, server, { user: "bob", hz: 880, incoming: "with-video" });
  const page = await ours.openPage();
  page.on("dialog", (dialog) => void dialog.accept());
  await waitUntil(async () => (await server.command(["registrations"])).stdout.includes("alice@house.test"), {
    what: "alice's registration",
  });
  await page.click("button");
  await bob.noted("answered");
  await waitUntil(() => page.evaluate(() => document.querySelector("video")!.videoWidth > 0), {
    what: "bob's picture",
  });
  await bob.hangUp();
  await waitUntil(async () => (await page.title()) === "the other side hung up", { what: "the end of the call" });
  await bob.call("sip:alice@house.test");
  await waitUntil(async () => (await bob.hears()).level > -60, { what: "alice's microphone, which beeps", everyMs: 0 });
  await bob.hangUp();
});
