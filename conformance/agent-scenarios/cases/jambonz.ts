/** jambonz, its two session border controllers. */

import type { AgentCase } from "../agent-case.ts";
import { hears, refuses, ringsThenAnswers, saysNothing } from "../roles/answering.ts";
import { unavailable } from "../roles/asking.ts";
import {
  callsThenCancelsSoon,
  callsThenHangsUp,
  callsThenHoldsWithPassword,
  callsThenSendsDigit,
  callsThenSendsDigitAndIsLeft,
  callsWithPassword,
  isRefused,
} from "../roles/calling.ts";
import { guardedAnswers, guardedByAll } from "../roles/guarding.ts";
import { isSubscribedTo } from "../roles/notifying.ts";
import { inbound, outbound } from "./paths.ts";
import { pcaps } from "./recordings.ts";

const g711a = pcaps("g711a");

const played = (scenario: string): AgentCase => ({ scenario, role: hears("PCMA", 40), files: g711a });
const guarded = (scenario: string): AgentCase => ({ scenario, role: guardedAnswers, files: g711a });

export const jambonzCases: readonly AgentCase[] = [
  ...[inbound, outbound].flatMap((set): AgentCase[] => [
    { scenario: set("uac"), role: ringsThenAnswers },
    { scenario: set("uas"), role: callsThenHangsUp },
    ...["info", "message", "options", "publish", "register"].map((method) => ({
      scenario: set(`uac-${method}-expect-480`),
      role: unavailable,
    })),
    {
      scenario: set("uac-subscribe-expect-480"),
      role: isSubscribedTo,
      notApplicable: [/489 Bad Event/, "it waits for 480; SUBSCRIBE without Event is 489 (RFC 6665 §4.2.1.1)"],
    },
    { scenario: set("uac-device-invalid-password"), role: guardedAnswers },
    { scenario: set("uac-device-unknown-user"), role: guardedAnswers },
    guarded(set("uac-pcap-device-success-in-dialog-request")),
    played(set("uac-pcap-carrier-success")),
  ]),
  { scenario: inbound("uac-device-unknown-realm"), role: refuses(404) },
  { scenario: inbound("uac-did-applicationsid-loop"), role: refuses(482), leavesCall: true },
  { scenario: inbound("uac-pcap-carrier-fail-ambiguous"), role: refuses(503) },
  { scenario: inbound("uac-pcap-carrier-max-call-limit"), role: refuses(503) },
  played(inbound("uac-did-regex-match")),
  played(inbound("uac-did-regex-match-vc-all-accts")),
  played(inbound("uac-did-regex-match-vc-all-accts-nosiprealm")),
  played(inbound("uac-late-media")),
  guarded(inbound("uac-pcap-device-success")),
  played(inbound("uac-pcap-ephemeral-gateway-success")),
  played(inbound("uac-pcap-pbx-success")),
  { scenario: outbound("uac-device-unknown-realm"), role: guardedByAll },
  { scenario: outbound("uac-pcap-carrier-fail-blacklist"), role: refuses(603) },
  { scenario: outbound("uac-pcap-carrier-fail-limits"), role: refuses(503) },
  { scenario: outbound("uac-pcap-device-404"), role: refuses(404) },
  { scenario: outbound("uac-cancel"), role: saysNothing },
  played(outbound("uac-pcap-carrier-success-k8s")),
  played(outbound("uac-pcap-carrier-success-reinvite")),
  played(outbound("uac-pcap-device-success")),
  played(outbound("uac-pcap-inbound-carrier-success")),
  played(outbound("uac-pcap-sip-routing-success")),
  // Its ACK has a CSeq of its own: the call is never confirmed.
  { scenario: outbound("uac-sip-uri-proxy"), role: ringsThenAnswers, files: g711a },
  {
    ...played(outbound("uac-outbound-user-success")),
    leavesCall: true,
    notApplicable: [/400 Bad Request-URI/, "the first line of its BYE has two spaces in a row (RFC 3261 §7.1)"],
  },
  guarded(outbound("uac-sip-uri-auth-success")),
  { scenario: inbound("uas"), role: callsThenSendsDigit },
  { scenario: outbound("uas"), role: callsThenSendsDigitAndIsLeft, leavesCall: true },
  { scenario: outbound("uas-simple"), role: callsThenHangsUp },
  { scenario: outbound("uas-503"), role: isRefused(503) },
  { scenario: outbound("uas-cancel"), role: callsThenCancelsSoon },
  { scenario: outbound("uas-auth"), role: callsWithPassword("foo", "bar") },
  { scenario: outbound("uas-reinvite"), role: callsThenHoldsWithPassword("foo", "bar") },
];
