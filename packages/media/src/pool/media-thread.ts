/** Entry of a media thread: an engine of its own, commanded by messages. */

import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type Emitter, type EventMap, TrapezoidError } from "@trapezoid/base";
import { sessionClosed } from "../errors.ts";
import { createMediaEngine } from "../local-engine.ts";
import type { PacketSession } from "../packet-session.ts";
import type { MediaSession } from "../session.ts";
import {
  type Answer,
  eventNames,
  type MediaCommand,
  type MediaReport,
  type MediaThreadData,
  type SessionAddresses,
} from "./contract.ts";
import { ThreadCache } from "./thread-cache.ts";

function run(pool: MessagePort, { thread, options, zid }: MediaThreadData): void {
  const sessions = new Map<string, MediaSession | PacketSession>();
  const report = (message: MediaReport, transfer: readonly object[] = []): void =>
    pool.postMessage(message, transfer as never);
  const zrtpCache = new ThreadCache(
    zid,
    (lookup, peer) => report({ type: "zrtpLookup", lookup, peer }),
    (change) => report({ type: "zrtpChange", change }),
  );
  const engine = createMediaEngine(options, { zrtpCache });

  const open = async ({ kind, options }: MediaCommand & { readonly type: "open" }): Promise<Answer> => {
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
    return { id, local: session.local, localRtcp: session.localRtcp, zrtpHash: session.zrtpHash };
  };

  const answer = (call: number, result: Answer, at?: SessionAddresses): void => {
    const isPipe = typeof result === "object" && result !== null && "readable" in result;
    report(
      { type: "done", call, result, ...(at === undefined ? {} : { at }) },
      isPipe ? [result.readable, result.writable] : [],
    );
  };

  const perform = async (command: Exclude<MediaCommand, { readonly type: "close" | "zrtpFound" }>): Promise<void> => {
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
      answer(call, result, { local: session.local, localRtcp: session.localRtcp });
    } catch (error) {
      const code = error instanceof TrapezoidError ? error.code : undefined;
      report({ type: "failed", call, code, message: (error as Error).message });
    }
  };

  pool.on("message", (command: MediaCommand) => {
    if (command.type === "zrtpFound") zrtpCache.found(command.lookup, command.found);
    else if (command.type !== "close") void perform(command);
    // Nothing keeps the thread once its sessions and its port are closed.
    else void engine.close().then(() => pool.close());
  });
  report({ type: "ready" });
}

if (parentPort !== null) run(parentPort, workerData as MediaThreadData);
