/** What can go wrong with an authority that hands out certificates by itself. Each text is one line: what happened, what to do. */

import { define, TrapezoidError } from "@trapezoid/base";

/** The authority cannot be reached, or answers with what is no ACME. */
export const authorityUnreachable = define(
  "ACME_UNREACHABLE",
  (url: string, why: string) => `the authority at ${url} cannot be asked: ${why}`,
);

/** RFC 8555 §8: the authority asked, and did not hear what it should. */
export const validationFailed = define(
  "ACME_VALIDATION_FAILED",
  (name: string, type: string, why: string) =>
    `the authority could not see by ${type} that ${name} is this server: ${why}; ${advice[type] ?? "see the guide"}`,
);

const advice: Readonly<Record<string, string>> = {
  "http-01": "does the name lead here, and port 80 to tls.acme.http?",
  "tls-alpn-01": "does the name lead here, and port 443 to a TLS listener or the HTTPS server?",
};

export const challengeNotOffered = define(
  "ACME_CHALLENGE_NOT_OFFERED",
  (name: string, type: string, offered: readonly string[]) =>
    `the authority does not offer ${type} for ${name}, but ${offered.join(", ")}; choose another tls.acme.challenge`,
);

export const tooSlow = define(
  "ACME_TOO_SLOW",
  (what: string, ms: number) => `the authority has not ${what} within ${ms / 1000} s`,
);

export const challengePortTaken = define(
  "ACME_PORT_TAKEN",
  (place: string) =>
    `${place} is taken by another program, so that http-01 cannot be answered there; let that one pass /.well-known/acme-challenge/ on to the HTTP server and set tls.acme.http to false, or choose another address`,
);

export const challengePortForbidden = define(
  "ACME_PORT_FORBIDDEN",
  (place: string) =>
    `not allowed to listen on ${place} for http-01; ports below 1024 need CAP_NET_BIND_SERVICE, or let port 80 lead to another tls.acme.http`,
);

export const challengeListenFailed = define(
  "ACME_LISTEN_FAILED",
  (place: string, why: string) => `cannot listen on ${place} for http-01: ${why}`,
);

/** The MAC key of an external account (RFC 8555 §7.3.4). */
export const externalKeyMissing = define(
  "ACME_EXTERNAL_KEY_MISSING",
  (name: string) => `the environment variable ${name} with the MAC key of tls.acme.externalAccount is not set`,
);

/** A problem document (RFC 7807). */
export class AcmeProblem extends TrapezoidError {
  /** `badNonce`, `rateLimited`; the last part of the type's URN (RFC 8555 §6.7). */
  readonly type: string;
  readonly status: number;
  /** What the authority asked for, milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(url: string, status: number, type: string, detail: string, retryAfterMs: number | undefined) {
    super("ACME_PROBLEM", `the authority refused ${new URL(url).pathname}: ${detail} (${type}, ${status})`);
    this.type = type;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}
