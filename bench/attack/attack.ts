/** What an attack is: it knows where the server listens, runs for some seconds from an address of its own, and tells what it did. */

export interface Target {
  readonly host: string;
  readonly udp: number;
  readonly tcp: number;
  readonly tls: number;
  readonly ws: number;
  readonly domain: string;
  /** An account that exists. */
  readonly user: string;
  readonly seconds: number;
  /** The address that the attack comes from. */
  readonly source: string;
}

export interface Report {
  /** Requests, datagrams, connections: what the attack is made of. */
  readonly sent: number;
  /** How often the server said anything back. */
  readonly answered: number;
  readonly note?: string;
}

export type Attack = (target: Target) => Promise<Report>;

/** Calls `send` `perSecond` times a second until the time is up, in bursts of a few milliseconds. */
export function atRate(perSecond: number, seconds: number, send: (index: number) => void): Promise<number> {
  return new Promise((resolve) => {
    const start = performance.now();
    let done = 0;
    const timer = setInterval(() => {
      const elapsed = Math.min(performance.now() - start, seconds * 1_000);
      const due = Math.floor((elapsed * perSecond) / 1_000);
      // A machine that was away does not make up for it in one burst.
      const until = Math.min(due, done + Math.ceil(perSecond / 20));
      while (done < until) send(done++);
      if (elapsed < seconds * 1_000) return;
      clearInterval(timer);
      resolve(done);
    }, 4);
  });
}
