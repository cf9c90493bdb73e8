/** drachtio-server and its library for Node. */

import type { AgentCase } from "../agent-case.ts";
import {
  answers,
  answersHoldsHangsUp,
  answersLate,
  answersThenHangsUp,
  answersThenHolds,
  answersWith,
  hears,
  refuses,
  reinvitedThenHangsUp,
  ringsLate,
  ringsReliablyThenAnswers,
  ringsThenAnswers,
  sendsEarlyMediaLate,
  sendsEarlyMediaThenAnswers,
} from "../roles/answering.ts";
import { asks } from "../roles/asking.ts";
import { bareAnswers, bareRingsThenAnswers, callsAndChangesSlowly, changesSlowly } from "../roles/bare.ts";
import {
  callsAndIsLeft,
  callsOnAndOn,
  callsThenCancels,
  callsThenHangsUp,
  callsThenHangsUpLate,
  callsThenHolds,
  callsThenReinvitesThrice,
  callsUntilHungUp,
  callsWithPassword,
  isRefused,
  isSentElsewhere,
} from "../roles/calling.ts";
import { isSubscribedTo } from "../roles/notifying.ts";
import { registers, registersAs } from "../roles/registering.ts";
import { drachtio, srf } from "./paths.ts";
import { pcaps } from "./recordings.ts";

const recorded = pcaps("g711a", "dtmf_2833_1");
const custom = [["X-Custom", "custom header value"]] as const;
const colors: readonly AgentCase[] = ["blue", "green", "orange", "red"].map((color) => ({
  scenario: drachtio(`uac_${color}`),
  role: answersWith([["X-Color", color]]),
}));

const calling: readonly AgentCase[] = [
  { scenario: drachtio("uac"), role: ringsThenAnswers },
  { scenario: drachtio("uac"), role: ringsThenAnswers, transport: "tcp" },
  { scenario: drachtio("uac-utf8"), role: answers },
  { scenario: drachtio("uac-long-sdp"), role: answers, notApplicable: [/488 Not Acceptable/, "it wants DTLS-SRTP"] },
  { scenario: drachtio("uac-long-uri"), role: answers, notApplicable: [/488 Not Acceptable/, "it wants DTLS-SRTP"] },
  { scenario: drachtio("uac-preloaded-route"), role: answers },
  { scenario: drachtio("uac-session-expires-no-refresher-default"), role: answers },
  { scenario: drachtio("uac-refresh"), role: ringsThenAnswers },
  // Its second INVITE has no tag: another call, and the first goes on.
  { scenario: drachtio("pcap/uac-refresh"), role: answers, leavesCall: true },
  { scenario: drachtio("uac-overlapping"), role: answers, leavesCall: true },
  { scenario: drachtio("uac-drop-one-200"), role: answers, throwsDice: true },
  { scenario: drachtio("uac-drop-one-503"), role: refuses(503), throwsDice: true },
  { scenario: drachtio("uac-drop-all-200"), role: bareRingsThenAnswers, isLong: true },
  {
    scenario: drachtio("uac-200-no-ack"),
    role: bareAnswers,
    isLong: true,
    notApplicable: [
      /unexpected BYE/,
      "without an ACK we hang up after 64·T1 (RFC 3261 §13.3.1.4), which it does not expect",
    ],
  },
  { scenario: drachtio("uac-no-ack"), role: refuses(480), isLong: true },
  { scenario: "drachtio-server/test/uac-no-ack.xml", role: refuses(503), isLong: true },
  {
    scenario: drachtio("uac-session-expires"),
    role: bareAnswers,
    isLong: true,
    notApplicable: [
      /expected BYE and got INVITE/,
      "it means to refresh without Supported: timer; then the callee refreshes (RFC 4028 §9)",
    ],
  },
  { scenario: drachtio("uac-session-expires-no-refresher"), role: bareAnswers, isLong: true },
  { scenario: drachtio("uac-expect-480"), role: refuses(480, custom) },
  { scenario: drachtio("uac-expect-486"), role: refuses(486) },
  { scenario: drachtio("uac-expect-500"), role: refuses(500) },
  { scenario: drachtio("uac-expect-503"), role: refuses(503) },
  { scenario: drachtio("uac-spammer-expect-603"), role: refuses(603) },
  { scenario: drachtio("uac-spammer-ack-crash"), role: refuses(603) },
  { scenario: drachtio("uac-invalid-uri-user"), role: refuses(500) },
  { scenario: drachtio("uac_black"), role: refuses(480) },
  ...colors,
  ...["3031", "3032", "3034", "3035", "3041"].map((user) => ({
    scenario: drachtio(`uac-outbound-${user}`),
    role: ringsThenAnswers,
  })),
  { scenario: drachtio("uac-outbound-3033-expect-480"), role: refuses(480) },
  { scenario: drachtio("uac-long-message"), role: answers },
  { scenario: drachtio("uac-options-expect-200"), role: answers },
  { scenario: drachtio("uac-cancel"), role: sendsEarlyMediaLate },
  { scenario: drachtio("uac-pcap"), role: hears("PCMA", 200, "1"), files: recorded },
  { scenario: srf("uac-pcap"), role: hears("PCMA", 200, "1"), files: recorded },
  { scenario: drachtio("uac-recv-bye"), role: answersThenHangsUp, transport: "tcp" },
  { scenario: srf("uac-recv-reinvite"), role: answersHoldsHangsUp, transport: "tcp" },
  { scenario: drachtio("uac-recv-bye"), role: answersThenHangsUp },
  { scenario: drachtio("uac-recv-reinvite"), role: answersThenHolds, leavesCall: true },
  { scenario: drachtio("uac-send-reinvite-no-sdp"), role: reinvitedThenHangsUp },
  // The end of its first recv is not closed: SIPp reads no further.
  { scenario: drachtio("uac-notify-during-call-setup"), role: answersLate, leavesCall: true },
  { scenario: drachtio("uac-reinvite-bye-race"), role: changesSlowly },
  {
    scenario: drachtio("uac-drop-200-then-cancel"),
    role: answersLate,
    notApplicable: [
      /200 OK/,
      "it waits for 481; a CANCEL that matches is 200, whatever it comes too late for (RFC 3261 §9.2)",
    ],
  },
  {
    scenario: drachtio("uac-update-during-invite"),
    role: sendsEarlyMediaThenAnswers,
    leavesCall: true,
    notApplicable: [
      /500 Server Internal Error/,
      "it offers anew in UPDATE before our answer has come reliably (RFC 3311 §5.1)",
    ],
  },
  { scenario: srf("uac"), role: ringsThenAnswers },
  { scenario: srf("uac-displayname-from"), role: answers },
  { scenario: srf("uac-nosdp"), role: answers },
  { scenario: srf("uac-proxy"), role: answers },
  { scenario: srf("uac-success-green"), role: answersWith([["X-Color", "green"]]) },
  { scenario: srf("uac-cancel"), role: ringsLate },
  { scenario: srf("uac-drop-one-200"), role: answers, throwsDice: true },
  { scenario: srf("uac-drop-one-503"), role: refuses(503), throwsDice: true },
  { scenario: srf("uac-drop-all-200"), role: bareRingsThenAnswers, isLong: true },
  {
    scenario: srf("uac-prack"),
    role: ringsReliablyThenAnswers,
    leavesCall: true,
    notApplicable: [/400 Missing Or Bad RAck/, "its RAck has the method twice (RFC 3262 §7.2)"],
  },
  { scenario: srf("uac-expect-400-no-contact-header"), role: answers },
  { scenario: srf("uac-expect-404"), role: refuses(404) },
  { scenario: srf("uac-expect-480"), role: refuses(480) },
  { scenario: srf("uac-expect-503"), role: refuses(503) },
  { scenario: srf("uac-spammer-expect-603"), role: refuses(603) },
  { scenario: srf("uac-recv-reinvite"), role: answersHoldsHangsUp },
  { scenario: srf("uac-send-reinvite-no-sdp"), role: reinvitedThenHangsUp },
  { scenario: srf("uac-delayed-ack"), role: answersThenHolds },
  {
    scenario: srf("uac-drop-200-then-cancel"),
    role: answersLate,
    notApplicable: [
      /200 OK/,
      "it waits for 481; a CANCEL that matches is 200, whatever it comes too late for (RFC 3261 §9.2)",
    ],
  },
  {
    scenario: srf("uac-subscribe"),
    role: isSubscribedTo,
    notApplicable: [/200 OK/, "it waits for 202, which is not to be sent any more (RFC 6665 §8.3.1)"],
  },
];

const answering: readonly AgentCase[] = [
  { scenario: drachtio("uas-success"), role: callsThenHangsUp },
  { scenario: drachtio("uas-tcp"), role: callsThenHangsUp, transport: "tcp" },
  { scenario: drachtio("uas-183-180-200"), role: callsThenHangsUp },
  { scenario: drachtio("uas-183-recv-update"), role: callsThenHangsUp },
  {
    scenario: drachtio("uas-183-send-update"),
    role: callsThenHangsUp,
    timeoutMs: 12_000,
    notApplicable: [
      /expected ACK and got nothing/,
      "its 200 has Via and CSeq of its own UPDATE, not of our INVITE (RFC 3261 §8.2.6.2)",
    ],
  },
  { scenario: drachtio("uas-slow-response"), role: callsAndIsLeft, leavesCall: true },
  { scenario: drachtio("uas-invite-delay"), role: callsAndIsLeft, leavesCall: true },
  { scenario: drachtio("uas-success-reinvite"), role: callsThenHolds },
  { scenario: drachtio("uas-prack"), role: callsThenHangsUp },
  { scenario: drachtio("uas-bye"), role: callsUntilHungUp },
  {
    scenario: drachtio("uas-reinvite-bye"),
    role: callsAndChangesSlowly,
    notApplicable: [/received 'SIP\/2\.0 (?:200|487)/, "it expects no answer to its BYE (RFC 3261 §15.1.2)"],
  },
  {
    scenario: drachtio("uas-bad-bye"),
    role: callsOnAndOn,
    notApplicable: [/200 OK/, "it waits for 481; a BYE that matches a dialog is 200 (RFC 3261 §15.1.2)"],
  },
  { scenario: drachtio("uas-cancel"), role: callsThenCancels(183) },
  { scenario: drachtio("uas-ackbye"), role: callsThenCancels(183) },
  { scenario: drachtio("uas-drop-one-200"), role: callsThenHangsUpLate, throwsDice: true },
  { scenario: drachtio("uas-fail-480"), role: isRefused(480, custom) },
  { scenario: drachtio("uas-fail-486"), role: isRefused(486) },
  { scenario: drachtio("uas-options-delay"), role: asks("OPTIONS") },
  { scenario: drachtio("uas-handle-5-registers"), role: registers },
  { scenario: srf("uas"), role: callsThenHangsUp },
  { scenario: srf("uas-refer"), role: callsThenHangsUp },
  { scenario: srf("uas-prack"), role: callsThenHangsUp },
  { scenario: srf("uas-302"), role: isSentElsewhere("172.29.0.13") },
  { scenario: srf("uas-404"), role: isRefused(404) },
  { scenario: srf("uas-auth"), role: callsWithPassword("foo", "bar") },
  { scenario: srf("uas-bye-with-auth"), role: callsWithPassword("foo", "bar") },
  {
    scenario: srf("uas-407-no-auth-header"),
    role: callsWithPassword("foo", "bar"),
    notApplicable: [/407 Proxy/, "its 407 has no Proxy-Authenticate (RFC 3261 §22.3), which nobody can answer"],
  },
  { scenario: srf("uas-cancel"), role: callsThenCancels(180) },
  { scenario: srf("uas-cancel"), role: callsThenCancels(180), transport: "tcp" },
  { scenario: srf("uas-bye-with-auth"), role: callsWithPassword("foo", "bar"), transport: "tcp" },
  { scenario: srf("uas-auth-register"), role: registersAs("foo", "bar"), transport: "tcp" },
  { scenario: srf("uas-reinvite-overlap"), role: callsThenReinvitesThrice, leavesCall: true, transport: "tcp" },
  {
    scenario: srf("uas-200-ok-no-contact-cancel"),
    role: callsThenHangsUp,
    notApplicable: [/expected CANCEL and got ACK/, "it waits for CANCEL; a 200 is acknowledged (RFC 3261 §13.2.2.4)"],
  },
  { scenario: srf("uas-options-expect-200"), role: asks("OPTIONS") },
  { scenario: srf("uas-reinvite-overlap"), role: callsThenReinvitesThrice, leavesCall: true },
  { scenario: srf("uas-auth-register"), role: registersAs("foo", "bar") },
  { scenario: srf("uas-auth-register-no-realm"), role: registersAs("foo", "bar") },
];

export const drachtioCases: readonly AgentCase[] = [...calling, ...answering];
