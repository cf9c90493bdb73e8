/** The phone of the command line with phones that are not ours, through the server: each hears the other's tone. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { baresipIn, linphoneIn, startHouse } from "../rig/house.ts";
import { assertTone, ownHz } from "../rig/own-talk.ts";
import { missingPhones, phoneHz, telling } from "../rig/peer-phones.ts";
import { asUser, eventsOf, startPhoneCommand } from "../rig/phone-command.ts";
import { makeTempFolder } from "../rig/temp-folder.ts";
import { makeTone, measure } from "../rig/tone.ts";
import { waitUntil } from "../rig/wait.ts";
import { readWav } from "../rig/wav.ts";

/** Waits until they have been heard long enough to be measured, whatever the machine is busy with. */
async function hears(file: string): Promise<void> {
  const isHeard = async (): Promise<boolean> => (measure(await readWav(file, "right"))?.seconds ?? 0) >= 1.5;
  await waitUntil(isHeard, { what: `a tone in ${file}`, timeoutMs: 30_000, everyMs: 250 });
}

const phones = { baresip: baresipIn, Linphone: linphoneIn } as const;

describe("the phone of the command line", { skip: missingPhones }, () => {
  for (const [name, startIn] of Object.entries(phones)) {
    test(`calls ${name}: plays, records, presses keys, hangs up`, async () => {
      await using server = await startHouse({ users: ["cli", "desk"] });
      await using folder = await makeTempFolder("phone-command");
      await makeTone(folder.file("tone.wav"), ownHz, 60);
      await using desk = await startIn(server, "desk", "udp", { toneHz: phoneHz });
      await desk.registered();
      await telling(desk, async () => {
        await using us = startPhoneCommand(folder, [
          ...["call", "desk", ...asUser(server, "cli"), "--json", "--codec", "PCMU"],
          ...["--play", "tone.wav", "--record", "heard.wav", "--dual", "--digits", "42#"],
        ]);
        await desk.rings().catch((error: Error) => {
          throw new Error(`${error.message}\nwe said:\n${us.output}`, { cause: error });
        });
        await us.waitFor(/"event":"progress".*"status":180/);
        await desk.answer();
        await Promise.all([us.waitFor(/"event":"answered"/), desk.established()]);
        await waitUntil(() => desk.digits() === "42#", { what: "42# at the phone" });
        await hears(folder.file("heard.wav"));
        us.kill("SIGINT");
        assert.equal(await us.exited, 0, us.output);
        await desk.ended();
        const summary = eventsOf(us).at(-1)!;
        assert.deepEqual([summary.event, summary.ok, summary.cause, summary.by], ["summary", true, "bye", "local"]);
        assertTone("we", measure(await readWav(folder.file("heard.wav"), "right")), phoneHz);
        assertTone(name, await desk.heard(), ownHz);
      });
    });

    test(`answers ${name}, twice, each call recorded to a file of its own`, async () => {
      await using server = await startHouse({ users: ["cli", "desk"] });
      await using folder = await makeTempFolder("phone-command");
      await makeTone(folder.file("tone.wav"), ownHz, 60);
      await using us = startPhoneCommand(folder, [
        ...["register", ...asUser(server, "cli"), "--json", "--answer", "--answer-after", "1"],
        ...["--play", "tone.wav", "--record", "heard.wav", "--dual"],
      ]);
      await using desk = await startIn(server, "desk", "udp", { toneHz: phoneHz });
      await Promise.all([us.waitFor(/"event":"registered"/), desk.registered()]);
      await telling(desk, async () => {
        for (const file of ["heard.wav", "heard-2.wav"]) {
          const from = us.output.length;
          await desk.dial(`sip:cli@${server.at("udp")}`);
          await desk.heardRinging();
          await desk.established();
          await hears(folder.file(file));
          await desk.hangUp();
          await desk.ended();
          await us.waitFor(/"event":"ended".*"by":"remote"/, { from });
          assertTone("we", measure(await readWav(folder.file(file), "right")), phoneHz);
          assertTone(name, await desk.heard(), ownHz);
        }
        us.kill("SIGTERM");
        assert.equal(await us.exited, 0, us.output);
        assert.equal(eventsOf(us).at(-2)?.event, "unregistered");
      });
    });

    test(`asks ${name} what it can do`, async () => {
      await using server = await startHouse({ users: ["cli", "desk"] });
      await using folder = await makeTempFolder("phone-command");
      await using desk = await startIn(server, "desk", "udp");
      await desk.registered();
      await using us = startPhoneCommand(folder, ["options", "desk", ...asUser(server, "cli"), "--json"]);
      assert.equal(await us.exited, 0, us.output);
      const [options] = eventsOf(us);
      assert.equal(options?.status, 200);
      // Linphone says nothing more.
      if (name === "Linphone") return;
      assert.match(String(options?.product), /baresip/);
      const methods = new Set(options?.methods as readonly string[]);
      for (const method of ["INVITE", "BYE", "OPTIONS"]) assert.ok(methods.has(method), method);
    });
  }

  test("a text reaches Linphone", async () => {
    await using server = await startHouse({ users: ["cli", "desk"] });
    await using folder = await makeTempFolder("phone-command");
    await using desk = await linphoneIn(server, "desk", "udp");
    await desk.registered();
    await using us = startPhoneCommand(folder, ["message", "desk", "grüß dich", ...asUser(server, "cli")]);
    assert.equal(await us.exited, 0, us.output);
    assert.match(us.stdout, /^(delivered to|accepted for) desk@/);
    const [text] = await waitUntil(() => desk.texts().length > 0 && desk.texts(), { what: "the text at the phone" });
    assert.equal(text?.text, "grüß dich");
  });
});
