import assert from "node:assert/strict";
import { test } from "node:test";
import { define, type TrapezoidError } from "@trapezoid/base";
import { type CallEnd, CallError } from "@trapezoid/call";
import { SipError } from "@trapezoid/sip/agent";
import { createWire, type Wire } from "../../../test/wire.ts";
import { explainFailure, failureCatalogue } from "./catalogue.ts";
import { exchangeOf } from "./exchange.ts";
import { type FailureContext, failureFacts } from "./facts.ts";

/** What fails, how the library says it, and what a person is told. */
interface FailureCase {
  readonly method?: string;
  readonly as?: string;
  readonly hasPassword?: boolean;
  readonly wire?: (wire: Wire) => void;
  readonly error: unknown;
  readonly code: string;
  readonly text: string;
}

function refused(status: number, reason: string, cause?: unknown): SipError {
  return new SipError("SIP_UA_REFUSED", `INVITE failed: ${status} ${reason}`, {
    status,
    reason,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Refused over the wire: with this status line and these header fields. */
function answered(status: string, ...headers: readonly string[]): Pick<FailureCase, "wire" | "error"> {
  return {
    wire: (wire) => {
      wire.sends("INVITE");
      wire.hears(status, { headers });
    },
    error: refused(Number(status.slice(0, 3)), status.slice(4)),
  };
}

function caused(code: string, message: string): TrapezoidError {
  return define(code, () => message)();
}

const challenge = 'Proxy-Authenticate: Digest realm="example.com", nonce="n", algorithm=MD5';
const credentials =
  'Proxy-Authorization: Digest username="alice", realm="example.com", nonce="n", uri="sip:bob@example.com", response="0"';

function challenged(...proof: readonly string[]): Pick<FailureCase, "wire" | "error"> {
  return {
    wire: (wire) => {
      wire.sends("INVITE");
      wire.hears("407 Proxy Authentication Required", { headers: [challenge] });
      if (proof.length === 0) return;
      wire.sends("INVITE", { cseq: 2, headers: proof });
      wire.hears("407 Proxy Authentication Required", { cseq: 2, headers: [challenge] });
    },
    error: refused(407, "Proxy Authentication Required"),
  };
}

const silence: FailureCase = {
  wire: (wire) => {
    for (const wait of [500, 1000, 2000, 4000, 8000, 16_500]) {
      wire.sends("INVITE");
      wire.wait(wait);
    }
  },
  error: refused(408, "Request Timeout"),
  code: "no-answer",
  text: "no answer from 192.0.2.1:5060 over UDP after 32 s: 6 INVITE requests were sent, nothing came back; whether the host is down, the port closed or a firewall drops it cannot be told over UDP: check address and port, or try --transport tcp",
};

const ended = (over: Partial<CallEnd>): CallError => {
  const end: CallEnd = {
    cause: "rejected",
    by: "remote",
    status: 0,
    reason: "",
    reasons: [],
    durationMs: 0,
    text: "it ended",
    ...over,
  };
  return new CallError("CALL_FAILED", end.text, { status: end.status, reason: end.reason, end });
};

const cases: Readonly<Record<string, FailureCase>> = {
  "nobody answers over UDP": silence,
  "nobody answers, though several addresses were tried": {
    wire: (wire) => {
      wire.sends("INVITE", { branch: "1" });
      wire.sends("INVITE", { branch: "2", kind: "tcp", at: ["2001:db8::1", 5060] });
      wire.wait(32_000);
    },
    error: refused(408, "Request Timeout"),
    code: "no-answer",
    text: "no answer from 192.0.2.1:5060 over UDP, [2001:db8::1]:5060 over TCP after 32 s: 2 INVITE requests were sent",
  },
  "nobody answers within the time that was given": {
    wire: (wire) => {
      wire.sends("INVITE");
      wire.wait(5_000);
    },
    error: caused("PHONE_NOT_IN_TIME", "bob@example.com did not answer within 5 s"),
    code: "no-answer",
    text: "no answer from 192.0.2.1:5060 over UDP after 5 s: 1 INVITE request was sent, nothing came back",
  },
  "who took the connection speaks no SIP": {
    wire: (wire) => {
      wire.sends("INVITE", { kind: "tcp" });
      wire.wait(32_000);
    },
    error: refused(408, "Request Timeout"),
    code: "no-answer",
    text: "the connection was taken but nobody speaks SIP there: check the port",
  },
  "a server says 100 and then nothing": {
    wire: (wire) => {
      wire.sends("INVITE");
      wire.hears("100 Trying");
    },
    error: ended({ cause: "timeout", status: 408 }),
    code: "no-final-answer",
    text: "cannot call bob@example.com: 192.0.2.1:5060 over UDP said 100 Trying and then nothing more; try again, or ask whoever runs it",
  },
  "a subscription that nothing comes of": {
    method: "SUBSCRIBE",
    wire: (wire) => {
      wire.sends("SUBSCRIBE");
      wire.hears("200 OK");
      wire.wait(32_000);
    },
    error: refused(408, "Request Timeout"),
    code: "no-notification",
    text: "bob@example.com took the subscription (200 OK) but notified of nothing",
  },
  "there is no such name in DNS": {
    error: refused(
      404,
      "Not Found",
      caused(
        "SIP_LOCATE_NO_RECORDS",
        "no SRV or address record for example.com (asked for NAPTR example.com, SRV _sip._udp.example.com, A example.com): check the name, or use an address",
      ),
    ),
    code: "dns-no-records",
    text: "cannot call bob@example.com: no SRV or address record for example.com (asked for NAPTR example.com, SRV _sip._udp.example.com, A example.com): check the name, or use an address, or go by a server's address with --proxy",
  },
  "the name servers do not answer": {
    error: refused(
      504,
      "Server Time-out",
      caused("SIP_LOCATE_DNS_FAILED", "DNS did not answer for example.com (A example.com: ETIMEOUT)"),
    ),
    code: "dns-failed",
    text: "cannot call bob@example.com: DNS did not answer for example.com (A example.com: ETIMEOUT)",
  },
  "a domain declares that it has no SIP": {
    error: refused(
      404,
      "Not Found",
      caused("SIP_LOCATE_DECLINED", "example.com declares by its SRV records that it offers no SIP service"),
    ),
    code: "dns-declined",
    text: "example.com declares by its SRV records that it offers no SIP service",
  },
  "the transport is not there": {
    error: refused(
      502,
      "Bad Gateway",
      caused("SIP_LOCATE_NO_TRANSPORT", "reaching example.com needs ws, which is not available here; available: udp"),
    ),
    code: "no-such-transport",
    text: "needs ws, which is not available here; available: udp; choose another with --transport udp, tcp, tls, ws or wss",
  },
  "a certificate that nobody vouches for": {
    error: refused(
      503,
      "Service Unavailable",
      caused(
        "SIP_TP_CERTIFICATE_REJECTED",
        "the certificate of tls://192.0.2.1:5061 (example.com) is not trusted: self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca; add its authority to the CA list if it should be",
      ),
    ),
    code: "certificate-not-trusted",
    text: "cannot call bob@example.com: the certificate of tls://192.0.2.1:5061 (example.com) is not trusted: self-signed certificate; if it is yours, name its authority with --tls-ca FILE (--tls-insecure connects to whoever answers)",
  },
  "the certificate of somebody else": {
    error: refused(
      503,
      "Service Unavailable",
      caused("SIP_TP_IDENTITY_MISMATCH", 'the certificate does not prove "example.com": it names other.example'),
    ),
    code: "certificate-of-somebody-else",
    text: 'the certificate does not prove "example.com": it names other.example; use the name that the certificate has',
  },
  "nothing listens there": {
    error: refused(
      503,
      "Service Unavailable",
      caused("SIP_TP_CONNECT_REFUSED", "tcp://192.0.2.1:5060 refused the connection; nothing listens there"),
    ),
    code: "connection-refused",
    text: "cannot call bob@example.com: tcp://192.0.2.1:5060 refused the connection; nothing listens there; check host, port and --transport",
  },
  "TLS towards a port that speaks none": {
    error: refused(
      503,
      "Service Unavailable",
      caused(
        "SIP_TP_CONNECT_FAILED",
        "cannot connect to tls://192.0.2.1:5060 (example.com): Client network socket disconnected before secure TLS connection was established",
      ),
    ),
    code: "no-tls-there",
    text: "cannot call bob@example.com: cannot connect to tls://192.0.2.1:5060 (example.com): whatever listens there speaks no TLS; check the port and --transport",
  },
  "something else than SIP listens there, and hangs up": {
    wire: (wire) => wire.sends("INVITE", { kind: "tcp", at: ["192.0.2.1", 5061] }),
    error: refused(503, "Service Unavailable"),
    code: "closed-without-answer",
    text: "cannot call bob@example.com: 192.0.2.1:5061 over TCP closed the connection without an answer; it speaks no SIP, or only by TLS: check the port and --transport",
  },
  "no connection comes about": {
    error: refused(
      503,
      "Service Unavailable",
      caused(
        "SIP_TP_CONNECT_TIMEOUT",
        "no connection to tcp://192.0.2.1:5060 within 5000 ms; the host is down or a firewall drops packets",
      ),
    ),
    code: "no-connection",
    text: "cannot call bob@example.com: no connection to tcp://192.0.2.1:5060 within 5000 ms; the host is down or a firewall drops packets",
  },
  "the own port is taken": {
    error: caused(
      "SIP_TP_ADDRESS_IN_USE",
      "udp://127.0.0.1:5060 is taken by another program; stop that one or listen on another port",
    ),
    code: "port-taken",
    text: "udp://127.0.0.1:5060 is taken by another program; stop that one or listen on another port",
  },
  "they hang up as soon as they have answered": {
    error: ended({ cause: "bye", text: "the other side hung up" }),
    code: "hung-up-at-once",
    text: "bob@example.com answered and hung up at once",
  },
  "offer and answer do not come together": {
    error: ended({
      cause: "negotiation",
      status: 488,
      text: "the two sides could not agree on media: no common codec",
    }),
    code: "media-failed",
    text: "cannot call bob@example.com: the two sides could not agree on media: no common codec",
  },
  "nobody said who asks": {
    ...challenged(),
    code: "password-missing",
    text: "cannot call bob@example.com: the server wants to know who asks (407 Proxy Authentication Required); say it with --as ADDRESS and --password-env NAME",
  },
  "no password was given": {
    ...challenged(),
    as: "alice@example.com",
    code: "password-missing",
    text: 'the server asks for a password of alice@example.com (407 Proxy Authentication Required, realm "example.com"); give it with --password-env NAME or --password-stdin',
  },
  "the password is wrong": {
    ...challenged(credentials),
    as: "alice@example.com",
    hasPassword: true,
    code: "password-wrong",
    text: 'user name or password is wrong (407 Proxy Authentication Required, realm "example.com"); check --as, --user and the password',
  },
  "a proof that we do not know": {
    wire: (wire) => {
      wire.sends("INVITE");
      wire.hears("401 Unauthorized", {
        headers: ['WWW-Authenticate: Digest realm="r", nonce="n", algorithm=AKAv1-MD5'],
      });
    },
    error: refused(401, "Unauthorized"),
    as: "alice@example.com",
    hasPassword: true,
    code: "challenge-not-understood",
    text: "(401 Unauthorized; Digest AKAv1-MD5); digest with MD5, SHA-256 or SHA-512-256 is",
  },
  "forbidden, with the reason that is given": {
    ...answered(
      "403 Forbidden",
      'Warning: 399 example.com "no calls to premium numbers"',
      'Reason: SIP;cause=403;text="by routing"',
    ),
    as: "alice@example.com",
    hasPassword: true,
    code: "forbidden",
    text: 'cannot call bob@example.com: refused (403 Forbidden: "no calls to premium numbers", "by routing"); ask whoever runs the server',
  },
  "forbidden to nobody in particular": {
    ...answered("403 Forbidden"),
    code: "forbidden",
    text: "say who you are with --as ADDRESS",
  },
  "there is nobody of that name": {
    ...answered("404 Not Found"),
    code: "not-found",
    text: "there is no bob@example.com (404 Not Found); check the address",
  },
  "gone for good": { ...answered("410 Gone"), code: "gone", text: "bob@example.com is there no more (410 Gone)" },
  busy: {
    ...answered("486 Busy Here", "Retry-After: 60"),
    code: "busy",
    text: "bob@example.com is busy (486 Busy Here); try again later, after 60 s",
  },
  "no phone of theirs is there": {
    ...answered("480 Temporarily Unavailable"),
    code: "unavailable",
    text: "bob@example.com cannot be reached now (480 Temporarily Unavailable): no phone of theirs is registered, or nobody answers",
  },
  declined: { ...answered("603 Decline"), code: "declined", text: "bob@example.com declined (603 Decline)" },
  "a server gave up waiting": {
    ...answered("408 Request Timeout"),
    code: "nobody-answered",
    text: "bob@example.com did not answer (408 Request Timeout); try again later",
  },
  "media that they do not take": {
    wire: (wire) => {
      wire.sends("INVITE", { sdp: ["m=audio 40000 RTP/AVP 96", "a=rtpmap:96 opus/48000/2"] });
      wire.hears("488 Not Acceptable Here", { headers: ['Warning: 305 example.com "Incompatible media format"'] });
    },
    error: refused(488, "Not Acceptable Here"),
    code: "media-not-acceptable",
    text: 'bob@example.com takes nothing of what was offered (488 Not Acceptable Here: "Incompatible media format"); offered: audio opus, 192.0.2.2:40000; try --codec, --srtp or without --video',
  },
  "content that they do not take": {
    method: "MESSAGE",
    wire: (wire) => {
      wire.sends("MESSAGE");
      wire.hears("415 Unsupported Media Type", { headers: ["Accept: text/html, text/plain"] });
    },
    error: refused(415, "Unsupported Media Type"),
    code: "content-not-taken",
    text: "cannot send to bob@example.com: refused (415 Unsupported Media Type); it takes text/html, text/plain",
  },
  "an extension that they lack": {
    ...answered("420 Bad Extension", "Unsupported: 100rel, timer"),
    code: "extension-missing",
    text: "the two sides cannot do the same (420 Bad Extension; theirs lacks 100rel, timer)",
  },
  "too short a time": {
    ...answered("423 Interval Too Brief", "Min-Expires: 3600"),
    code: "interval-too-short",
    text: "ask for 3600 s or more with --expires",
  },
  "a method that they do not take": {
    method: "MESSAGE",
    wire: (wire) => {
      wire.sends("MESSAGE");
      wire.hears("405 Method Not Allowed");
    },
    error: refused(405, "Method Not Allowed"),
    code: "method-not-offered",
    text: 'bob@example.com takes no MESSAGE (405 Method Not Allowed); "trapezoid options bob@example.com" shows what it takes',
  },
  "an event that they do not offer": {
    method: "SUBSCRIBE",
    wire: (wire) => {
      wire.sends("SUBSCRIBE");
      wire.hears("489 Bad Event");
    },
    error: refused(489, "Bad Event"),
    code: "event-not-offered",
    text: "bob@example.com does not offer this event (489 Bad Event)",
  },
  "half a number": {
    ...answered("484 Address Incomplete"),
    code: "address-incomplete",
    text: "bob@example.com is not one address (484 Address Incomplete); write it in full",
  },
  "servers that go in circles": {
    ...answered("483 Too Many Hops"),
    code: "loop",
    text: "the servers send it in circles (483 Too Many Hops)",
  },
  moved: {
    ...answered("302 Moved Temporarily", "Contact: <sip:bob@other.example>"),
    code: "moved",
    text: "bob@example.com is elsewhere (302 Moved Temporarily); call sip:bob@other.example",
  },
  "a full server": {
    ...answered("503 Service Unavailable", "Retry-After: 10", "Server: Example/1.0"),
    code: "server-full",
    text: "cannot call bob@example.com: the server, Example/1.0, is down or full (503 Service Unavailable), after 10 s; try again later",
  },
  "a broken server": {
    ...answered("500 Server Internal Error"),
    code: "server-fault",
    text: "the server failed (500 Server Internal Error); try again later, or ask whoever runs it",
  },
  "whatever else they say": {
    ...answered("499 Odd"),
    code: "refused",
    text: "cannot call bob@example.com: refused (499 Odd); see the reason given",
  },
};

for (const [name, { wire: play, error, code, text, method = "INVITE", as, hasPassword = false }] of Object.entries(
  cases,
)) {
  test(`a failure is explained: ${name}`, () => {
    const wire = createWire();
    play?.(wire);
    const messages = wire.log.messages;
    const now = messages.length === 0 ? 0 : elapsed(wire);
    const context: FailureContext = {
      method,
      target: "bob@example.com",
      as,
      hasPassword,
      exchange: exchangeOf(messages, method, now),
    };
    const explained = explainFailure(failureFacts(error, context));
    assert.equal(explained.code, code, explained.text);
    assert.ok(explained.text.includes(text), explained.text);
    assert.ok(!explained.text.includes("\n"));
  });
}

test("every row of the catalogue is held by a case", () => {
  const held = new Set(Object.values(cases).map(({ code }) => code));
  assert.deepEqual(
    failureCatalogue.map(({ code }) => code).filter((code) => !held.has(code)),
    [],
  );
});

test("what a peer says commands no terminal", () => {
  const wire = createWire();
  wire.sends("INVITE");
  wire.hears("486 Busy \u001b[2J", { headers: ['Warning: 399 x "\u001b]0;owned\u0007"'] });
  const exchange = exchangeOf(wire.log.messages, "INVITE", 0);
  const context: FailureContext = {
    method: "INVITE",
    target: "bob@example.com",
    as: undefined,
    hasPassword: false,
    exchange,
  };
  assert.doesNotMatch(explainFailure(failureFacts(refused(486, "Busy"), context)).text, /[\u0000-\u001f]/);
});

test("what is not known here is said as it is", () => {
  const context: FailureContext = {
    method: "INVITE",
    target: "bob@example.com",
    as: undefined,
    hasPassword: false,
    exchange: exchangeOf([], "INVITE", 0),
  };
  const explained = explainFailure(failureFacts(caused("CALL_CLOSED", "the user agent is closed"), context));
  assert.deepEqual(explained, { code: "call_closed", text: "the user agent is closed" });
});

/** The clock of a wire is that of its log. */
function elapsed(wire: Wire): number {
  wire.sends("OPTIONS", { callId: "now" });
  return wire.log.messages.at(-1)!.at;
}
