import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { probePorts } from "./port-probe.ts";

test("a port that another program has is named, and a free one is left free", async () => {
  const tcp = createServer();
  tcp.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  const { port } = tcp.address() as { port: number };
  const uri = { kind: "tcp", host: "127.0.0.1", port } as const;
  await assert.rejects(probePorts([uri]), {
    code: "SIP_TP_ADDRESS_IN_USE",
    message: new RegExp(`tcp://127\\.0\\.0\\.1:${port}`),
  });
  tcp.close();
  await once(tcp, "close");
  await probePorts([uri]);
  await probePorts([uri, { kind: "udp", host: "127.0.0.1", port: 0 }]);
});

test("a UDP port is told from a TCP port with the same number", async (t: TestContext) => {
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await assert.rejects(probePorts([{ kind: "udp", host: "127.0.0.1", port }]), { code: "SIP_TP_ADDRESS_IN_USE" });
  await probePorts([{ kind: "tls", host: "127.0.0.1", port }]);
});
