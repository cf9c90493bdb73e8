/** routr. */

import type { Reason } from "../../sipp/sipp-case.ts";
import type { AgentCase } from "../agent-case.ts";
import { ringsThenAnswers } from "../roles/answering.ts";
import { asks } from "../roles/asking.ts";
import { callsByTrunk } from "../roles/bare.ts";
import { callsInVain, callsThenCancels, callsWithPassword, isRefused } from "../roles/calling.ts";
import { guardedAnswers, guardedRefuses, guardedRefusesAtOnce, guardedRings } from "../roles/guarding.ts";
import { registersAs, registersInVain, staysRegistered } from "../roles/registering.ts";
import { routr } from "./paths.ts";

/** A call by the addresses that the scenarios take as variables. */
const call = { requestURI: "sip:service@AGENT", from: "sip:alice@AGENT", to: "sip:service@AGENT" } as const;

const trunk = (name: string): string => routr(`sc/sip_pbx/${name}`);

const withoutAnswer: Reason = [
  /unexpected BYE/,
  "its description stands among the header fields: an ACK without the answer to our offer (RFC 3261 §13.2.1)",
];
const counts: Reason = [
  /regexp '(?:[123] ACK|1 BYE)'/,
  "it counts on CSeq numbers of another product; ours are as good (RFC 3261 §8.1.1.5, §12.2.1.1)",
];
const trunkAddress = "sip:pbx-1@sip.provider.net";
const anonymous = { privacy: { anonymous: true } } as const;

export const routrCases: readonly AgentCase[] = [
  { scenario: routr("common/uac_invite"), role: guardedAnswers, set: call, notApplicable: withoutAnswer },
  {
    scenario: routr("rr/uac_invite_from_pstn_with_ip_auth"),
    role: ringsThenAnswers,
    set: call,
    notApplicable: withoutAnswer,
  },
  { scenario: routr("rr/uac_invite_callee_declined"), role: guardedRefuses, set: call },
  {
    scenario: routr("rr/uac_invite_provider_declined"),
    role: guardedRefusesAtOnce,
    set: call,
    notApplicable: [/603 Decline/, "it wants a Contact in 603 (RFC 3261 §20, table 2)"],
  },
  {
    scenario: routr("rr/uac_invite_caller_cancel"),
    role: guardedRings,
    set: call,
    leavesCall: true,
    notApplicable: [/481 Call/, "its CANCEL has another branch than its INVITE (RFC 3261 §9.1)"],
  },
  {
    scenario: routr("rr/uac_peer_invite_with_dod_number"),
    role: guardedAnswers,
    set: { ...call, dodNumber: "sip:service@AGENT" },
    notApplicable: withoutAnswer,
  },
  {
    scenario: routr("ims_uac"),
    role: guardedAnswers,
    set: { requestURI: "service@AGENT", from: "alice@AGENT", to: "service@AGENT" },
  },
  { scenario: routr("ims_uas"), role: asks("MESSAGE") },
  { scenario: routr("rr/uas_agent_to_agent_caller_cancel"), role: callsThenCancels(180), leavesCall: true },
  { scenario: routr("rr/uas_peer_invite"), role: callsInVain(), notApplicable: counts },
  { scenario: routr("rr/uas_peer_invite_from_pstn_with_ip_auth"), role: callsInVain(), notApplicable: counts },
  { scenario: routr("rr/uas_peer_invite_with_dod_number"), role: callsInVain(), notApplicable: counts },
  { scenario: routr("rr/uas_agent_to_agent_callee_bye"), role: callsInVain(), notApplicable: counts },
  { scenario: routr("rr/uas_agent_to_agent_callee_declined"), role: isRefused(603), notApplicable: counts },
  {
    scenario: routr("rr/uas_agent_to_pstn_provider_declined"),
    role: callsWithPassword("foo", "bar"),
    notApplicable: counts,
  },
  { scenario: routr("rr/uas_proxy_auth"), role: callsWithPassword("foo", "bar"), notApplicable: counts },
  { scenario: trunk("basic_calls/did_terminating_call_part_abc"), role: callsInVain() },
  {
    scenario: trunk("basic_calls/did_terminating_call_privacy"),
    role: callsInVain(anonymous, " without its name"),
  },
  {
    scenario: trunk("basic_calls/dod_originating_call_privacy_part_a"),
    role: callsInVain(anonymous, " without its name"),
  },
  {
    scenario: trunk("basic_calls/dod_originating_call_privacy_part_b"),
    role: callsInVain({ headers: [["Privacy", "none"]] }, " with Privacy: none"),
  },
  { scenario: trunk("basic_calls/dod_originating_call_parameters"), role: callsByTrunk },
  { scenario: trunk("registration_mode/authentication"), role: registersAs("pbx-1", "1234", trunkAddress) },
  {
    scenario: trunk("registration_mode/maintaining_registration"),
    role: staysRegistered(2),
    calls: 3,
    set: { expires: "5" },
    args: ["-deadcall_wait", "0"],
  },
  {
    scenario: trunk("registration_mode/registration_failure"),
    role: registersInVain,
    isLong: true,
    // It stops itself.
    exitStatus: 97,
  },
  {
    scenario: trunk("registration_mode/registration_setup"),
    role: registersAs("pbx-1", "1234", trunkAddress),
    notApplicable: [/Proxy-Require not found/, "it wants the registration of many numbers at once (RFC 6140)"],
  },
];
