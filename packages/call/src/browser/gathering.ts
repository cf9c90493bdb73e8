/** Waits for ICE candidates: SIP peers get them all in the description (RFC 8840 is not for them). RFC 8829 §3.5. */

import type { Clock } from "@trapezoid/base";
import { hasCandidates } from "./descriptions.ts";
import { noCandidates } from "./errors.ts";

/** How many times `limitMs` is waited while there is no candidate at all. */
const PATIENCE = 5;

/** Resolves when all are there, or after `limitMs` if there is one. Rejects when there are none long after that. */
export function gathered(connection: RTCPeerConnection, clock: Clock, limitMs: number): Promise<void> {
  const hasSome = (): boolean => hasCandidates(connection.localDescription?.sdp ?? "");
  // After an ICE restart the state says "complete" for a moment longer.
  const isDone = (): boolean => connection.iceGatheringState === "complete" && hasSome();
  if (isDone()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    let isLate = false;
    const look = (): void => {
      if (connection.signalingState === "closed" || isDone() || (isLate && hasSome())) settle(resolve);
    };
    const settle = (how: () => void): void => {
      connection.removeEventListener("icegatheringstatechange", look);
      connection.removeEventListener("icecandidate", look);
      soft[Symbol.dispose]();
      hard[Symbol.dispose]();
      how();
    };
    const soft = clock.after(limitMs, () => {
      isLate = true;
      look();
    });
    const hard = clock.after(limitMs * PATIENCE, () => settle(() => reject(noCandidates(limitMs * PATIENCE))));
    connection.addEventListener("icegatheringstatechange", look);
    connection.addEventListener("icecandidate", look);
  });
}
