/** Entry of a media thread: an engine of its own, commanded by messages. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { TrapezoidError } from "@trapezoid/base";
import { sessionClosed } from "../errors.ts";
import { createMediaEngine } from "../local-engine.ts";
import type { MediaSession } from "../session.ts";
import type { Answer, MediaCommand, MediaReport, MediaThreadData } from "./contract.ts";

const eventNames = ["digit", "ended", "timeout", "latched", "bye", "recordingFailed", "closed"] as const;

function run(pool: MessagePort, { thread, options }: MediaThreadData): void {
  const engine = createMediaEngine(options);
  const sessions = new Map<string, MediaSession>();
  const report = (message: MediaReport, transfer: readonly object[] = []): void =>
    pool.postMessage(message, transfer as never);

  const open = async (address: string | undefined): Promise<Answer> => {
    const session = await engine.open(address === undefined ? {} : { address });
    const id = `${thread}-${session.id}`;
    sessions.set(id, session);
    for (const event of eventNames) {
      session.events.on(event, (...args) => {
        if (event === "closed") sessions.delete(id);
        report({ type: "event", session: id, event, args } as MediaReport);
      });
    }
    return { id, local: session.local, localRtcp: session.localRtcp };
  };

  const answer = (call: number, result: Answer, localRtcp?: MediaReport & { type: "done" }): void => {
    const isPipe = typeof result === "object" && result !== null && "readable" in result;
    report({ ...localRtcp, type: "done", call, result }, isPipe ? [result.readable, result.writable] : []);
  };

  const perform = async (command: Exclude<MediaCommand, { readonly type: "close" }>): Promise<void> => {
    const { call } = command;
    try {
      if (command.type === "open") return answer(call, await open(command.address));
      if (command.type === "stats") return answer(call, await engine.stats());
      const session = sessions.get(command.session);
      if (session === undefined) throw sessionClosed(command.session);
      const operation = session[command.operation] as (...args: unknown[]) => Promise<Answer>;
      const result = await operation.apply(session, [...command.args]);
      answer(call, result, { type: "done", call, result: undefined, localRtcp: session.localRtcp });
    } catch (error) {
      const code = error instanceof TrapezoidError ? error.code : undefined;
      report({ type: "failed", call, code, message: (error as Error).message });
    }
  };

  pool.on("message", (command: MediaCommand) => {
    if (command.type !== "close") {
      void perform(command);
      return;
    }
    // Nothing keeps the thread once its sessions and its port are closed.
    void engine.close().then(() => pool.close());
  });
  report({ type: "ready" });
}

if (parentPort !== null) run(parentPort, workerData as MediaThreadData);
