/** The table's rows of the extensions for every network. */

import * as f from "../fields.ts";
import { IdentityAlg, IdentityPpt, IdentityUri } from "../param-fields/auth.ts";
import * as consent from "../param-fields/consent.ts";
import * as dialog from "../param-fields/dialog.ts";
import * as diversion from "../param-fields/diversion.ts";
import * as event from "../param-fields/event.ts";
import * as preference from "../param-fields/preference.ts";
import * as security from "../param-fields/security.ts";
import { type HeaderFieldEntry, row } from "./entry.ts";

const { ToTag, FromTag, EarlyOnly, RemoteTag, LocalTag } = dialog;
const { DiversionReason, DiversionCounter, DiversionLimit, DiversionPrivacy, DiversionScreen } = diversion;
const { HistoryIndex, HistoryRc, HistoryMp, HistoryNp } = diversion;
const { SubscriptionReason, SubscriptionExpires, SubscriptionRetryAfter } = event;
const { UserToUserPurpose, UserToUserContent, UserToUserEncoding } = preference;
const mechanism = Object.values(security);

export const extensionRows: readonly HeaderFieldEntry[] = [
  row(f.RAck, "two numbers and method", "3262 §7.2", "PRACK, must"),
  row(f.RSeq, "number", "3262 §7.1", "1xx to INVITE"),
  row(f.Privacy, "tokens", "3323 §4.2", "all"),
  row(f.PAssertedIdentity, "address", "3325 §9.1", "all"),
  row(f.PPreferredIdentity, "address", "3325 §9.2", "all"),
  row(
    f.Reason,
    "protocol",
    "3326 §2",
    "requests, responses",
    dialog.ReasonCause,
    dialog.ReasonText,
    dialog.ReasonLocation,
  ),
  row(f.Path, "address", "3327 §4", "REGISTER; 2xx to it"),
  row(f.SecurityClient, "mechanism", "3329 §2.2", "requests", ...mechanism),
  row(f.SecurityServer, "mechanism", "3329 §2.2", "421, 494", ...mechanism),
  row(f.SecurityVerify, "mechanism", "3329 §2.2", "requests", ...mechanism),
  row(f.ReferTo, "address", "3515 §2.1", "REFER, must"),
  row(f.ServiceRoute, "address", "3608 §5", "2xx to REGISTER"),
  row(f.AcceptContact, "features", "3841 §10", "requests", preference.ContactRequired, preference.ContactExplicit),
  row(f.RejectContact, "features", "3841 §10", "requests"),
  row(f.RequestDisposition, "token", "3841 §10", "requests"),
  row(f.Replaces, "dialog", "3891 §6.1", "INVITE", ToTag, FromTag, EarlyOnly),
  row(f.ReferredBy, "address", "3892 §3", "requests", dialog.ReferredByCid),
  row(f.SipEtag, "token", "3903 §11.3.1", "2xx to PUBLISH; NOTIFY"),
  row(f.SipIfMatch, "token", "3903 §11.3.2", "PUBLISH"),
  row(f.Join, "dialog", "3911 §7.1", "INVITE", ToTag, FromTag),
  row(f.SessionExpires, "seconds", "4028 §4", "INVITE, UPDATE; 2xx to them", dialog.Refresher),
  row(f.MinSe, "seconds", "4028 §5", "INVITE, UPDATE; 422"),
  row(f.ResourcePriority, "namespace and priority", "4412 §3.1", "requests"),
  row(f.AcceptResourcePriority, "namespace and priority", "4412 §3.2", "200, 417"),
  row(f.IdentityInfo, "URI", "4474 §9, obsolete", "requests", IdentityAlg),
  row(f.ReferSub, "true or false", "4488 §4", "REFER; 2xx to it"),
  row(f.TargetDialog, "dialog", "4538 §7", "requests", RemoteTag, LocalTag),
  row(f.PermissionMissing, "address", "5360 §5.9.3", "470"),
  row(f.TriggerConsent, "URI", "5360 §5.11.2", "INVITE, MESSAGE and others", consent.TargetUri),
  row(f.AnswerMode, "mode", "5373 §2", "INVITE; 200 to it", preference.AnswerRequired),
  row(f.PrivAnswerMode, "mode", "5373 §2", "INVITE; 200 to it", preference.AnswerRequired),
  row(f.MaxBreadth, "number", "5393 §5.8", "requests"),
  row(f.FlowTimer, "seconds", "5626 §10", "2xx to REGISTER"),
  row(
    f.Diversion,
    "address",
    "5806 §4",
    "INVITE; 3xx",
    ...[DiversionReason, DiversionCounter, DiversionLimit, DiversionPrivacy, DiversionScreen],
  ),
  row(f.SuppressIfMatch, "token or *", "5839 §7.3", "SUBSCRIBE"),
  row(f.InfoPackage, "package", "6086 §9.2", "INFO"),
  row(f.RecvInfo, "package", "6086 §9.2", "requests, 1xx, 2xx, 469"),
  row(f.Geolocation, "URI", "6442 §4.1", "requests, 424"),
  row(f.GeolocationRouting, "token", "6442 §4.2", "requests"),
  row(f.GeolocationError, "code", "6442 §4.3", "responses", consent.GeolocationErrorText),
  row(f.Event, "package", "6665 §8.2.1", "SUBSCRIBE, NOTIFY, PUBLISH; must", event.EventId),
  row(f.AllowEvents, "package", "6665 §8.2.2", "requests, 2xx, 489"),
  row(
    f.SubscriptionState,
    "state",
    "6665 §8.2.3",
    "NOTIFY, must",
    ...[SubscriptionReason, SubscriptionExpires, SubscriptionRetryAfter],
  ),
  row(f.PolicyId, "URI", "6794 §4.4.5.1", "INVITE, UPDATE, PRACK", consent.PolicyToken),
  row(
    f.PolicyContact,
    "URI",
    "6794 §4.4.5.2",
    "INVITE, UPDATE, PRACK; 488",
    ...[consent.NonCacheable, consent.AlternativeHost],
  ),
  row(f.FeatureCaps, "features", "6809 §6.2", "all"),
  row(f.HistoryInfo, "address", "7044 §5", "all", HistoryIndex, HistoryRc, HistoryMp, HistoryNp),
  row(
    f.UserToUser,
    "token or text",
    "7433 §4.1",
    "INVITE, BYE; responses to them",
    ...[UserToUserPurpose, UserToUserContent, UserToUserEncoding],
  ),
  row(f.ReferEventsAt, "URI", "7614 §4.8", "2xx to REFER"),
  row(f.ProxyAuthenticationInfo, "parameters", "7615 §4", "2xx"),
  row(f.SessionId, "token", "7989 §5", "all", dialog.SessionRemote),
  row(f.Identity, "PASSporT", "8224 §4", "requests", IdentityUri, IdentityAlg, IdentityPpt),
  row(f.ContentId, "<left@right>", "8262 §3.2", "with a body"),
  row(f.AlertMsgError, "code", "8876 §5.2", "responses", consent.AlertErrorText),
];
