/** What the server sends, as an independent dissector reads it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startCapture } from "./rig/capture.ts";
import { baresipIn, linphoneIn, startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";

const programs = ["baresip", "linphonec", "tshark"];

for (const transport of ["udp", "tcp"] as const) {
  test(`tshark has no complaint about anything the server sends over ${transport}`, {
    skip: missing(...programs),
  }, async () => {
    await using server = await startHouse({ users: ["alice", "lin"], listen: [`${transport}://127.0.0.1:0`] });
    const port = server.port(transport);
    await using capture = await startCapture(port);
    await using alice = await baresipIn(server, "alice", transport);
    await using lin = await linphoneIn(server, "lin", transport);
    await Promise.all([alice.registered(), lin.registered()]);
    await alice.dial(lin.address);
    await lin.rings();
    await lin.answer();
    await Promise.all([alice.established(), lin.established()]);
    await alice.hangUp();
    await lin.ended();
    await alice.dial(lin.address);
    await lin.rings();
    await alice.hangUp();
    await lin.ended();
    const sent = (await capture.read()).filter((message) => message.sourcePort === port);
    const kinds = new Set(sent.flatMap((message) => message.kinds));
    for (const kind of ["100", "180", "200", "401", "407", "487", "INVITE", "ACK", "BYE", "CANCEL"]) {
      assert.ok(kinds.has(kind), `${kind} among ${[...kinds].join(" ")}`);
    }
    assert.deepEqual(
      sent.filter((message) => message.complaints.length > 0),
      [],
    );
  });
}
