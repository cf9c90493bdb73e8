/** Whether packets of ours get to where the other side wants its media at. */

import { isNullAddress, type NegotiatedSession } from "@trapezoid/sdp";
import { isIpAddress, isIpv6 } from "@trapezoid/sip/message";
import type { MediaRefusal } from "../media-port.ts";

/** Of media at a host name, which nobody resolves here, or at an address of the other family. `ownAddress`: of our sockets. */
export function unreachable(session: NegotiatedSession, ownAddress: string): MediaRefusal | undefined {
  for (const { active, remote } of session.streams) {
    const { address } = remote;
    if (!active || isNullAddress(address)) continue;
    // RFC 3261 §20.43: 301 is an incompatible network address format.
    if (!isIpAddress(address)) return refusal(`media is wanted at the host name ${address}; an address is needed`);
    if (isIpv6(address) !== isIpv6(ownAddress)) {
      return refusal(`media is wanted at ${address}, which ${ownAddress} cannot send to; offer IPv4 and IPv6 alike`);
    }
  }
  return undefined;
}

function refusal(reason: string): MediaRefusal {
  return { status: 488, reason, warning: 301 };
}
