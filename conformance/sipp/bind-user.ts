/** Makes a contact the one binding of a user, by REGISTER from a source that the server trusts. RFC 3261 §10.2. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { waitUntil } from "../../interop/rig/wait.ts";

export interface Binder extends AsyncDisposable {
  /** `contact` undefined: no binding. Rejects when the server refuses. */
  bind(address: string, contact: string | undefined): Promise<void>;
}

export async function openBinder(serverPort: number): Promise<Binder> {
  const socket = createSocket("udp4");
  const statuses = new Map<string, number>();
  let count = 0;
  socket.on("message", (packet) => {
    const text = packet.toString("latin1");
    const callId = /^Call-ID: (.*)$/im.exec(text)?.[1]?.trim() ?? "";
    statuses.set(callId, Number(text.slice(8, 11)));
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  const register = async (address: string, lines: readonly string[]): Promise<void> => {
    const callId = `bind-${++count}`;
    const text = [
      `REGISTER sip:${address.slice(address.indexOf("@") + 1)} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK${callId}`,
      "Max-Forwards: 70",
      `From: <sip:${address}>;tag=${callId}`,
      `To: <sip:${address}>`,
      `Call-ID: ${callId}`,
      "CSeq: 1 REGISTER",
      ...lines,
      "Content-Length: 0",
      "\r\n",
    ].join("\r\n");
    socket.send(Buffer.from(text, "latin1"), serverPort, "127.0.0.1");
    const status = await waitUntil(() => statuses.get(callId), { what: `the answer to REGISTER of ${address}` });
    if (status !== 200) throw new Error(`REGISTER of ${address} was answered ${status}`);
  };
  return {
    bind: async (address, contact) => {
      await register(address, ["Contact: *", "Expires: 0"]);
      if (contact !== undefined) await register(address, [`Contact: <${contact}>`, "Expires: 3600"]);
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
      await once(socket, "close");
    },
  };
}
