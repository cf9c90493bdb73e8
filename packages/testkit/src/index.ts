/** Test doubles for everything in Trapezoid that touches time or a network. */

export { createFakeClock, type FakeClock, type FakeClockOptions } from "./fake-clock.ts";
export { drawLadder, type Rung } from "./ladder.ts";
export { type LeakCheckParts, leakCheck } from "./leak-check.ts";
export { createRandom, createRandomOctets } from "./random.ts";
export { type RecordedMessage, SipRecorder, type SipRecorderOptions } from "./sip-recorder.ts";
export { VirtualConnection, VirtualUdpFlow } from "./virtual-flow.ts";
export {
  createVirtualNetwork,
  type NetworkConditions,
  type Packet,
  VirtualNetwork,
  type VirtualNetworkOptions,
} from "./virtual-network.ts";
export { VirtualTransport, type VirtualTransportOptions } from "./virtual-transport.ts";
