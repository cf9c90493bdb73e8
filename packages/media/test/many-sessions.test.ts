import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock, leakCheck } from "@trapezoid/testkit";
import { createMediaEngine } from "../src/index.ts";
import { events, keys, opus, pcmu } from "./rig.ts";
import { virtualDatagrams } from "./virtual-datagrams.ts";

test("1,000 sessions opened, used and closed leave no timer, no socket and no port", async () => {
  const clock = createFakeClock();
  const network = virtualDatagrams(clock);
  const engine = createMediaEngine({ address: "192.0.2.1", ports: [20_000, 20_399] }, { clock, bind: network.bind });
  for (let round = 0; round < 10; round++) {
    const sessions = await Promise.all(Array.from({ length: 100 }, () => engine.open()));
    for (const [index, session] of sessions.entries()) {
      await session.configure({
        direction: "sendrecv",
        rtcpMux: index % 2 === 0,
        codecs: [index % 25 === 0 ? opus : pcmu],
        companions: [events],
        remote: sessions[index ^ 1]!.local,
        ...(index % 3 === 0 ? { sdes: keys } : {}),
      });
      await session.play(index % 2 === 0 ? { kind: "echo" } : { kind: "mix", group: `${index >> 3}` });
      await session.audio({ listenOnly: true });
    }
    await clock.advanceAsync(60);
    assert.equal((await engine.stats()).sessions, 100);
    await Promise.all(sessions.map((session) => session.close()));
  }
  await clock.advanceAsync(100);
  const { sessions, portsInUse } = await engine.stats();
  leakCheck({ clock, counts: { sockets: network.open, sessions, portsInUse } });
  await engine.close();
});

test("the limits of sessions and of ports are told by name", async () => {
  const clock = createFakeClock();
  const network = virtualDatagrams(clock);
  const few = createMediaEngine({ address: "192.0.2.1", maxSessions: 1 }, { clock, bind: network.bind });
  await few.open();
  await assert.rejects(few.open(), { code: "MEDIA_TOO_MANY_SESSIONS" });
  const narrow = createMediaEngine({ address: "192.0.2.2", ports: [30_000, 30_001] }, { clock, bind: network.bind });
  await narrow.open();
  await assert.rejects(narrow.open(), { code: "MEDIA_NO_PORTS" });
  await few.close();
  await narrow.close();
  assert.equal(network.open, 0);
});
