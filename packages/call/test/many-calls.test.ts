/** Two hundred short calls of every course, of which nothing is left. Ten thousand over real sockets are `npm run soak:calls`. */

import { test } from "node:test";
import { makeCalls, takeCourses } from "./call-courses.ts";
import { CallRig } from "./rig.ts";

test("200 calls with Node's media leave no timer, dialog, session, socket or listener", async () => {
  const rig = new CallRig();
  const settings = { sound: {}, media: { codecs: ["PCMU"] } };
  const alice = rig.phone("alice", settings);
  const bob = rig.phone("bob", { ...settings, listens: false });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void rig.clock.after(ms, resolve));
  takeCourses(bob.agent, pause, (error) => rig.errors.push(error));
  let isOver = false;
  const making = makeCalls(alice.agent, bob.uri, { calls: 200, atOnce: 10, pause }).finally(() => {
    isOver = true;
  });
  while (!isOver) await rig.run(100);
  await making;
  await rig.assertNothingLeft();
});
