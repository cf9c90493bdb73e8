/** SIPp's own scenarios, and Kamailio's. */

import type { Reason } from "../../sipp/sipp-case.ts";
import type { AgentCase } from "../agent-case.ts";
import { answers, answersThenHangsUp, hears, hearsThenHangsUp, refuses, ringsThenAnswers } from "../roles/answering.ts";
import { asks, asksInVain, isNotified, isToldNothing, replies } from "../roles/asking.ts";
import { bareCallee } from "../roles/bare.ts";
import {
  callsAndHears,
  callsAndIsLeft,
  callsInVain,
  callsThenHangsUp,
  callsUntilHungUp,
  isRefused,
} from "../roles/calling.ts";
import { registers } from "../roles/registering.ts";
import { builtin, kamailio } from "./paths.ts";
import { beep, pcaps } from "./recordings.ts";

const withoutAnswer: Reason = [/unexpected BYE/, "its ACK has no answer to our offer (RFC 3261 §13.2.1)"];

const issue = (number: string): string => builtin(`regress/github-#${number}`);

export const builtinCases: readonly AgentCase[] = [
  { scenario: builtin("docs/uac"), role: ringsThenAnswers },
  {
    scenario: builtin("docs/regexp"),
    role: ringsThenAnswers,
    notApplicable: [/alnum/, "it wants letters for the user's name in o=; ours is - (RFC 8866 §5.2)"],
  },
  { scenario: builtin("docs/uac_pcap"), role: hears("PCMA", 200, "1"), files: pcaps("g711a", "dtmf_2833_1") },
  { scenario: builtin("docs/uas"), role: callsThenHangsUp },
  { scenario: builtin("docs/3pcc-A"), role: callsThenHangsUp },
  { scenario: builtin("docs/3pcc-B"), role: callsThenHangsUp },
  { scenario: builtin("docs/ooc_default"), role: asks("OPTIONS") },
  {
    scenario: issue("0085/uac"),
    role: bareCallee("answers, takes NOTIFY", (call) => call.accept(), {
      handlers: { onUnsolicitedNotify: () => {} },
    }),
    leavesCall: true,
    notApplicable: [/481 Call/, "it takes the tag of its call from answers outside of the call (RFC 3261 §8.2.6.2)"],
  },
  { scenario: issue("0103/uas-modified"), role: callsThenHangsUp },
  { scenario: issue("0152/uac"), role: replies("replies 200", ["WITHOUTTO"], undefined) },
  { scenario: issue("0152/uas"), role: asksInVain("WITHOUTTO"), leavesCall: true },
  { scenario: issue("0192/uac"), role: hearsThenHangsUp, files: beep },
  { scenario: issue("0192/uas"), role: callsUntilHungUp, keys: { custom_media_port: "9" } },
  { scenario: issue("0196/uac"), role: hearsThenHangsUp, files: beep },
  { scenario: issue("0196/uas"), role: callsUntilHungUp, keys: { custom_media_port: "9" } },
  { scenario: issue("0259/uac"), role: hearsThenHangsUp, files: beep },
  {
    scenario: issue("0862/uas"),
    role: callsAndHears,
    files: beep,
    notApplicable: [
      /481 Call/,
      "From and To of its BYE are those of our INVITE, not turned round (RFC 3261 §12.2.1.1)",
    ],
  },
  { scenario: issue("0337/reply488"), role: isToldNothing },
  { scenario: builtin("docs/3pcc-C-A"), twin: builtin("docs/3pcc-C-B"), role: answers },
  { scenario: issue("0207/uac"), role: answers },
  { scenario: issue("0207/uas"), role: asks("OPTIONS") },
  { scenario: issue("0234/uac"), role: answers, notApplicable: withoutAnswer },
  { scenario: issue("0234/uas"), role: callsInVain(), leavesCall: true },
  { scenario: issue("0238/uac"), role: answersThenHangsUp },
  {
    scenario: issue("0238/uas"),
    role: callsInVain(),
    notApplicable: [
      /unexpected BYE/,
      "its 200 has no answer to our offer (RFC 3261 §13.2.1): we hang up before it does",
    ],
  },
  { scenario: issue("0259/uas"), role: callsUntilHungUp },
  { scenario: issue("0262/uac"), role: answersThenHangsUp },
  { scenario: issue("0262/uas"), role: callsUntilHungUp },
  { scenario: issue("0458/uac"), role: refuses(404) },
  { scenario: issue("0458/uas"), role: isRefused(404) },
  { scenario: issue("0850/uac"), role: answers, notApplicable: withoutAnswer },
  { scenario: issue("0850/uac_no_rrs"), role: answers, notApplicable: withoutAnswer },
  { scenario: issue("0850/uas"), role: callsInVain() },
  { scenario: issue("0850/uas_no_rrs"), role: callsInVain() },
  { scenario: issue("0862/uac"), role: answersThenHangsUp },
  { scenario: issue("0034/notify-1234"), role: isNotified(/^\x01\x02\x03\x04$/) },
  { scenario: issue("0034/notify-manylf"), role: isNotified(/^/) },
  { scenario: issue("0034/notify-nocrlf"), role: isNotified(/^/) },
  { scenario: issue("0034/notify-withlf"), role: isNotified(/^/) },
  { scenario: issue("0018/notify-brackets"), role: isNotified(/^/) },
  { scenario: issue("0364/empty-keyword-allowed"), role: isNotified(/^/), keys: { keyword: "" } },
  { scenario: builtin("sipp_scenarios/mcd_register"), role: registers },
  { scenario: kamailio("thacxx0005/uac"), role: ringsThenAnswers, leavesCall: true },
  { scenario: kamailio("thacxx0005/uas"), role: callsAndIsLeft, leavesCall: true },
  { scenario: kamailio("thacxx0006/uac"), role: ringsThenAnswers, leavesCall: true },
  { scenario: kamailio("thacxx0006/uas"), role: callsAndIsLeft, leavesCall: true },
];
