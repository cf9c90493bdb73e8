/** siphon-rs. */

import type { AgentCase } from "../agent-case.ts";
import {
  answers,
  followsRefer,
  isHeldByPeer,
  ringsLate,
  ringsReliably,
  ringsReliablyThenAnswers,
  ringsThenAnswers,
  takesDigits,
} from "../roles/answering.ts";
import { callsThenHangsUp } from "../roles/calling.ts";
import { guardedAnswers } from "../roles/guarding.ts";
import { isSubscribedTo } from "../roles/notifying.ts";
import { siphon } from "./paths.ts";

export const siphonCases: readonly AgentCase[] = [
  { scenario: siphon("invite_bye"), role: ringsThenAnswers },
  { scenario: siphon("invite_bye"), role: ringsThenAnswers, transport: "tcp" },
  { scenario: siphon("invite_bye_ipv6"), role: ringsThenAnswers, host: "::1" },
  { scenario: siphon("invite"), role: answers, leavesCall: true },
  { scenario: siphon("invite_multi_codec"), role: answers },
  { scenario: siphon("forking_invite"), role: ringsThenAnswers },
  { scenario: siphon("proxy_invite_bye"), role: ringsThenAnswers, fields: "AGENT_HOST;AGENT_PORT" },
  { scenario: siphon("info"), role: takesDigits("1", "info") },
  { scenario: siphon("reinvite"), role: isHeldByPeer },
  { scenario: siphon("route_bye"), role: answers },
  { scenario: siphon("session_timer"), role: answers, leavesCall: true },
  { scenario: siphon("session_timer_refresh"), role: answers },
  { scenario: siphon("update"), role: isHeldByPeer, leavesCall: true },
  { scenario: siphon("max_forwards_decrement"), role: answers },
  { scenario: siphon("max_forwards_edge_case"), role: answers },
  { scenario: siphon("malformed_sdp"), role: answers },
  { scenario: siphon("info_out_of_dialog"), role: answers },
  { scenario: siphon("update_out_of_dialog"), role: answers },
  { scenario: siphon("message"), role: answers },
  { scenario: siphon("options"), role: answers },
  { scenario: siphon("unsupported_method"), role: answers },
  { scenario: siphon("prack_missing_rack"), role: ringsReliably, leavesCall: true },
  { scenario: siphon("subscribe_notify"), role: isSubscribedTo, leavesCall: true },
  { scenario: siphon("subscribe_lifecycle"), role: isSubscribedTo },
  { scenario: siphon("refer"), role: followsRefer, fields: "127.0.0.1;9", leavesCall: true },
  { scenario: siphon("refer_fail"), role: followsRefer, leavesCall: true },
  { scenario: siphon("uas_invite"), role: callsThenHangsUp },
  { scenario: siphon("uas_invite"), role: callsThenHangsUp, transport: "tcp" },
  { scenario: siphon("uas_invite"), role: callsThenHangsUp, host: "::1" },
  { scenario: siphon("subscribe_lifecycle"), role: isSubscribedTo, transport: "tcp" },
  { scenario: siphon("info"), role: takesDigits("1", "info"), transport: "tcp" },
  { scenario: siphon("message"), role: answers, transport: "tcp" },
  {
    scenario: siphon("prack"),
    role: ringsReliablyThenAnswers,
    leavesCall: true,
    notApplicable: [/481 Call/, "it takes for granted that RSeq begins with 1; it begins at random (RFC 3262 §3)"],
  },
  {
    scenario: siphon("prack_bad_rack"),
    role: ringsReliably,
    notApplicable: [/481 Call/, "it waits for 400; a PRACK that matches nothing is 481 (RFC 3262 §3)"],
  },
  {
    scenario: siphon("cancel"),
    role: ringsLate,
    notApplicable: [/481 Call/, "its CANCEL has another branch than its INVITE (RFC 3261 §9.1)"],
  },
  {
    scenario: siphon("auth_invite"),
    role: guardedAnswers,
    timeoutMs: 8_000,
    notApplicable: [/timed out/, "its credentials begin with the name of the header field, twice"],
  },
  {
    scenario: siphon("max_forwards_zero"),
    role: answers,
    notApplicable: [/200 OK/, "it waits for 483; Max-Forwards is a matter of proxies (RFC 3261 §8.2, §16.3)"],
  },
];
