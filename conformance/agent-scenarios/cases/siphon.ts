/** siphon-rs. */

import type { AgentCase } from "../agent-case.ts";
import { answers, ringsThenAnswers } from "../roles/callee.ts";
import { siphon } from "./paths.ts";

export const siphonCases: readonly AgentCase[] = [
  { scenario: siphon("invite_bye"), role: ringsThenAnswers },
  { scenario: siphon("invite_bye"), role: ringsThenAnswers, transport: "tcp" },
  { scenario: siphon("invite_bye_ipv6"), role: ringsThenAnswers, host: "::1" },
  { scenario: siphon("invite"), role: answers, leavesCall: true },
  { scenario: siphon("invite_multi_codec"), role: answers },
  { scenario: siphon("forking_invite"), role: ringsThenAnswers },
  { scenario: siphon("info"), role: answers },
  { scenario: siphon("reinvite"), role: answers },
  { scenario: siphon("route_bye"), role: answers },
  { scenario: siphon("session_timer"), role: answers, leavesCall: true },
  { scenario: siphon("session_timer_refresh"), role: answers },
  { scenario: siphon("update"), role: answers, leavesCall: true },
  { scenario: siphon("max_forwards_decrement"), role: answers },
  { scenario: siphon("max_forwards_edge_case"), role: answers },
  { scenario: siphon("malformed_sdp"), role: answers },
  { scenario: siphon("info_out_of_dialog"), role: answers },
  { scenario: siphon("update_out_of_dialog"), role: answers },
  { scenario: siphon("message"), role: answers },
  { scenario: siphon("options"), role: answers },
  { scenario: siphon("unsupported_method"), role: answers },
];
