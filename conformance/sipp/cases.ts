/** Which scenarios run against which, and what comes of it. The scenarios that do not run are in others.tsv. */

import type { Reason, SippCase } from "./sipp-case.ts";

const siphon = (name: string): string => `siphon-rs/${name}.xml`;
const drachtio = (name: string): string => `drachtio-server/test/scenarios/${name}.xml`;
const srf = (name: string): string => `drachtio-srf/test/scenarios/${name}.xml`;
const inbound = (name: string): string => `jambonz-sbc-inbound/test/scenarios/${name}.xml`;
const outbound = (name: string): string => `jambonz-sbc-outbound/test/scenarios/${name}.xml`;
const routr = (name: string): string => `routr/etc/scenarios/${name}.xml`;
const builtin = (name: string): string => `sipp-builtin/${name}.xml`;
const kamailio = (name: string): string => `kamailio-tests/units/${name}.xml`;
const peer = (name: string): string => `peers/${name}.xml`;
const own = (name: string): string => `interop/${name}.xml`;

const answers = peer("answers");
const refuses = (status: string): Partial<SippCase> => ({ callee: peer("refuses"), values: { STATUS: status } });
const replies = (status: string): Partial<SippCase> => ({ callee: peer("replies"), values: { STATUS: status } });

const challenges: Reason = [
  /407 Proxy Authentication Required/,
  "it waits for 401; a proxy challenges with 407 (RFC 3261 §22.3)",
];
const masks503: Reason = [/500 Server Internal Error/, "a proxy passes 503 on as 500 (RFC 3261 §16.7 step 6)"];

const refuses100: Reason = [/100 Trying/, "it takes no 100, which a proxy sends (RFC 3261 §16.2)"];
const wants = (header: string): Reason => [
  new RegExp(`header ${header}: not found`),
  `it wants the ${header} that an application adds`,
];

const toSiphon: readonly SippCase[] = [
  { caller: siphon("invite_bye"), callee: siphon("uas_invite") },
  { caller: siphon("invite_bye"), callee: answers, transport: "tcp" },
  { caller: siphon("invite"), callee: answers, leavesCall: true },
  { caller: siphon("invite_multi_codec"), callee: answers },
  { caller: siphon("invite_bye_ipv6"), callee: answers },
  { caller: siphon("forking_invite"), callee: answers },
  { caller: siphon("info"), callee: answers },
  { caller: siphon("reinvite"), callee: answers },
  { caller: siphon("route_bye"), callee: answers },
  { caller: siphon("session_timer"), callee: answers, leavesCall: true },
  { caller: siphon("session_timer_refresh"), callee: answers },
  { caller: siphon("update"), callee: answers, leavesCall: true },
  { caller: siphon("max_forwards_decrement"), callee: answers },
  { caller: siphon("max_forwards_edge_case"), callee: answers },
  { caller: siphon("max_forwards_zero") },
  { caller: siphon("malformed_sdp"), ...refuses("488 Not Acceptable Here") },
  { caller: siphon("prack"), callee: peer("reliable") },
  { caller: siphon("refer"), callee: peer("refers"), values: { STATUS: "200 OK" }, fields: "127.0.0.1;CALLEE_PORT" },
  { caller: siphon("refer_fail"), callee: peer("refers"), values: { STATUS: "503 Service Unavailable" } },
  { caller: siphon("proxy_invite_bye"), callee: answers, fields: "127.0.0.1;CALLEE_PORT" },
  { caller: siphon("subscribe_notify"), callee: peer("notifies") },
  { caller: siphon("subscribe_lifecycle"), callee: peer("notifies-thrice") },
  { caller: siphon("info_out_of_dialog"), ...replies("481 Call/Transaction Does Not Exist") },
  { caller: siphon("update_out_of_dialog"), ...replies("481 Call/Transaction Does Not Exist") },
  { caller: siphon("message"), ...replies("200 OK") },
  { caller: siphon("options"), ...replies("200 OK") },
  { caller: siphon("unsupported_method"), ...replies("501 Not Implemented") },
  { caller: siphon("register") },
  { caller: siphon("register_multiple") },
  { caller: siphon("register_wildcard") },
  {
    caller: siphon("cancel"),
    callee: own("callee-rings-forever"),
    fails: [/481 Call/, "its CANCEL has another branch than its INVITE (RFC 3261 §9.1)"],
  },
  {
    caller: siphon("auth_register"),
    stranger: true,
    fails: [/401 Unauthorized/, "its credentials begin with the name of the header field, twice"],
  },
  { caller: siphon("auth_invite"), callee: answers, stranger: true, fails: challenges },
];

const toDrachtio: readonly SippCase[] = [
  { caller: drachtio("uac"), callee: drachtio("uas-success") },
  { caller: drachtio("uac"), callee: drachtio("uas-183-180-200") },
  { caller: drachtio("uac"), callee: drachtio("uas-success"), transport: "tcp" },
  { caller: drachtio("uac"), callee: drachtio("uas-tcp"), calleeTransport: "tcp" },
  { caller: drachtio("uac-utf8"), callee: drachtio("uas-success") },
  { caller: drachtio("uac-long-sdp"), callee: drachtio("uas-success") },
  { caller: drachtio("uac-preloaded-route"), callee: drachtio("uas-success") },
  { caller: drachtio("uac-session-expires-no-refresher-default"), callee: drachtio("uas-success") },
  { caller: drachtio("uac-cancel"), callee: drachtio("uas-cancel") },
  { caller: drachtio("uac-refresh"), callee: drachtio("uas-success-reinvite") },
  { caller: drachtio("pcap/uac-refresh"), callee: drachtio("uas-success-reinvite") },
  { caller: drachtio("uac-drop-one-200"), callee: answers },
  { caller: drachtio("uac-expect-486"), callee: drachtio("uas-fail-486") },
  { caller: drachtio("uac-expect-500"), ...refuses("500 Server Internal Error") },
  { caller: drachtio("uac-expect-503"), ...refuses("503 Service Unavailable"), fails: masks503 },
  { caller: drachtio("uac-drop-one-503"), ...refuses("503 Service Unavailable"), fails: masks503 },
  { caller: drachtio("uac-spammer-expect-603"), ...refuses("603 Decline") },
  { caller: drachtio("uac-spammer-ack-crash"), user: "0", ...refuses("603 Decline") },
  { caller: drachtio("uac-no-ack"), ...refuses("480 Temporarily Unavailable"), leavesCall: true },
  { caller: drachtio("uac-outbound-3031"), callee: drachtio("uas-success"), user: "outbound-3031" },
  { caller: drachtio("uac-outbound-3032"), callee: drachtio("uas-183-180-200"), user: "outbound-3032" },
  { caller: drachtio("uac-outbound-3033-expect-480"), user: "outbound-3033" },
  { caller: drachtio("uac-outbound-3034"), callee: drachtio("uas-tcp"), calleeTransport: "tcp", user: "outbound-3034" },
  { caller: drachtio("uac-outbound-3035"), callee: drachtio("uas-success"), user: "outbound-3035" },
  { caller: drachtio("uac-outbound-3041"), callee: drachtio("uas-success"), user: "outbound-3041" },
  { caller: drachtio("uac_black"), user: "black" },
  { caller: drachtio("uac-long-message"), user: "34020000002000000002", ...replies("200 OK") },
  { caller: drachtio("uac-options-expect-200"), ...replies("200 OK") },
  { caller: drachtio("uac-send-reinvite-no-sdp"), callee: peer("is-reinvited-then-ends") },
  { caller: drachtio("uac-notify-during-call-setup"), callee: answers, leavesCall: true },
  { caller: drachtio("uac-register-with-star-in-contact") },
  { caller: peer("asks"), callee: drachtio("uas-options-delay"), values: { METHOD: "OPTIONS", STATUS: "200" } },
  { caller: siphon("invite"), callee: drachtio("uas-slow-response"), leavesCall: true },
  { caller: siphon("invite"), callee: drachtio("uas-invite-delay"), leavesCall: true },
  { caller: peer("is-called-upon"), callee: drachtio("uas-bye"), values: { CSEQ: "1" } },
  { caller: drachtio("uac-expect-480"), ...refuses("480 Temporarily Unavailable"), fails: wants("X-Custom") },
  ...["blue", "green", "orange", "red"].map(
    (color): SippCase => ({
      caller: drachtio(`uac_${color}`),
      callee: drachtio("uas-success"),
      user: color,
      fails: wants("X-Color"),
    }),
  ),
  {
    caller: drachtio("register-bad-contact"),
    fails: [/400 Bad Contact/, "it waits for 403; a Contact that cannot be read is 400 (RFC 3261 §21.4.1)"],
  },
  {
    caller: drachtio("uac-drop-200-then-cancel"),
    callee: drachtio("uas-success"),
    fails: [/200 OK/, "it waits for 481; a CANCEL that matches is 200, whatever it comes too late for (RFC 3261 §9.2)"],
  },
];

const toSrf: readonly SippCase[] = [
  { caller: siphon("invite_bye"), callee: srf("uas-refer") },
  { caller: srf("uac-drop-one-503"), ...refuses("503 Service Unavailable"), fails: masks503 },
  { caller: srf("uac-success-green"), callee: srf("uas"), user: "green", fails: wants("X-Color") },
  {
    caller: srf("uac-drop-200-then-cancel"),
    callee: srf("uas"),
    fails: [/200 OK/, "it waits for 481; a CANCEL that matches is 200, whatever it comes too late for (RFC 3261 §9.2)"],
  },
  { caller: srf("uac"), callee: srf("uas") },
  { caller: srf("uac-displayname-from"), callee: srf("uas") },
  { caller: srf("uac-nosdp"), callee: srf("uas") },
  { caller: srf("uac-proxy"), callee: srf("uas") },
  { caller: srf("uac-cancel"), callee: srf("uas-cancel") },
  { caller: srf("uac-drop-one-200"), callee: answers },
  { caller: srf("uac-prack"), callee: peer("reliable") },
  { caller: srf("uac-expect-404"), callee: srf("uas-404") },
  { caller: srf("uac-expect-480") },
  { caller: srf("uac-expect-503"), ...refuses("503 Service Unavailable"), fails: masks503 },
  { caller: srf("uac-spammer-expect-603"), ...refuses("603 Decline") },
  { caller: srf("uac-expect-400-no-contact-header"), ...refuses("400 Bad Request") },
  { caller: srf("uac-recv-reinvite"), callee: peer("reinvites"), values: { THEN: "ends" } },
  { caller: srf("uac-send-reinvite-no-sdp"), callee: peer("is-reinvited-then-ends") },
  { caller: srf("uac-delayed-ack"), callee: peer("reinvites"), values: { THEN: "waits" } },
  { caller: peer("asks"), callee: srf("uas-options-expect-200"), values: { METHOD: "OPTIONS", STATUS: "200" } },
  { caller: peer("calls-challenged"), callee: srf("uas-auth") },
];

const toJambonz: readonly SippCase[] = [
  { caller: peer("is-refused"), callee: outbound("uas-503"), values: { CSEQ: "1", STATUS: "500" } },
  ...[inbound, outbound].map(
    (scenarios): SippCase => ({
      caller: scenarios("uac-register-expect-480"),
      fails: [/SIP\/2\.0 200 OK/, "it waits for the 480 of a server that takes no registrations"],
    }),
  ),
  { caller: inbound("uac"), callee: inbound("uas") },
  { caller: outbound("uac"), callee: outbound("uas-simple") },
  { caller: outbound("uac"), callee: outbound("uas") },
  ...["info", "message", "options", "publish", "subscribe"].flatMap((method): SippCase[] => [
    { caller: inbound(`uac-${method}-expect-480`) },
    { caller: outbound(`uac-${method}-expect-480`) },
  ]),
];

/** A call by the addresses that routr's scenarios take as variables. */
const call = { requestURI: "sip:USER@DOMAIN", from: "sip:CALLER@DOMAIN", to: "sip:USER@DOMAIN" } as const;

const toRoutr: readonly SippCase[] = [
  {
    caller: routr("common/uac_register"),
    stranger: true,
    set: { requestURI: "DOMAIN", from: "CALLER@DOMAIN", to: "CALLER@DOMAIN" },
  },
  {
    caller: routr("rr/uac_invite_from_pstn_with_ip_auth"),
    callee: routr("rr/uas_peer_invite_from_pstn_with_ip_auth"),
    set: call,
  },
  {
    caller: routr("common/uac_invite"),
    callee: routr("rr/uas_peer_invite"),
    stranger: true,
    set: call,
    fails: challenges,
  },
  ...["callee_bye", "callee_declined", "caller_cancel", "provider_declined"].map(
    (name): SippCase => ({ caller: routr(`rr/uac_invite_${name}`), stranger: true, set: call, fails: challenges }),
  ),
  {
    caller: routr("rr/uac_peer_invite_with_dod_number"),
    stranger: true,
    set: { ...call, dodNumber: "sip:USER@DOMAIN" },
    fails: challenges,
  },
  {
    caller: routr("ims_uac"),
    stranger: true,
    set: { requestURI: "USER@DOMAIN", from: "CALLER@DOMAIN", to: "USER@DOMAIN" },
    fails: challenges,
  },
  { caller: peer("is-called-upon"), callee: routr("rr/uas_agent_to_agent_callee_bye"), values: { CSEQ: "2" } },
  {
    caller: peer("is-refused"),
    callee: routr("rr/uas_agent_to_agent_callee_declined"),
    values: { CSEQ: "2", STATUS: "603" },
  },
  { caller: siphon("invite_bye"), callee: routr("sc/sip_pbx/basic_calls/did_terminating_call_part_abc") },
  { caller: peer("asks"), callee: routr("ims_uas"), values: { METHOD: "MESSAGE", STATUS: "200" } },
  { caller: own("caller-cancels"), callee: routr("rr/uas_agent_to_agent_caller_cancel"), fields: "USER@DOMAIN" },
];

const toOthers: readonly SippCase[] = [
  { caller: kamailio("thacxx0005/uac"), callee: kamailio("thacxx0005/uas") },
  { caller: kamailio("thacxx0006/uac"), callee: kamailio("thacxx0006/uas") },
  { caller: builtin("docs/uac"), callee: builtin("docs/uas") },
  { caller: builtin("regress/github-#0207/uac"), callee: builtin("regress/github-#0207/uas") },
  { caller: builtin("regress/github-#0234/uac"), callee: builtin("regress/github-#0234/uas"), fails: refuses100 },
  { caller: builtin("regress/github-#0238/uac"), callee: builtin("regress/github-#0238/uas"), fails: refuses100 },
  { caller: builtin("regress/github-#0458/uac"), callee: builtin("regress/github-#0458/uas"), fails: refuses100 },
  { caller: builtin("regress/github-#0862/uac"), callee: builtin("regress/github-#0259/uas") },
  { caller: builtin("regress/github-#0850/uac"), callee: builtin("regress/github-#0850/uas"), fails: refuses100 },
  {
    caller: builtin("regress/github-#0850/uac_no_rrs"),
    callee: builtin("regress/github-#0850/uas_no_rrs"),
    fails: refuses100,
  },
  { caller: builtin("regress/github-#0085/uac"), callee: answers },
  { caller: builtin("sipp_scenarios/uc360_register"), user: "16001" },
  { caller: siphon("invite_bye"), callee: builtin("regress/github-#0103/uas-modified") },
  { caller: siphon("invite_bye"), callee: builtin("docs/3pcc-A") },
  { caller: siphon("invite_bye"), callee: builtin("docs/3pcc-B") },
  { caller: builtin("regress/github-#0152/uac"), callee: builtin("regress/github-#0152/uas") },
  { caller: siphon("options"), callee: builtin("docs/ooc_default") },
  { caller: builtin("docs/regexp"), callee: builtin("docs/uas") },
  { caller: peer("calls-challenged"), callee: answers, stranger: true },
];

export const cases: readonly SippCase[] = [...toSiphon, ...toDrachtio, ...toSrf, ...toJambonz, ...toRoutr, ...toOthers];
