/** Entry of a media thread: an engine of its own, commanded by messages. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type Emitter, type EventMap, TrapezoidError } from "@trapezoid/base";
import { sessionClosed } from "../errors.ts";
import { createMediaEngine } from "../local-engine.ts";
import type { PacketSession } from "../packet-session.ts";
import type { MediaSession } from "../session.ts";
import { type Answer, eventNames, type MediaCommand, type MediaReport, type MediaThreadData } from "./contract.ts";

function run(pool: MessagePort, { thread, options }: MediaThreadData): void {
  const engine = createMediaEngine(options);
  const sessions = new Map<string, MediaSession | PacketSession>();
  const report = (message: MediaReport, transfer: readonly object[] = []): void =>
    pool.postMessage(message, transfer as never);

  const open = async ({ kind, address }: MediaCommand & { readonly type: "open" }): Promise<Answer> => {
    const options = address === undefined ? {} : { address };
    const session = kind === "audio" ? await engine.open(options) : await engine.openPackets(options);
    const id = `${thread}-${session.id}`;
    sessions.set(id, session);
    const events = session.events as Emitter<EventMap>;
    for (const event of eventNames[kind]) {
      events.on(event, (...args) => {
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
      if (command.type === "open") return answer(call, await open(command));
      if (command.type === "stats") return answer(call, await engine.stats());
      const session = sessions.get(command.session);
      if (session === undefined) throw sessionClosed(command.session);
      const operation = session[command.operation as keyof typeof session] as unknown as (
        ...args: unknown[]
      ) => Promise<Answer>;
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
