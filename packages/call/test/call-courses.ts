/** Courses that short calls take, one after the other, between two user agents: answered, refused, given up, changed, sent on. */

import assert from "node:assert/strict";
import type { Call, CallError, CallOptions, IncomingCall, OutgoingCall, UserAgent } from "@trapezoid/call";

/** Waits; of real time, or of a clock that a test owns. */
export type Pause = (ms: number) => Promise<void>;

interface Course {
  readonly name: string;
  readonly options?: CallOptions;
  callee(call: IncomingCall, pause: Pause): Promise<unknown>;
  /** Ends when the call is over. */
  caller(call: OutgoingCall, pause: Pause): Promise<unknown>;
}

/** A few packets each way. */
const talkMs = 60;
const tone = { kind: "sine", hz: 440 } as const;

async function talk(call: Call, pause: Pause): Promise<void> {
  void call.play(tone);
  await pause(talkMs);
}

async function answerAndTalk(call: IncomingCall, pause: Pause): Promise<void> {
  await call.answer();
  await talk(call, pause);
}

const answered: Course = {
  name: "answered, hung up by the caller",
  callee: answerAndTalk,
  caller: async (call, pause) => {
    await call.answered;
    await talk(call, pause);
    await call.hangUp();
  },
};

export const courses: readonly Course[] = [
  answered,
  { ...answered, name: "encrypted", options: { media: { srtp: "required" } } },
  { ...answered, name: "without an offer", options: { withoutOffer: true } },
  {
    name: "rung, answered, hung up by the callee",
    callee: async (call, pause) => {
      await call.ring();
      await call.earlyMedia();
      await answerAndTalk(call, pause);
      await call.hangUp({ reason: "done" });
    },
    caller: async (call) => {
      await call.ringing;
      await call.ended;
    },
  },
  {
    name: "refused",
    callee: async (call) => call.reject(486),
    caller: (call) => assert.rejects(call.answered, { code: "CALL_FAILED" }),
  },
  {
    name: "given up while it rings",
    callee: (call) => call.ring(),
    caller: async (call) => {
      await call.ringing;
      await call.hangUp();
    },
  },
  {
    name: "held, resumed, read",
    callee: answerAndTalk,
    caller: async (call, pause) => {
      await call.answered;
      await call.hold({ play: tone });
      await call.resume();
      void call.audio({ listenOnly: true }).then(({ readable }) => readable.pipeTo(new WritableStream()));
      await talk(call, pause);
      assert.equal((await call.statistics()).codec, "PCMU");
      await call.hangUp();
    },
  },
  {
    name: "digits and a text",
    callee: async (call) => {
      await call.answer();
      call.events.on("message", () => {});
      await call.collectDigits({ max: 2, prompt: tone });
    },
    caller: async (call) => {
      await call.answered;
      await call.sendDigits("1", { toneMs: 60 });
      await call.sendDigits("2", { by: "info" });
      await call.message("hello").catch((error: CallError) => assert.equal(error.status, 488));
      await call.hangUp();
    },
  },
  {
    name: "video",
    options: { video: true },
    callee: async (call, pause) => {
      await call.answer({ video: true });
      await talk(call, pause);
    },
    caller: async (call, pause) => {
      await call.answered;
      await call.setVideo(false);
      await talk(call, pause);
      await call.hangUp();
    },
  },
  {
    name: "a transfer that is refused, in a mix",
    callee: async (call) => {
      await call.answer();
      await call.play({ kind: "mix", group: "room" });
    },
    caller: async (call) => {
      await call.answered;
      await assert.rejects(call.transfer("sip:nobody@127.0.0.1"), { code: "CALL_TRANSFER_FAILED" });
      await call.hangUp();
    },
  },
];

const field = "X-Course";

/** The callee's part, from now on. Faults go to `onFault`. */
export function takeCourses(callee: UserAgent, pause: Pause, onFault: (error: unknown) => void): Disposable {
  return callee.events.on("call", (call) => {
    const course = courses[Number(call.header(field)[0])];
    // Who is hung up on in the middle does no wrong.
    course?.callee(call, pause).catch((error: { code?: string }) => {
      if (call.state !== "ended" && call.state !== "ending") onFault(error);
    });
  });
}

/** So many calls, so many at a time; resolves when all are over on both sides. */
export async function makeCalls(
  caller: UserAgent,
  target: string,
  { calls, atOnce, pause }: { readonly calls: number; readonly atOnce: number; readonly pause: Pause },
): Promise<void> {
  let made = 0;
  const lane = async (): Promise<void> => {
    while (made < calls) {
      const number = made++ % courses.length;
      const course = courses[number]!;
      const call = caller.dial(target, { ...course.options, headers: [[field, `${number}`]] });
      try {
        await course.caller(call, pause);
      } catch (error) {
        throw new Error(`call ${made} (${course.name}): ${(error as Error).message}`, { cause: error });
      } finally {
        await call.ended;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
