/** `/api/v1`: what the console and scripts ask. Every route needs the token. */

import { utf8Decode } from "@trapezoid/sip/message";
import type { FastifyInstance } from "fastify";
import type { TakeoverAlarm } from "../guard/index.ts";
import type { ThreadStats } from "../observe/metrics.ts";
import type { Account, Binding } from "../store/contract.ts";
import type { CertificateState } from "../tls/tls-keeper.ts";
import { hasToken } from "./access.ts";
import { registerBans } from "./api-bans.ts";
import type { HttpSources } from "./sources.ts";

const page = {
  querystring: {
    type: "object",
    properties: {
      address: { type: "string", maxLength: 512 },
      callId: { type: "string", maxLength: 512 },
      after: { type: "string", maxLength: 512 },
      limit: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
    },
  },
} as const;

interface Page {
  readonly address?: string;
  readonly callId?: string;
  readonly after?: string;
  readonly limit: number;
}

export function registerApi(app: FastifyInstance, sources: HttpSources): void {
  app.register(
    async (api) => {
      api.addHook("onRequest", async (request, reply) => {
        const asker = { headers: request.headers, remoteAddress: request.socket.remoteAddress };
        if (hasToken(asker, sources.token)) return;
        await reply
          .code(401)
          .header("www-authenticate", "Bearer")
          .send({ error: "a token is needed: Authorization: Bearer TOKEN" });
      });
      api.get("/status", () => status(sources));
      api.get<{ Querystring: Page }>("/registrations", { schema: page }, async ({ query }) => {
        const bindings =
          query.address === undefined
            ? await sources.bindings.listAll(rangeOf(query))
            : await sources.bindings.list(query.address);
        return { registrations: bindings.map(describeBinding) };
      });
      api.get<{ Querystring: Page }>("/accounts", { schema: page }, async ({ query }) => ({
        accounts: (await sources.accounts.list(rangeOf(query))).map(describeAccount),
      }));
      api.get<{ Querystring: Page }>("/decisions", { schema: page }, async ({ query }) => ({
        decisions: await sources.decisions(query.limit, query.callId),
      }));
      registerBans(api, sources.bans);
      api.get("/certificates", async () => ({
        certificates: (sources.certificates?.() ?? []).map(describeCertificate),
      }));
      api.get<{ Querystring: Page }>("/alarms", { schema: page }, async ({ query }) => ({
        alarms: sources.alarms.list(query.limit).map(describeAlarm),
      }));
      api.get("/calls", async () => describeCalls(await sources.stats(false)));
      api.get("/process", async () => describeProcess(await sources.stats(false)));
      api.post("/process/collect", async () => describeProcess(await sources.stats(true)));
    },
    { prefix: "/api/v1" },
  );
}

function rangeOf(query: Page): { readonly limit: number; readonly after?: string } {
  return query.after === undefined ? { limit: query.limit } : { limit: query.limit, after: query.after };
}

async function status(sources: HttpSources): Promise<object> {
  const [accounts, registrations] = await Promise.all([sources.accounts.count(), sources.bindings.count()]);
  return { ...sources.status(), accounts, registrations };
}

function describeCertificate({ name, names, file, validFrom, expiresAt }: CertificateState): object {
  const [from, until] = [validFrom, expiresAt].map((at) => new Date(at).toISOString());
  return { name, names, file, validFrom: from, expiresAt: until };
}

/** Secrets are not in it. */
function describeAccount(account: Account): object {
  const { address, algorithms, createdAt } = account;
  return { address, algorithms, createdAt: new Date(createdAt).toISOString() };
}

function describeBinding(binding: Binding): object {
  const { aor, contact, path, source, userAgent, instance, regId, expiresAt, updatedAt } = binding;
  return {
    address: aor,
    contact: utf8Decode(contact),
    q: binding.q / 1000,
    path,
    source,
    userAgent: userAgent === undefined ? undefined : utf8Decode(userAgent),
    instance,
    regId,
    expiresAt: new Date(expiresAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}

function describeAlarm({ at, contacts, userAgent, usual, ...alarm }: TakeoverAlarm): object {
  return {
    ...alarm,
    at: new Date(at).toISOString(),
    contacts: contacts.map(utf8Decode),
    userAgent: userAgent === undefined ? undefined : utf8Decode(userAgent),
    usual: usual.map(({ source, userAgent: agent }) => ({ source, ...(agent && { userAgent: utf8Decode(agent) }) })),
  };
}

/** The sum of a number over all threads. */
function sum(threads: readonly ThreadStats[], key: string): number {
  return threads.reduce((total, thread) => total + (thread.stats[key] ?? 0), 0);
}

function describeCalls(threads: readonly ThreadStats[]): object {
  return {
    beingSetUp: sum(threads, "proxy.contexts"),
    forwarded: sum(threads, "proxy.contextsCreated"),
    cancelled: sum(threads, "proxy.cancelled"),
    refused: sum(threads, "engine.refused"),
  };
}

function describeProcess(threads: readonly ThreadStats[]): object {
  const keys = new Set(threads.flatMap((thread) => Object.keys(thread.stats)));
  return {
    threads: Object.fromEntries(threads.map(({ thread, stats }) => [thread, stats])),
    total: Object.fromEntries([...keys].map((key) => [key, sum(threads, key)])),
    memory: process.memoryUsage(),
  };
}
