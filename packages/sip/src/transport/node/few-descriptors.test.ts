/** A process that may open few files, and a crowd that would use them all up. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { message, within } from "../../../test/transport/test-peer.ts";

const program = fileURLToPath(new URL("../../../test/transport/echo-server.ts", import.meta.url));
const openFiles = 160;

test("a crowd larger than the open files of the process keeps no phone out", {
  skip: process.platform !== "linux" && "the limit of a process is read from /proc",
}, async () => {
  const command = `ulimit -n ${openFiles} && exec "$0" -C dev "$1"`;
  const child = spawn("sh", ["-c", command, process.execPath, program], { stdio: ["ignore", "pipe", "inherit"] });
  const crowd: Socket[] = [];
  try {
    const [line] = (await within(once(child.stdout, "data"), "the server did not start")) as [Buffer];
    const [port, connections] = line.toString().trim().split(" ").map(Number);
    assert.ok(connections! < openFiles, `${connections} connections of ${openFiles} files`);
    while (crowd.length < 2 * openFiles) {
      const socket = connect(port!, "127.0.0.1");
      socket.on("error", () => {});
      crowd.push(socket);
      await within(once(socket, "connect"), "not connected");
    }
    const phone = connect(port!, "127.0.0.1");
    crowd.push(phone);
    const sent = message("in");
    phone.write(sent);
    const [answer] = (await within(once(phone, "data"), "no answer")) as [Buffer];
    assert.equal(answer.toString("latin1"), sent);
  } finally {
    for (const socket of crowd) socket.destroy();
    const exited = once(child, "exit");
    child.kill("SIGTERM");
    await within(exited, "the server did not end");
  }
});
