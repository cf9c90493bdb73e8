/** Whether a Via has the sent-by that requests over a flow go out with. RFC 3261 §18.1.2. */

import { hostEquals } from "../message/host.ts";
import type { Via } from "../message/values.ts";
import type { Flow } from "./contract.ts";
import { defaultPort } from "./default-port.ts";

export function isOwnSentBy(via: Via, flow: Flow): boolean {
  const { host, port } = flow.advertised;
  return (via.port ?? defaultPort(flow.kind)) === port && (via.host === host || hostEquals(via.host, host));
}
