/**
 * Every message on the wire, for whoever subscribes: `diagnostics_channel` "sip:transport:sent" and "sip:transport:received".
 * With nobody listening, a message costs one branch.
 */

import { type Channel, channel } from "node:diagnostics_channel";
import type { Flow } from "../contract.ts";

export interface TransportTrace {
  /** A whole message as latin1 text, or keep-alive octets. */
  readonly message: string | Uint8Array;
  readonly flow: Flow;
}

export const sentChannel: Channel<TransportTrace, TransportTrace> = channel("sip:transport:sent");
export const receivedChannel: Channel<TransportTrace, TransportTrace> = channel("sip:transport:received");
