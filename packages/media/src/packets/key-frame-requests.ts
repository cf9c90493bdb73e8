/** Requests for pictures that stand alone, both ways: how they are put, how often, and which were heard before. RFC 4585 §6.3.1, RFC 5104 §4.3.1. */

import {
  type Feedback,
  fullIntraRequest,
  fullIntraRequestsOf,
  isPictureLossIndication,
  pictureLossIndication,
} from "@trapezoid/rtp";

/** A picture that stands alone is ten times as large as others: asking again before it can be there makes things worse. */
const leastMs = 300;

export interface KeyFrameCounters {
  /** By us. */
  asked: number;
  /** By the other side. */
  wanted: number;
}

export class KeyFrameRequests {
  readonly counters: KeyFrameCounters = { asked: 0, wanted: 0 };
  #isWaiting = false;
  #nextAt = 0;
  #command = 0;
  #lastHeard: number | undefined;

  /** Asks as soon as `due` is called at a time that allows it. */
  ask(): void {
    this.#isWaiting = true;
  }

  /** What is to be sent now. `agreed` are the values of a=rtcp-fb, `ssrc` is ours, `mediaSsrc` who is asked. */
  due(agreed: readonly string[], ssrc: number, mediaSsrc: number, nowMs: number): Feedback | undefined {
    if (!this.#isWaiting || nowMs < this.#nextAt) return undefined;
    this.#isWaiting = false;
    this.#nextAt = nowMs + leastMs;
    this.counters.asked++;
    // RFC 5104 §4.3.1.2: a FIR is no answer to losses where a PLI can be sent.
    if (agreed.includes("nack pli")) return pictureLossIndication(ssrc, mediaSsrc);
    this.#command = (this.#command + 1) & 0xff;
    return fullIntraRequest(ssrc, [{ ssrc: mediaSsrc, sequence: this.#command }]);
  }

  /** Whether feedback is a request to the stream `ssrc`, one that was not heard before. */
  isNewRequest(feedback: Feedback, ssrc: number): boolean {
    const isWanted = isPictureLossIndication(feedback)
      ? feedback.mediaSsrc === ssrc
      : fullIntraRequestsOf(feedback).some((request) => request.ssrc === ssrc && this.#isNewCommand(request.sequence));
    if (isWanted) this.counters.wanted++;
    return isWanted;
  }

  /** RFC 5104 §4.3.1.1: a repeated command keeps its number. */
  #isNewCommand(sequence: number): boolean {
    const isNew = sequence !== this.#lastHeard;
    this.#lastHeard = sequence;
    return isNew;
  }
}

/** Whether one of both can be asked with. */
export function takesKeyFrameRequests(agreed: readonly string[]): boolean {
  return agreed.includes("nack pli") || agreed.includes("ccm fir");
}
