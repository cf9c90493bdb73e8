import assert from "node:assert/strict";
import { test } from "node:test";
import { TimerWheel } from "@trapezoid/base";
import { answerBinding, decodeStun } from "@trapezoid/stun";
import { createFakeClock, createRandomOctets } from "@trapezoid/testkit";
import type { Flow } from "../../transport/contract.ts";
import type { Environment } from "../core/environment.ts";
import { FlowKeeper } from "./flow-keeper.ts";
import { KeepAliveAnswers } from "./keep-alive-answers.ts";

interface Scene {
  readonly sent: Uint8Array[];
  readonly failures: string[];
  alive: number;
  run(ms: number): void;
  answer(octets: "pong" | Uint8Array): void;
  stop(): void;
}

function keep(reliable: boolean, expectsAnswer = true): Scene {
  const clock = createFakeClock();
  const keepAlives = new KeepAliveAnswers();
  const sent: Uint8Array[] = [];
  const failures: string[] = [];
  const environment = { wheel: new TimerWheel({ clock }), hash: { random: createRandomOctets(1) }, keepAlives };
  const flow = {
    id: "f",
    reliable,
    send: (octets: Uint8Array) => {
      sent.push(octets);
      return true;
    },
  };
  const keeper = new FlowKeeper(environment as unknown as Environment, flow as unknown as Flow, {
    seconds: 30,
    expectsAnswer,
    onAlive: () => scene.alive++,
    onFailed: (why) => failures.push(why),
  });
  const scene: Scene = {
    sent,
    failures,
    alive: 0,
    run: (ms) => clock.advance(ms),
    answer: (octets) => keepAlives.onAnswer(octets, flow as unknown as Flow),
    stop: () => keeper.stop(),
  };
  return scene;
}

/** Of the last request, as it is answered by who sees this port. */
function answerTo(scene: Scene, port: number): Uint8Array {
  const request = decodeStun(scene.sent.at(-1)!);
  assert.ok(request.ok);
  return answerBinding(request.value, { address: "192.0.2.1", port }) ?? assert.fail("no binding request");
}

test("the first answer proves the flow, once; another mapped address ends it (RFC 5626 §4.4.2, §4.5)", () => {
  const scene = keep(false);
  scene.run(30_000);
  assert.equal(scene.sent.length, 1);
  scene.answer(answerTo(scene, 5_060));
  scene.run(30_000);
  scene.answer(answerTo(scene, 5_060));
  assert.deepEqual([scene.alive, scene.failures.length], [1, 0]);
  scene.run(30_000);
  scene.answer(answerTo(scene, 5_061));
  assert.match(scene.failures[0] ?? "", /changed to 192\.0\.2\.1:5061/);
});

test("an error in STUN ends the flow; an answer to something else, or too late, does not count (RFC 5626 §4.4.2)", () => {
  const scene = keep(false);
  scene.run(30_000);
  const foreign = answerTo(scene, 5_060);
  foreign[8] = foreign[8]! ^ 0xff;
  scene.answer(foreign);
  assert.equal(scene.alive, 0);
  const error = answerTo(scene, 5_060);
  error[0] = 0x01;
  error[1] = 0x11;
  scene.answer(error);
  assert.deepEqual(scene.failures, ["STUN was answered with an error"]);
  scene.answer(answerTo(scene, 5_060));
  assert.equal(scene.alive, 0);
});

test("without a promise of answers nothing is concluded, not from errors either (RFC 5626 §4.4)", () => {
  const scene = keep(false, false);
  scene.run(30_000);
  const error = answerTo(scene, 5_060);
  error[0] = 0x01;
  error[1] = 0x11;
  scene.answer(error);
  scene.run(300_000);
  assert.deepEqual(scene.failures, []);
  assert.ok(scene.sent.length >= 10);
  scene.stop();
});

test("a pong answers a ping on connections alone; none in 10 s ends the flow (RFC 5626 §4.4.1)", () => {
  const scene = keep(true);
  scene.run(30_000);
  assert.equal(new TextDecoder().decode(scene.sent[0]), "\r\n\r\n");
  scene.answer("pong");
  assert.equal(scene.alive, 1);
  while (scene.sent.length < 2) scene.run(100);
  scene.run(9_800);
  assert.deepEqual(scene.failures, []);
  scene.run(200);
  assert.equal(scene.failures.length, 1);
  const datagrams = keep(false);
  datagrams.run(30_000);
  datagrams.answer("pong");
  assert.equal(datagrams.alive, 0);
  datagrams.stop();
});

test("of a flow's keepers the last one listens, and an old one that goes does not take it away", () => {
  const answers = new KeepAliveAnswers();
  const heard: string[] = [];
  const flow = { id: "f" } as Flow;
  const first = answers.listen(flow, () => heard.push("first"));
  const second = answers.listen(flow, () => heard.push("second"));
  first[Symbol.dispose]();
  answers.onAnswer("pong", flow);
  second[Symbol.dispose]();
  answers.onAnswer("pong", flow);
  assert.deepEqual(heard, ["second"]);
});
