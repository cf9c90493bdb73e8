/** A recording of a call of Node. */

import type { Clock } from "@trapezoid/base";
import { type MediaSession, recordingFailed } from "@trapezoid/media";
import type { Recording, RecordOptions, RecordResult } from "../values.ts";

export class CallRecording implements Recording {
  readonly finished: Promise<RecordResult>;
  readonly #session: MediaSession;
  readonly #number: number;
  readonly #result = Promise.withResolvers<RecordResult>();
  readonly #cleanUp = new DisposableStack();
  #stopping = false;

  private constructor(session: MediaSession, number: number, path: string, clock: Clock, options: RecordOptions) {
    this.#session = session;
    this.#number = number;
    this.finished = this.#result.promise;
    this.finished.catch(() => {});
    const { signal, maxSeconds } = options;
    this.#cleanUp.use(
      session.events.on("recordingFailed", (failed, why) => {
        if (failed === number) this.#fail(recordingFailed(path, why));
      }),
    );
    if (maxSeconds !== undefined) this.#cleanUp.use(clock.after(maxSeconds * 1_000, () => void this.stop()));
    if (signal !== undefined) {
      const stop = (): void => void this.stop();
      signal.addEventListener("abort", stop, { once: true });
      this.#cleanUp.defer(() => signal.removeEventListener("abort", stop));
      if (signal.aborted) stop();
    }
  }

  /** Rejects with `MEDIA_RECORDING_FAILED` when the file cannot be made. */
  static async start(
    session: MediaSession,
    path: string,
    clock: Clock,
    options: RecordOptions,
  ): Promise<CallRecording> {
    const { channels, sampleRate } = options;
    const number = await session.record({
      path,
      ...(channels === undefined ? {} : { channels }),
      ...(sampleRate === undefined ? {} : { sampleRate }),
    });
    return new CallRecording(session, number, path, clock, options);
  }

  stop(): Promise<RecordResult> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#cleanUp.dispose();
      this.#session.stopRecording(this.#number).then(
        (result) => {
          if (result === undefined) this.#result.reject(recordingFailed("the file", "its session is closed"));
          else this.#result.resolve({ path: result.path, blob: undefined, ms: result.ms });
        },
        (error: unknown) => this.#result.reject(error),
      );
    }
    return this.finished;
  }

  #fail(error: Error): void {
    this.#result.reject(error);
    void this.stop();
  }
}
