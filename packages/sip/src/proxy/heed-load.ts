/** What a response says of its sender's load. RFC 7339 §5.4. */

import type { SipResponse } from "../message/message.ts";
import { overloadOf } from "../message/overload-params.ts";
import type { Endpoint } from "../transport/contract.ts";
import type { NextHopLoads } from "./contract.ts";

/** Passes it on; whether the hop takes part in overload control. `hop` was asked by the request. */
export function heedLoad(loads: NextHopLoads, hop: Endpoint, response: SipResponse): boolean {
  const told = response.via === undefined ? undefined : overloadOf(response.via);
  if (told === undefined) return false;
  if (!told.ok) {
    loads.hearNonsense(hop);
    return false;
  }
  loads.hear(hop, told.value);
  return told.value.oc !== true;
}
