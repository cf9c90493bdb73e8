/** `/api/v1/bans`: who is kept out, and keeping out and letting in by hand. */

import type { FastifyInstance } from "fastify";
import { banSubject } from "../network/ban-subject.ts";
import { sourceKey } from "../network/source-key.ts";
import type { Ban } from "../store/contract.ts";
import type { BanSource } from "./sources.ts";

const newBan = {
  body: {
    type: "object",
    required: ["source"],
    additionalProperties: false,
    properties: {
      source: { type: "string", maxLength: 64, description: "an address or a network" },
      seconds: {
        type: "integer",
        minimum: 1,
        maximum: 315_360_000,
        description: "how long; without: until it is lifted",
      },
      reason: { type: "string", maxLength: 512, description: "a note" },
    },
  },
} as const;

interface NewBan {
  readonly source: string;
  /** Without: until it is lifted. */
  readonly seconds?: number;
  readonly reason?: string;
}

export function registerBans(api: FastifyInstance, bans: BanSource): void {
  api.get("/bans", async () => ({ bans: [...bans.all].sort(bySource).map(describeBan) }));
  api.post<{ Body: NewBan }>("/bans", { schema: newBan }, async ({ body }, reply) => {
    const subject = banSubject(body.source);
    if (!subject.ok) return reply.code(400).send({ error: subject.error });
    const forMs = body.seconds === undefined ? undefined : body.seconds * 1000;
    const ban = await bans.add(subject.value, forMs, body.reason);
    return reply.code(201).send(describeBan(ban));
  });
  // A network has a slash in it, escaped or not.
  api.delete<{ Params: { "*": string } }>("/bans/*", async ({ params }, reply) => {
    const subject = banSubject(params["*"]);
    if (!subject.ok) return reply.code(400).send({ error: subject.error });
    for (const named of [subject.value, sourceKey(subject.value)]) {
      if (await bans.remove(named)) return { source: named, removed: true };
    }
    return reply.code(404).send({ error: `${subject.value} is not banned` });
  });
}

function bySource(a: Ban, b: Ban): number {
  return a.subject < b.subject ? -1 : 1;
}

/** `until` is null when the ban has no end. */
export function describeBan({ subject, reason, detail, since, until, times }: Ban): object {
  return {
    source: subject,
    reason,
    detail,
    since: new Date(since).toISOString(),
    until: until === undefined ? null : new Date(until).toISOString(),
    times,
  };
}
