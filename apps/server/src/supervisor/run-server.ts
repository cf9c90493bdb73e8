/** `trapezoid start`: runs a server until a signal ends it, and says on standard output what people and programs wait for. */

import { createLogger, type Logger, logLevelOf } from "../observe/logger.ts";
import { type Server, type ServerOptions, startServer } from "./server.ts";

export interface RunOptions extends Omit<ServerOptions, "log"> {
  /** Standard output in JSON, a line each. */
  readonly json: boolean;
  /** Aborted when whoever could stop the server by a signal is gone: it stops as if told to. */
  readonly orphaned?: AbortSignal;
}

/** How long running transactions may take after SIGTERM. */
const drainMs = 30_000;

/** npm forwards what the terminal has sent to both already: that is no second wish. */
const echoMs = 500;

/** Resolves to the exit status when the server has ended; rejects when it does not start. */
export async function runServer(options: RunOptions): Promise<number> {
  const log = createLogger({ level: logLevelOf(process.env.TRAPEZOID_LOG) });
  const stop = new StopSignals(options.orphaned);
  const reload = new ReloadSignal();
  try {
    const server = await startServer({ ...options, log });
    reload.serve(() => void server.reload());
    return await serve(server, stop, log, options.json);
  } finally {
    reload.close();
    stop.close();
  }
}

async function serve(server: Server, stop: StopSignals, log: Logger, json: boolean): Promise<number> {
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

  constructor(orphaned: AbortSignal | undefined) {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.first = promise;
    const echoes = process.env.npm_command === undefined ? 0 : echoMs;
    let askedAt: number | undefined;
    this.#listener = () => {
      const now = performance.now();
      if (askedAt !== undefined && now - askedAt >= echoes) process.exit(1);
      askedAt ??= now;
      resolve(undefined);
    };
    orphaned?.addEventListener("abort", () => resolve(undefined), { once: true });
    process.on("SIGTERM", this.#listener);
    process.on("SIGINT", this.#listener);
  }

  close(): void {
    process.off("SIGTERM", this.#listener);
    process.off("SIGINT", this.#listener);
  }
}

/** SIGHUP: reload. Taken from the beginning, or one during the start would end the process; it is carried out once the server runs. */
class ReloadSignal {
  #reload: (() => void) | undefined;
  #early = false;
  readonly #listener = (): void => {
    if (this.#reload === undefined) this.#early = true;
    else this.#reload();
  };

  constructor() {
    process.on("SIGHUP", this.#listener);
  }

  serve(reload: () => void): void {
    this.#reload = reload;
    if (this.#early) reload();
  }

  close(): void {
    process.off("SIGHUP", this.#listener);
  }
}
