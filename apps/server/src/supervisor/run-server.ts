/** `trapezoid start`: runs a server until a signal ends it, and says on standard output what people and programs wait for. */

import { createLogger, type Logger, logLevelOf } from "../observe/logger.ts";
import { type Server, type ServerOptions, startServer } from "./server.ts";

export interface RunOptions extends Omit<ServerOptions, "log"> {
  /** Standard output in JSON, a line each. */
  readonly json: boolean;
}

/** How long running transactions may take after SIGTERM. */
const drainMs = 30_000;

/** Resolves to the exit status when the server has ended; rejects when it does not start. */
export async function runServer(options: RunOptions): Promise<number> {
  const log = createLogger({ level: logLevelOf(process.env.TRAPEZOID_LOG) });
  const stop = new StopSignals();
  try {
    const server = await startServer({ ...options, log });
    return await serve(server, stop, log, options.json);
  } finally {
    stop.close();
  }
}

async function serve(server: Server, stop: StopSignals, log: Logger, json: boolean): Promise<number> {
  const reload = (): void => void server.reload();
  process.on("SIGHUP", reload);
  try {
    announce(server, json);
    log.info("ready", { listening: server.listening, http: server.http });
    const failure = await Promise.race([server.failed, stop.first]);
    if (failure !== undefined) {
      process.stderr.write(`trapezoid: ${failure.message}\n`);
      return 1;
    }
    log.info("draining", { ms: drainMs });
    await server.drain(drainMs);
    return 0;
  } finally {
    await server.close();
    process.off("SIGHUP", reload);
  }
}

function announce(server: Server, json: boolean): void {
  const say = (kind: string, text: string, fields: object): void => {
    process.stdout.write(json ? `${JSON.stringify({ event: kind, ...fields })}\n` : `${text}\n`);
  };
  for (const uri of server.listening) say("listening", `listening ${uri}`, { uri });
  if (server.http !== undefined) say("http", `http ${server.http}`, { uri: server.http });
  if (server.firstAccount !== undefined) {
    const { address, password } = server.firstAccount;
    say("account", `account ${address} password ${password}`, { address, password });
  }
  say("ready", "ready", {});
}

/** SIGTERM and SIGINT: the first one asks to stop, the second one ends the process at once. */
class StopSignals {
  readonly first: Promise<undefined>;
  readonly #listener: () => void;

  constructor() {
    let resolveFirst: (() => void) | undefined;
    this.first = new Promise((resolve) => {
      resolveFirst = () => resolve(undefined);
    });
    let asked = false;
    this.#listener = () => {
      if (asked) process.exit(1);
      asked = true;
      resolveFirst?.();
    };
    process.on("SIGTERM", this.#listener);
    process.on("SIGINT", this.#listener);
  }

  close(): void {
    process.off("SIGTERM", this.#listener);
    process.off("SIGINT", this.#listener);
  }
}
