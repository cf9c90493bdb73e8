/** The server that SIPp's scenarios run through, and its users. */

import { createAccount, openDataFolder } from "@trapezoid/server/store";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { makeTempFolder } from "../../interop/rig/temp-folder.ts";
import { startTrapezoid, type Trapezoid } from "../../interop/rig/trapezoid.ts";
import { startDnsStub } from "../live/dns-stub.ts";
import { type Binder, openBinder } from "./bind-user.ts";

export const domain = "house.test";

/** Not a secret: it lives as long as one test. */
export const password = "correct-horse";

export interface SippHouse extends AsyncDisposable {
  readonly server: Trapezoid;
  readonly binder: Binder;
}

/** Trusts 127.0.0.1: the scenarios call without credentials. Whoever has to prove something calls from 127.0.0.2. */
export async function startSippHouse(users: readonly string[]): Promise<SippHouse> {
  await using started = new AsyncDisposableStack();
  const folder = started.use(await makeTempFolder("sipp-house"));
  const data = await openDataFolder(folder.file("data"));
  try {
    for (const user of users) {
      const named = { user, domain, address: `${user}@${domain}` };
      await data.accounts.add(createAccount(nodeHash, named, password, Date.now()));
    }
  } finally {
    data.close();
  }
  // No name leads anywhere: nothing leaves this machine.
  const dns = started.use(await startDnsStub());
  const listen = ["udp://127.0.0.1:0", "tcp://127.0.0.1:0"];
  // Some callers leave a phone ringing; Timer C ends that in the time of a test.
  const timers = { c: 20_000 };
  const config = { domains: [domain], listen, trust: ["127.0.0.1"], dns: { servers: [dns.server] }, timers };
  const server = started.use(
    await startTrapezoid({
      folder,
      listen: [],
      config: `import { defineConfig } from "trapezoid";\nexport default defineConfig(${JSON.stringify(config)});\n`,
    }),
  );
  const binder = started.use(await openBinder(server.port("udp")));
  const owned = started.move();
  return { server, binder, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
