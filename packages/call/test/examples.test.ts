/** The programs of the project's README, each started as its reader would start it, and called. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, suite, test } from "node:test";
import { type Call, type NodeUserAgent, type NodeUserAgentSettings, openUserAgent } from "@trapezoid/call/node";
import { examplesOf } from "../../../tools/readme-examples.ts";
import { root } from "../../../tools/source-files.ts";
import { Ear } from "./ear.ts";
import { openSwitchboard, type Switchboard } from "./switchboard.ts";
import { until } from "./until.ts";
import { sineWav } from "./wav.ts";

suite("programs of the README", { timeout: 60_000 }, () => {
  let folder: string;
  let board: Switchboard;
  let program: ChildProcess | undefined;
  const phones: NodeUserAgent[] = [];

  before(async () => {
    // Beside the README, so that its imports find what a reader's would.
    folder = await mkdtemp(path.join(root, ".readme-examples-"));
    board = await openSwitchboard();
    const sounds = {
      greeting: [500, 600],
      menu: [700, 30_000],
      "opening-hours": [900, 30_000],
      "nobody-there": [500, 100],
    } as const;
    for (const [name, [hz, ms]] of Object.entries(sounds))
      await writeFile(path.join(folder, `${name}.wav`), sineWav(hz, ms));
  });
  after(async () => {
    await stop();
    await Promise.all(phones.map((phone) => phone.close()));
    await board[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const start = async (file: string): Promise<ChildProcess> => {
    await stop();
    const text = await readFile(path.join(root, "README.md"), "utf8");
    const example = examplesOf("README.md", text).find(({ attributes }) => attributes.includes(`file=${file}`));
    assert.ok(example, `README.md has no example ${file}`);
    await writeFile(path.join(folder, file), example.code.replaceAll("example.com", board.domain));
    program = spawn(process.execPath, ["-C", "dev", file], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    return program;
  };
  const stop = async (): Promise<void> => {
    if (program === undefined || program.exitCode !== null) return;
    program.kill();
    await once(program, "exit");
  };
  const phone = async (user: string, settings: Partial<NodeUserAgentSettings> = {}): Promise<NodeUserAgent> => {
    const opened = await openUserAgent({
      address: `sip:${user}@${board.domain}`,
      listen: [{ kind: "udp", host: "127.0.0.1", port: 0 }],
      media: { codecs: ["PCMU"] },
      ...settings,
    });
    phones.push(opened);
    board.add(user, opened.contact);
    return opened;
  };
  /** Waits until a call hears a tone. */
  const hears = async (call: Call, hz: number): Promise<void> => {
    const ear = await Ear.of(call);
    await until(() => ear.isTone(hz), 500);
  };

  test("answering-machine.ts greets, beeps, and keeps what it is told", async () => {
    const caller = await phone("caller");
    const { stdout } = await start("answering-machine.ts");
    await board.registered("machine");
    const call = await caller.call(`sip:machine@${board.domain}`);
    const ear = await Ear.of(call);
    await until(() => ear.heard(1_000, 0).purity > 0.5, 100);
    void call.play({ kind: "sine", hz: 440 });
    const said = once(stdout!, "data");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await call.hangUp();
    assert.match(String(await said), /^message-\d+\.wav: [12](\.\d+)? s\n$/);
    const [message] = (await readdir(folder)).filter((name) => name.startsWith("message-"));
    assert.ok((await readFile(path.join(folder, message!))).length > 16_000);
  });

  test("click-to-call.ts joins two phones and leaves", async () => {
    const alice = await phone("alice", { onTransfer: "follow" });
    const bob = await phone("bob");
    const joined = Promise.withResolvers<readonly [Call, Call]>();
    alice.events.once("call", (call) => {
      void call.answer();
      call.events.on("transferred", async (next) => {
        await next.answered;
        atAlice.resolve(next);
      });
    });
    const atAlice = Promise.withResolvers<Call>();
    bob.events.once("call", (call) => {
      void call.answer();
      call.events.on("replaced", async (next) => {
        await next.answered;
        joined.resolve([await atAlice.promise, next]);
      });
    });
    const running = await start("click-to-call.ts");
    const [left, right] = await joined.promise;
    void left.play({ kind: "sine", hz: 440 });
    await hears(right, 440);
    if (running.exitCode === null) await once(running, "exit");
    assert.equal(running.exitCode, 0);
    assert.deepEqual([left.state, right.state], ["active", "active"]);
    await left.hangUp();
  });

  test("menu.ts asks, tells, and sends on", async () => {
    const alice = await phone("alice");
    const caller = await phone("caller", { onTransfer: "follow" });
    await start("menu.ts");
    await board.registered("menu");
    const call = await caller.call(`sip:menu@${board.domain}`);
    await hears(call, 700);
    await call.sendDigits("1");
    await hears(call, 900);
    // Nobody is there yet: the menu goes on.
    await call.sendDigits("2");
    await hears(call, 700);
    alice.events.once("call", (next) => void next.answer());
    const transferred = Promise.withResolvers<Call>();
    call.events.on("transferred", (next) => transferred.resolve(next));
    await call.sendDigits("2");
    const next = await transferred.promise;
    await next.answered;
    assert.equal((await call.ended).text, "the other side hung up");
    await next.hangUp();
  });

  test("echo.ts sends back what it hears", async () => {
    const caller = await phone("caller");
    await start("echo.ts");
    await board.registered("echo");
    const call = await caller.call(`sip:echo@${board.domain}`);
    void call.play({ kind: "sine", hz: 440 });
    await hears(call, 440);
    await call.hangUp();
  });
});
