/** Digest with whatever credentials and challenges come: nothing throws, nobody gets in without the password. RFC 3261 §22, RFC 7616. */

import { answerChallenges, createDigestServer, digestSecrets } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { HeaderId, parseCredentials, parseMessage, SipRequest, type SipResponse } from "@trapezoid/sip/message";
import { law, shown } from "./law.ts";

// The same octets in each run: a nonce of this server is the same, too.
const hash = { ...nodeHash, random: (bytes: number) => new Uint8Array(bytes).fill(7) };
const server = createDigestServer({ hash, clock: { now: () => 1_700_000_000_000 }, secret: hash.random(32) });
const realm = "example.com";
const secrets = digestSecrets(hash, "alice", realm, "a password that no input holds");
const [challenge = ""] = server.challenge({ realm, algorithms: ["MD5"] });
const nonce = /nonce="([^"]*)"/.exec(challenge)![1]!;

const { Authorization } = HeaderId;
const ProxyAuthorization = HeaderId["Proxy-Authorization"];

export function checkDigest(request: SipRequest): void {
  const proxy = request.findLine(ProxyAuthorization) !== -1;
  if (!proxy && request.findLine(Authorization) === -1) return;
  judge(request, proxy);
  // With a nonce of ours, what is behind the check of the nonce is reached, too.
  const known = parseMessage(request.text.replace(/nonce="[^"]*"/, `nonce="${nonce}"`));
  if (known.ok && known.value instanceof SipRequest) judge(known.value, proxy);
}

function judge(request: SipRequest, proxy: boolean): void {
  const header = proxy ? "Proxy-Authorization" : "Authorization";
  const verdict = server.verify(request, { header, realm, secretsFor: () => secrets });
  law(!verdict.ok, "nobody is let in without the password", () => shown(request.header(header)));
}

/** A client's answer to a 401 or 407; `isSound`: the response may be acted on. */
export function checkChallenge(response: SipResponse, isSound: boolean): void {
  const method = response.cseq?.method ?? "INVITE";
  const account = { user: "alice", password: "secret" };
  const answer = answerChallenges({ hash, response, account, method, uri: "sip:bob@example.com" });
  if (!answer.ok || !isSound) return;
  for (const [name, value] of answer.headers) {
    law(!/[\r\n]/.test(value), "credentials stand on one line", () => `${name}: ${shown(value)}`);
    law(parseCredentials(value).ok, "credentials that we write can be read", () => `${name}: ${shown(value)}`);
  }
}
