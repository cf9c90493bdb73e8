/** Values of every typed parameter, for properties: by the name of the parameter's constant. */

import type { Values } from "./message-values.ts";

type Generator = (v: Values) => unknown;

const uint32: Generator = (v) => v.uint32();
const between =
  (least: number, most: number): Generator =>
  (v) =>
    v.pick([least, most, least + v.int(most - least + 1)]);
const text: Generator = (v) => v.text();
const value: Generator = (v) => v.pick([() => v.token(), () => v.host(), () => v.text()])();
const keyword: Generator = (v) => v.token().toLowerCase();
const flag: Generator = () => true;
const quality: Generator = (v) => v.int(1001) / 1000;
const uri: Generator = (v) => v.uri();
const escaped: Generator = (v) => v.text();
const index: Generator = (v) => [v.int(9), ...v.list(3, () => v.int(1000))];
const choice =
  (...values: readonly string[]): Generator =>
  (v) =>
    v.pick(values);

function each(names: string, generator: Generator): Record<string, Generator> {
  return Object.fromEntries(names.split(" ").map((name) => [name, generator]));
}

export const paramValues: Readonly<Record<string, Generator>> = {
  ...each("Ob EarlyOnly ContactRequired ContactExplicit AnswerRequired NonCacheable OrigCdiv NetworkProvided", flag),
  ...each("ContactQ PreferenceQ SecurityQ", quality),
  ...each(
    "ContactExpires ReasonCause SubscriptionExpires SubscriptionRetryAfter RetryDuration IpsecSpi RedirectCount",
    uint32,
  ),
  RegId: between(1, 0x7fff_ffff),
  MailboxCause: between(100, 699),
  ...each("DiversionCounter DiversionLimit", between(0, 99)),
  ...each("IpsecPort1 IpsecPort2", between(0, 65_535)),
  ...each("PubGruu TempGruu TargetUri RefusedMembers RedirectorUri", uri),
  ...each("BillingCharge BillingCalling BillingCalled BillingRouting BillingLocalRouting", uri),
  SipInstance: (v) => `urn:uuid:${v.string("0123456789abcdef-", 1, 36)}`,
  ...each("Gr PnProvider PnParam PnPrid PnPurr MailboxTarget", escaped),
  ...each("ToTag FromTag RemoteTag LocalTag SessionRemote EventId IdentityAlg IdentityPpt PolicyToken", value),
  ...each("AlternativeHost IcidValue IcidGeneratedAt OrigIoi TermIoi RelatedIcid RelatedIcidGeneratedAt", value),
  ...each("Ccf Ccf2 Ecf Ecf2 Cgi3gpp UtranCellId3gpp UtranSai3gpp WlanNodeId DslLocation EthLocation", value),
  ...each("FiberLocation GstnLocation Ci3gpp2 Ci3gpp2Femto OperatorSpecificGi TraceTimestamp RksGroup", value),
  ...each("LaesBcid LaesCccid", value),
  ...each("ReferredByCid ReasonText Realm BearerScope AuthzServer BearerError IdentityUri", text),
  ...each("SecurityDigestVerify GeolocationErrorText AlertErrorText DvbRcs2NodeId LocalTimeZone BillingJip", text),
  ...each("SubscriptionReason DiversionReason DiversionPrivacy DiversionScreen InfoPurpose", keyword),
  ...each("UserToUserPurpose UserToUserContent UserToUserEncoding", keyword),
  ...each("SecurityDigestAlgorithm SecurityDigestQop IpsecAlgorithm IpsecEncryption", keyword),
  ...each("HistoryIndex HistoryRc HistoryMp HistoryNp", index),
  LaesContent: (v) => `${v.host()}:${v.int(65_536)}`,
  Refresher: choice("uas", "uac"),
  Handling: choice("optional", "required"),
  IpsecProtocol: choice("ah", "esp"),
  IpsecMode: choice("trans", "tun"),
  SessionCase: choice("orig", "term"),
  RegistrationState: choice("unreg", "reg"),
  ReasonLocation: choice("U", "LPN", "LOC-6", "INTL", "LOC-15"),
  DigestAlgorithm: choice("MD5", "SHA-256", "SHA-512-256-sess"),
  TransitIoi: (v) => [v.string("abc.1", 1, 9), ...v.list(3, () => v.pick(["void", "net.2"]))],
};
