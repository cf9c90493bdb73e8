/** Two phones that are not ours register, are found by name, ring, talk and hang up. */

import { describe, test } from "node:test";
import { baresipIn, linphoneIn, startHouse } from "../rig/house.ts";
import type { PhoneTransport } from "../rig/phone.ts";
import { missing } from "../rig/programs.ts";
import { talk } from "../rig/talk.ts";

const pairs: readonly (readonly [PhoneTransport, PhoneTransport])[] = [
  ["udp", "udp"],
  ["tcp", "tcp"],
  ["tls", "tls"],
  ["udp", "tls"],
  ["tcp", "udp"],
];

describe("baresip and Linphone call each other and each hears the other's tone", {
  skip: missing("baresip", "linphonec"),
}, () => {
  for (const [first, second] of pairs) {
    test(`baresip over ${first}, Linphone over ${second}, both ways`, async () => {
      await using server = await startHouse({ users: ["alice", "lin"] });
      await using alice = await baresipIn(server, "alice", first, { toneHz: 440 });
      await using lin = await linphoneIn(server, "lin", second, { toneHz: 660 });
      await Promise.all([alice.registered(), lin.registered()]);
      const voices = [
        { phone: alice, toneHz: 440 },
        { phone: lin, toneHz: 660 },
      ] as const;
      // Each phone asks for the other at the address that it knows the server by.
      await talk(voices[0], voices[1], `sip:lin@${server.at(first)}`);
      await talk(voices[1], voices[0], `sip:alice@${server.at(second)}`);
    });
  }

  test("a domain of the server's is as good as its address", async () => {
    await using server = await startHouse({ users: ["alice", "lin"] });
    await using alice = await baresipIn(server, "alice", "udp", { domain: "house.test", proxy: server.at("udp") });
    await using lin = await linphoneIn(server, "lin", "udp", { domain: "house.test", proxy: server.at("udp") });
    await Promise.all([alice.registered(), lin.registered()]);
    await talk({ phone: alice, toneHz: 440 }, { phone: lin, toneHz: 660 }, "sip:lin@house.test");
  });
});
