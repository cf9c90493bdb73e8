/** Failures before anybody answered: names, connections, certificates, silence. */

import { formatEndpoint } from "@trapezoid/sip/transport";
import type { Attempt } from "./exchange.ts";
import type { FailureFacts } from "./facts.ts";
import type { FailureKind } from "./kind.ts";

export const connectionFailures: readonly FailureKind[] = [
  {
    // Names the host and the record types that were asked for.
    code: "dns-no-records",
    when: hasCode("SIP_LOCATE_NO_RECORDS", "SIP_LOCATE_NO_ADDRESSES"),
    say: (facts) => `${doing(facts)}: ${sentence(facts)}, or go by a server's address with --proxy`,
  },
  { code: "dns-failed", when: hasCode("SIP_LOCATE_DNS_FAILED"), say: (facts) => `${doing(facts)}: ${sentence(facts)}` },
  { code: "dns-declined", when: hasCode("SIP_LOCATE_DECLINED"), say: (facts) => `${doing(facts)}: ${sentence(facts)}` },
  {
    code: "no-such-transport",
    when: hasCode("SIP_LOCATE_NO_TRANSPORT", "SIP_TP_UNSUPPORTED", "SIP_TP_NO_UDP_SOCKET"),
    say: (facts) => `${doing(facts)}: ${sentence(facts)}; choose another with --transport udp, tcp, tls, ws or wss`,
  },
  {
    code: "certificate-not-trusted",
    when: hasCode("SIP_TP_CERTIFICATE_REJECTED"),
    say: (facts) =>
      `${doing(facts)}: ${withoutAdvice(sentence(facts))}; if it is yours, name its authority with --tls-ca FILE (--tls-insecure connects to whoever answers)`,
  },
  {
    code: "certificate-of-somebody-else",
    when: hasCode("SIP_TP_IDENTITY_MISMATCH"),
    say: (facts) =>
      `${doing(facts)}: ${sentence(facts)}; use the name that the certificate has, or --tls-insecure where that is no matter`,
  },
  {
    code: "connection-refused",
    when: hasCode("SIP_TP_CONNECT_REFUSED"),
    say: (facts) => `${doing(facts)}: ${sentence(facts)}; check host, port and --transport`,
  },
  {
    // What Node says when the other side answers a ClientHello with something else, or hangs up.
    code: "no-tls-there",
    when: (facts) =>
      hasCode("SIP_TP_CONNECT_FAILED")(facts) &&
      /before secure TLS connection was established|wrong version number|packet length too long/.test(sentence(facts)),
    say: (facts) =>
      `${doing(facts)}: ${sentence(facts).replace(/: .*$/s, "")}: whatever listens there speaks no TLS; check the port and --transport`,
  },
  {
    code: "no-connection",
    when: hasCode("SIP_TP_CONNECT_TIMEOUT", "SIP_TP_CONNECT_FAILED", "SIP_TP_CONNECTION_LOST", "SIP_TP_SEND_FAILED"),
    say: (facts) => `${doing(facts)}: ${sentence(facts)}`,
  },
  {
    code: "port-taken",
    when: hasCode("SIP_TP_ADDRESS_IN_USE", "SIP_TP_PORT_FORBIDDEN", "SIP_TP_ADDRESS_NOT_OURS", "SIP_TP_LISTEN_FAILED"),
    say: sentence,
  },
  {
    code: "hung-up-at-once",
    when: ({ end }) => end?.cause === "bye",
    say: ({ target }) => `${target} answered and hung up at once`,
  },
  {
    code: "media-failed",
    when: ({ end }) => end?.cause === "media-failed" || end?.cause === "negotiation",
    say: (facts) => `${doing(facts)}: ${facts.end!.text}`,
  },
  {
    // RFC 6665 §4.1.2.4: Timer N.
    code: "no-notification",
    when: (facts) =>
      facts.method === "SUBSCRIBE" && facts.exchange.final?.status.toString()[0] === "2" && isUnanswered(facts),
    say: (facts) =>
      `${facts.target} took the subscription (${facts.exchange.final!.status} ${facts.exchange.final!.reason}) but notified of nothing; whether its notifications are lost can be seen there`,
  },
  {
    // RFC 3261 §8.1.3.1: a 503 of our own. The connection was there, and was closed.
    code: "closed-without-answer",
    when: ({ status, response, exchange: { attempts } }) =>
      status === 503 && response === undefined && attempts.some(({ kind, answered }) => kind !== "udp" && !answered),
    say: (facts) =>
      `${doing(facts)}: ${places(facts.exchange.attempts)} closed the connection without an answer; it speaks no SIP, or only by TLS: check the port and --transport`,
  },
  {
    code: "no-answer",
    when: (facts) =>
      isTimeout(facts) &&
      facts.exchange.attempts.length > 0 &&
      facts.exchange.provisional === undefined &&
      facts.exchange.final === undefined,
    say: (facts) => `no answer from ${silent(facts)}; ${silenceAdvice(facts)}`,
  },
  {
    // Timer B and F know nothing of a server that said 100 and then fell silent; the call's own limit does.
    code: "no-final-answer",
    when: (facts) => isTimeout(facts) && facts.exchange.provisional !== undefined,
    say: (facts) => {
      const { status, reason } = facts.exchange.provisional!;
      return `${doing(facts)}: ${places(facts.exchange.attempts)} said ${status} ${reason} and then nothing more; try again, or ask whoever runs it`;
    },
  },
];

function hasCode(...codes: readonly string[]): (facts: FailureFacts) => boolean {
  return (facts) => facts.codes.some((code) => codes.includes(code));
}

/** Our own 408, or the person's limit: a timer, not an answer. */
function isTimeout({ status, response, end, codes }: FailureFacts): boolean {
  return response === undefined && (status === 408 || end?.cause === "timeout" || codes.includes("PHONE_NOT_IN_TIME"));
}

/** As a timer says, even where a response came to the request itself. */
function isUnanswered({ status, codes }: FailureFacts): boolean {
  return status === 408 || codes.includes("PHONE_NOT_IN_TIME");
}

/** What was to be done. */
export function doing({ method, target, as }: Pick<FailureFacts, "method" | "target" | "as">): string {
  switch (method) {
    case "REGISTER":
      return `cannot register ${as ?? target}`;
    case "INVITE":
      return `cannot call ${target}`;
    case "MESSAGE":
      return `cannot send to ${target}`;
    case "SUBSCRIBE":
      return `cannot subscribe to ${target}`;
    case "OPTIONS":
      return `cannot ask ${target}`;
    default:
      return `${method} to ${target} failed`;
  }
}

function sentence({ root }: FailureFacts): string {
  return root?.message ?? "";
}

/** What the library advises is for programs; the command line has its own words for it. */
function withoutAdvice(text: string): string {
  return text.replace(/; (?:add its authority|if the root CA is installed) .*$/, "");
}

/** `192.0.2.7:5060 over UDP after 32 s (7 requests sent)`. */
function silent({ exchange, method }: FailureFacts): string {
  const { attempts } = exchange;
  const sent = attempts.reduce((sum, attempt) => sum + attempt.sent, 0);
  const requests = `${sent} ${method} ${sent === 1 ? "request was" : "requests were"} sent`;
  const after = exchange.waitedMs === undefined ? "" : ` after ${Math.round(exchange.waitedMs / 1000)} s`;
  return `${places(attempts)}${after}: ${requests}, nothing came back`;
}

function silenceAdvice({ exchange }: FailureFacts): string {
  // No ICMP reaches a sender of datagrams here: a closed port looks like a lost packet.
  return exchange.attempts.some(({ kind }) => kind === "udp")
    ? "whether the host is down, the port closed or a firewall drops it cannot be told over UDP: check address and port, or try --transport tcp"
    : "the connection was taken but nobody speaks SIP there: check the port";
}

export function places(attempts: readonly Attempt[]): string {
  const texts = attempts.map(
    ({ kind, address, port }) => `${formatEndpoint(address, port)} over ${kind.toUpperCase()}`,
  );
  return texts.join(", ") || "anywhere";
}
