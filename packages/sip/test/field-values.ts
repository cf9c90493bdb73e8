/** Values of every header field, for properties: by the name of the field's constant. */

import type { Values } from "./message-values.ts";

type Generator = (v: Values) => unknown;

const address: Generator = (v) => v.nameAddr();
const token: Generator = (v) => v.token();
const number: Generator = (v) => v.uint32();
const text: Generator = (v) => v.text().trim();
const tokenParams =
  (key: string): Generator =>
  (v) => ({ [key]: v.token(), params: v.params() });
const media: Generator = (v) => ({ type: v.token(), subtype: v.token(), params: v.params() });
const cseq: Generator = (v) => ({ sequence: v.uint32(), method: v.token() });
const auth = (v: Values) => ({
  scheme: v.pick(["Digest", "Basic", "X-Own"]),
  params: [
    { name: "realm", value: v.text(), quoted: true as const },
    { name: "qop", value: v.token() },
    ...v.params().filter((param) => param.value !== undefined && param.name !== ""),
  ],
});
const credentials: Generator = (v) =>
  v.chance(0.2) ? { scheme: "Bearer", params: [{ name: "", value: "abc.def-_~+/==" }] } : auth(v);
const authInfo: Generator = (v) => auth(v).params;
const info: Generator = (v) => ({ uri: v.uri(), params: v.params() });
const delta: Generator = (v) => ({ seconds: v.uint32(), params: v.params() });
const errorCode: Generator = (v) => ({ code: v.int(1000), params: v.params() });
const phrase: Generator = (v) =>
  v.chance(0.5)
    ? { text: v.token(), params: v.params() }
    : { text: v.text(), quoted: true as const, params: v.params() };
const callId = (v: Values) => v.word().replaceAll(";", "x");
const reference: Generator = (v) => ({
  callId: callId(v),
  params: [{ name: "to-tag", value: v.token() }, { name: "from-tag", value: v.token() }, ...v.params()],
});
const nodot = (v: Values) => v.token().replaceAll(".", "-");
const resource: Generator = (v) => ({ namespace: nodot(v), priority: nodot(v) });
const hex = (v: Values, most: number) => v.string("0123456789abcdefABCDEF", 1, most);
const service: Generator = (v) => `urn:urn-7:3gpp-${v.string("abc.-0", 1, 20)}`;

export const fieldValues: Readonly<Record<string, Generator>> = {
  Via: (v) => v.via(),
  Route: address,
  RecordRoute: address,
  Path: address,
  ServiceRoute: address,
  MaxForwards: (v) => v.int(256),
  MaxBreadth: number,
  From: address,
  To: address,
  ReplyTo: address,
  Contact: (v) => (v.chance(0.1) ? "*" : v.nameAddr()),
  ReferTo: address,
  ReferredBy: address,
  ReferSub: (v) => ({ subscribe: v.chance(0.5), params: v.params() }),
  ReferEventsAt: info,
  PAssertedIdentity: address,
  PPreferredIdentity: address,
  PAssociatedUri: address,
  PCalledPartyId: address,
  PServedUser: address,
  PChargeInfo: address,
  PProfileKey: address,
  PRefusedUriList: address,
  PermissionMissing: address,
  PDcsTracePartyId: address,
  Diversion: address,
  HistoryInfo: address,
  WwwAuthenticate: auth,
  ProxyAuthenticate: auth,
  Authorization: credentials,
  ProxyAuthorization: credentials,
  AuthenticationInfo: authInfo,
  ProxyAuthenticationInfo: authInfo,
  Allow: token,
  Require: token,
  ProxyRequire: token,
  Supported: token,
  Unsupported: token,
  Accept: media,
  AcceptEncoding: tokenParams("value"),
  AcceptLanguage: tokenParams("value"),
  AcceptContact: (v) => v.params(),
  RejectContact: (v) => v.params(),
  FeatureCaps: (v) => v.params(),
  AnswerMode: tokenParams("mode"),
  PrivAnswerMode: tokenParams("mode"),
  ContentType: media,
  ContentLength: number,
  ContentEncoding: token,
  ContentLanguage: token,
  ContentDisposition: tokenParams("type"),
  ContentId: (v) => `<${v.token()}@${v.host()}>`,
  MimeVersion: (v) => `${v.int(10)}.${v.int(10)}`,
  CallId: (v) => v.word(),
  InReplyTo: (v) => v.string("abc@.", 1, 10),
  CSeq: cseq,
  RSeq: number,
  RAck: (v) => ({ rseq: v.uint32(), cseq: cseq(v) }),
  Replaces: reference,
  Join: reference,
  TargetDialog: (v) => (v.chance(0.5) ? reference(v) : { callId: callId(v), params: v.params() }),
  Reason: tokenParams("protocol"),
  SessionId: tokenParams("id"),
  Privacy: (v) => [v.token(), ...v.list(2, () => v.token())],
  RequestDisposition: token,
  Event: tokenParams("package"),
  AllowEvents: token,
  SubscriptionState: tokenParams("state"),
  SipEtag: token,
  SipIfMatch: token,
  SuppressIfMatch: (v) => (v.chance(0.3) ? "*" : v.token()),
  InfoPackage: tokenParams("package"),
  RecvInfo: tokenParams("package"),
  Subject: text,
  Organization: text,
  UserAgent: text,
  Server: text,
  Priority: token,
  AlertInfo: info,
  CallInfo: info,
  ErrorInfo: info,
  Warning: (v) => ({ code: 300 + v.int(100), agent: v.host(), text: v.text() }),
  Identity: (v) => ({
    token: v.string("abcABC019-_.", 1, 40),
    params: [
      { name: "info", value: "https://cert.example.org/passport.cer", quoted: true },
      { name: "alg", value: "ES256" },
      ...v.params(),
    ],
  }),
  IdentityInfo: info,
  UserToUser: phrase,
  Geolocation: info,
  GeolocationRouting: token,
  GeolocationError: errorCode,
  AlertMsgError: errorCode,
  PolicyId: info,
  PolicyContact: info,
  TriggerConsent: info,
  ResourcePriority: resource,
  AcceptResourcePriority: resource,
  SecurityClient: tokenParams("mechanism"),
  SecurityServer: tokenParams("mechanism"),
  SecurityVerify: tokenParams("mechanism"),
  PAccessNetworkInfo: tokenParams("type"),
  PVisitedNetworkId: phrase,
  PChargingFunctionAddresses: (v) => [{ name: "ccf", value: v.host() }, ...v.params()],
  PChargingVector: (v) => [{ name: "icid-value", value: v.text(), quoted: true }, ...v.params()],
  PEarlyMedia: token,
  PMediaAuthorization: (v) => hex(v, 40),
  PAnswerState: tokenParams("state"),
  PAssertedService: service,
  PPreferredService: service,
  PUserDatabase: info,
  PPrivateNetworkIndication: (v) => ({ host: `${v.string("abc019-", 1, 9)}.example`, params: v.params() }),
  PDcsOsps: token,
  PDcsBillingInfo: (v) => ({
    correlationId: hex(v, 48),
    financialEntity: `${hex(v, 16)}@${v.host()}`,
    params: v.params(),
  }),
  PDcsLaes: (v) => ({ host: v.host(), port: v.port(), params: v.params() }),
  PDcsRedirect: info,
  Expires: number,
  MinExpires: number,
  FlowTimer: number,
  SessionExpires: delta,
  MinSe: delta,
  RetryAfter: (v) => ({ seconds: v.uint32(), comment: v.chance(0.5) ? undefined : v.text(), params: v.params() }),
  Timestamp: (v) => ({ time: v.pick(["54", "54.21", "0."]), delay: v.pick([undefined, "1.5", ".25"]) }),
  DateField: (v) => v.int(4_000_000_000) * 1000,
};
