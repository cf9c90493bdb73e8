/** The contract, for every kind and every address family of this host. */

import { transportContract } from "../../../test/transport/transport-contract.ts";
import { ownAddresses } from "./interfaces.ts";

const hosts = ownAddresses(6).includes("::1") ? ["127.0.0.1", "::1"] : ["127.0.0.1"];

for (const kind of ["udp", "tcp", "tls", "ws", "wss"] as const) {
  for (const host of hosts) transportContract(kind, host);
}
