/** What a web server at our names says while an authority looks: http-01. RFC 8555 §8.3. */

import { createServer, type Server } from "node:http";
import { formatEndpoint } from "@trapezoid/sip/transport";
import { challengeListenFailed, challengePortForbidden, challengePortTaken } from "./errors.ts";

export interface HttpPlace {
  readonly host: string;
  readonly port: number;
}

const prefix = "/.well-known/acme-challenge/";
const mostConnections = 100;
const timeoutMs = 10_000;

/** The answers, for our own listener and for the HTTP server alike. */
export class HttpChallenges {
  readonly #answers = new Map<string, string>();
  #servers: readonly Server[] = [];

  /** The key authorization of a token; `undefined` while nobody asked for one. */
  answerTo(token: string): string | undefined {
    return this.#answers.get(token);
  }

  /** Answers from now on, also at `places`, which are listened on for so long. Rejects with what keeps them from it. */
  async open(answers: ReadonlyMap<string, string>, places: readonly HttpPlace[]): Promise<void> {
    await this.close();
    for (const [token, answer] of answers) this.#answers.set(token, answer);
    const servers: Server[] = [];
    this.#servers = servers;
    for (const place of places) servers.push(await this.#listen(place));
  }

  async close(): Promise<void> {
    this.#answers.clear();
    const servers = this.#servers;
    this.#servers = [];
    await Promise.all(
      servers.map((server) => {
        server.closeAllConnections();
        return new Promise<void>((resolve) => server.close(() => resolve()));
      }),
    );
  }

  #listen({ host, port }: HttpPlace): Promise<Server> {
    const limits = { requestTimeout: timeoutMs, headersTimeout: timeoutMs, maxHeaderSize: 8_192 };
    const server = createServer(limits, (request, response) => {
      const path = (request.url ?? "").replace(/\?.*$/, "");
      const answer = path.startsWith(prefix) ? this.answerTo(path.slice(prefix.length)) : undefined;
      response.writeHead(answer === undefined ? 404 : 200, {
        "content-type": "application/octet-stream",
        connection: "close",
      });
      response.end(answer ?? "");
    });
    server.maxConnections = mostConnections;
    return new Promise((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) => {
        const place = formatEndpoint(host, port);
        if (error.code === "EADDRINUSE") reject(challengePortTaken.from(error, place));
        else if (error.code === "EACCES") reject(challengePortForbidden.from(error, place));
        else reject(challengeListenFailed.from(error, place, error.message));
      });
      server.listen({ host, port, exclusive: true }, () => {
        server.on("error", () => {});
        resolve(server);
      });
    });
  }
}
