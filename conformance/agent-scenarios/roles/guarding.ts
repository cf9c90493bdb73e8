/** Roles that ask who it is. RFC 3261 §22.2: a user agent challenges with 401. */

import { systemClock } from "@trapezoid/base";
import type { CoreHandlers, IncomingRequest, Refusal } from "@trapezoid/sip/agent";
import { createDigestServer, digestSecrets } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import type { Role } from "../role.ts";
import { bareCallee } from "./bare.ts";

/** Not secrets: scenarios have them in their text, or are given them. */
const passwords: Readonly<Record<string, string>> = { alice: "secret", john: "1234", foo: "bar" };
const realm = "agent.test";

function guard(users: Readonly<Record<string, string>>): NonNullable<CoreHandlers["admit"]> {
  // What SIPp computes with is the address that it sends to, whatever the Request-URI.
  const server = createDigestServer({
    hash: nodeHash,
    clock: systemClock,
    secret: nodeHash.random(32),
    uriCheck: "any",
  });
  const secretsFor = (user: string) => {
    const password = users[user];
    return password === undefined ? undefined : digestSecrets(nodeHash, user, realm, password);
  };
  return ({ request }: IncomingRequest): Refusal | undefined => {
    const verdict = server.verify(request, { header: "Authorization", realm, secretsFor });
    if (verdict.ok) return undefined;
    // Who has tried, and is wrong, is not asked again.
    if (verdict.reason === "unknown-user" || verdict.reason === "wrong-password") return { status: 403 };
    const challenges = server.challenge({ realm, algorithms: ["MD5"], stale: verdict.stale });
    return { status: 401, headers: challenges.map((value) => ["WWW-Authenticate", value] as const) };
  };
}

/** Takes calls without media, of whom it knows. */
function guarded(name: string, acts: Parameters<typeof bareCallee>[1], users = passwords): Role {
  return bareCallee(`asks for a password, ${name}`, acts, { handlers: { admit: guard(users) } });
}

export const guardedAnswers: Role = guarded("rings, answers", async (call, stage) => {
  await call.ring();
  await stage.pause(100);
  await call.accept();
});

export const guardedRings: Role = guarded("rings", (call) => call.ring());

export const guardedRefuses: Role = guarded("rings, refuses with 603", async (call, stage) => {
  await call.ring();
  await stage.pause(200);
  call.reject(603);
});

export const guardedRefusesAtOnce: Role = guarded("refuses with 603", async (call) => call.reject(603));

/** Knows nobody. */
export const guardedByAll: Role = guarded("lets nobody in", async () => {}, {});
