/** Answers that are no: what each status means to whoever asked, and what to do. RFC 3261 §21. */

import { Accept, Contact, formatUri, MinExpires, RetryAfter, Unsupported } from "@trapezoid/sip/message";
import { sdpWords } from "../ladder/sdp-words.ts";
import { doing } from "./connection-failures.ts";
import type { FailureFacts } from "./facts.ts";
import type { FailureKind } from "./kind.ts";
import { productOf, theirWords } from "./their-words.ts";

export const refusals: readonly FailureKind[] = [
  {
    code: "password-missing",
    when: (facts) => isChallenge(facts) && !facts.hasPassword,
    say: (facts) =>
      facts.as === undefined
        ? `${doing(facts)}: the server wants to know who asks (${theirWords(facts)}); say it with --as ADDRESS and --password-env NAME`
        : `${doing(facts)}: the server asks for a password of ${facts.as} (${theirWords(facts)}${realm(facts)}); give it with --password-env NAME or --password-stdin`,
  },
  {
    code: "password-wrong",
    when: (facts) => isChallenge(facts) && facts.exchange.hadCredentials,
    say: (facts) =>
      `${doing(facts)}: user name or password is wrong (${theirWords(facts)}${realm(facts)}); check --as, --user and the password`,
  },
  {
    code: "challenge-not-understood",
    when: isChallenge,
    say: (facts) =>
      `${doing(facts)}: the server asks for a proof that is not known here (${theirWords(facts)}; ${challengeWords(facts)}); digest with MD5, SHA-256 or SHA-512-256 is`,
  },
  {
    code: "forbidden",
    when: status(403),
    say: (facts) =>
      facts.method === "REGISTER"
        ? refused(facts, "check that the account exists, and the domain of --as")
        : refused(facts, facts.as === undefined ? "say who you are with --as ADDRESS" : "ask whoever runs the server"),
  },
  {
    code: "not-found",
    when: status(404, 604),
    say: (facts) => `there is no ${facts.target} (${theirWords(facts)}); check the address`,
  },
  { code: "gone", when: status(410), say: (facts) => `${facts.target} is there no more (${theirWords(facts)})` },
  {
    code: "busy",
    when: status(486, 600),
    say: (facts) => `${facts.target} is busy (${theirWords(facts)}); try again later${later(facts)}`,
  },
  {
    code: "unavailable",
    when: status(480),
    say: (facts) =>
      `${facts.target} cannot be reached now (${theirWords(facts)}): no phone of theirs is registered, or nobody answers${later(facts)}`,
  },
  {
    code: "declined",
    when: status(603, 607, 608),
    say: (facts) => `${facts.target} declined (${theirWords(facts)})${later(facts)}`,
  },
  {
    code: "nobody-answered",
    when: (facts) => facts.status === 408 || (facts.status === 487 && facts.response !== undefined),
    say: (facts) => `${facts.target} did not answer (${theirWords(facts)}); try again later`,
  },
  {
    code: "content-not-taken",
    when: (facts) => status(415)(facts) && facts.method !== "INVITE",
    say: (facts) => refused(facts, taken(facts)),
  },
  {
    code: "media-not-acceptable",
    when: status(488, 606, 415),
    say: (facts) =>
      `${doing(facts)}: ${facts.target} takes nothing of what was offered (${theirWords(facts)}); ${offered(facts)}; try --codec, --srtp or without --video`,
  },
  {
    code: "extension-missing",
    when: status(420, 421),
    say: (facts) => `${doing(facts)}: the two sides cannot do the same (${theirWords(facts)}${unsupported(facts)})`,
  },
  {
    code: "interval-too-short",
    when: status(423, 422),
    say: (facts) =>
      `${doing(facts)}: it would last too short a time (${theirWords(facts)}); ask for ${facts.response?.get(MinExpires) ?? "more"} s or more with --expires`,
  },
  {
    code: "method-not-offered",
    when: status(405, 501),
    say: (facts) =>
      `${facts.target} takes no ${facts.method} (${theirWords(facts)}); "trapezoid options ${facts.target}" shows what it takes`,
  },
  {
    code: "event-not-offered",
    when: status(489),
    say: (facts) =>
      `${facts.target} does not offer this event (${theirWords(facts)}); "trapezoid options ${facts.target}" shows which it does`,
  },
  {
    code: "address-incomplete",
    when: status(484, 485),
    say: (facts) => `${facts.target} is not one address (${theirWords(facts)}); write it in full`,
  },
  {
    code: "loop",
    when: status(482, 483),
    say: (facts) =>
      `${doing(facts)}: the servers send it in circles (${theirWords(facts)}); this is a fault of their routing`,
  },
  {
    code: "moved",
    when: (facts) => facts.status >= 300 && facts.status < 400,
    say: (facts) => `${facts.target} is elsewhere (${theirWords(facts)})${elsewhere(facts)}`,
  },
  {
    code: "server-full",
    when: (facts) => facts.status === 503 && facts.response !== undefined,
    say: (facts) =>
      `${doing(facts)}: ${server(facts)} is down or full (${theirWords(facts)})${later(facts)}; try again later`,
  },
  {
    code: "server-fault",
    when: (facts) => facts.status >= 500 && facts.status < 600 && facts.response !== undefined,
    say: (facts) =>
      `${doing(facts)}: ${server(facts)} failed (${theirWords(facts)}); try again later, or ask whoever runs it`,
  },
  {
    code: "refused",
    when: (facts) => facts.response !== undefined && facts.status >= 400,
    say: (facts) => refused(facts, "see the reason given"),
  },
];

function status(...statuses: readonly number[]): (facts: FailureFacts) => boolean {
  return (facts) => facts.response !== undefined && statuses.includes(facts.status);
}

function isChallenge(facts: FailureFacts): boolean {
  return facts.response !== undefined && (facts.status === 401 || facts.status === 407);
}

function refused(facts: FailureFacts, advice: string): string {
  return `${doing(facts)}: refused (${theirWords(facts)}); ${advice}`;
}

function server(facts: FailureFacts): string {
  const product = productOf(facts);
  return product === undefined ? "the server" : `the server, ${product},`;
}

function realm({ exchange }: FailureFacts): string {
  const found = exchange.challenge?.params.find(({ name }) => name.toLowerCase() === "realm")?.value;
  return found === undefined ? "" : `, realm "${found}"`;
}

function challengeWords({ exchange }: FailureFacts): string {
  const { challenge } = exchange;
  if (challenge === undefined) return "without a challenge";
  const algorithm = challenge.params.find(({ name }) => name.toLowerCase() === "algorithm")?.value;
  return `${challenge.scheme}${algorithm === undefined ? "" : ` ${algorithm}`}`;
}

/** RFC 3261 §20.33. */
function later({ response }: FailureFacts): string {
  const seconds = response?.get(RetryAfter)?.seconds;
  return seconds === undefined ? "" : `, after ${seconds} s`;
}

function taken({ response }: FailureFacts): string {
  const types = (response?.getAll(Accept) ?? []).map(({ type, subtype }) => `${type}/${subtype}`);
  return types.length === 0 ? "it does not take this kind of content" : `it takes ${types.join(", ")}`;
}

function offered({ exchange }: FailureFacts): string {
  return exchange.ours === undefined ? "nothing was offered" : `offered: ${sdpWords(exchange.ours).join("; ")}`;
}

function unsupported({ response }: FailureFacts): string {
  const tags = response?.getAll(Unsupported) ?? [];
  return tags.length === 0 ? "" : `; theirs lacks ${tags.join(", ")}`;
}

function elsewhere({ response }: FailureFacts): string {
  const targets = (response?.getAll(Contact) ?? []).flatMap((contact) =>
    contact === "*" ? [] : [formatUri(contact.uri)],
  );
  return targets.length === 0 ? "; it does not say where" : `; call ${targets.join(" or ")}`;
}
