/** The table's rows of RFC 3261 and of what came in its place since. */

import * as f from "../fields.ts";
import { AuthzServer, BearerError, BearerScope, DigestAlgorithm, Realm } from "../param-fields/auth.ts";
import { ContactExpires, ContactQ, PubGruu, RegId, SipInstance, TempGruu } from "../param-fields/contact.ts";
import { HistoryMp, HistoryNp, HistoryRc } from "../param-fields/diversion.ts";
import { Handling, InfoPurpose, PreferenceQ, RetryDuration } from "../param-fields/preference.ts";
import { type HeaderFieldEntry, row } from "./entry.ts";

const bearer = [AuthzServer, BearerScope, BearerError];
const contact = [ContactQ, ContactExpires, RegId, SipInstance, PubGruu, TempGruu, HistoryRc, HistoryMp, HistoryNp];

export const coreRows: readonly HeaderFieldEntry[] = [
  row(f.Accept, "media range", "3261 §20.1", "requests, 2xx, 415", PreferenceQ),
  row(f.AcceptEncoding, "coding", "3261 §20.2", "requests, 2xx, 415", PreferenceQ),
  row(f.AcceptLanguage, "language", "3261 §20.3", "requests, 2xx, 415", PreferenceQ),
  row(f.AlertInfo, "URI", "3261 §20.4", "INVITE; 180"),
  row(f.Allow, "method", "3261 §20.5", "all; 405 must"),
  row(f.AuthenticationInfo, "parameters", "3261 §20.6", "2xx"),
  row(f.Authorization, "credentials", "3261 §20.7", "requests", Realm, DigestAlgorithm),
  row(f.CallId, "word", "3261 §20.8", "all, must"),
  row(f.CallInfo, "URI", "3261 §20.9", "INVITE, OPTIONS, REGISTER", InfoPurpose),
  row(f.Contact, "address or *", "3261 §20.10", "requests, 1xx, 2xx, 3xx, 485", ...contact),
  row(f.ContentDisposition, "disposition", "3261 §20.11", "with a body", Handling),
  row(f.ContentEncoding, "coding", "3261 §20.12", "with a body"),
  row(f.ContentLanguage, "language", "3261 §20.13", "with a body"),
  row(f.ContentLength, "octets", "3261 §20.14", "all"),
  row(f.ContentType, "media type", "3261 §20.15", "with a body"),
  row(f.CSeq, "number and method", "3261 §20.16", "all, must"),
  row(f.DateField, "instant", "3261 §20.17", "all"),
  row(f.ErrorInfo, "URI", "3261 §20.18", "3xx to 6xx"),
  row(f.Expires, "seconds", "3261 §20.19", "INVITE, REGISTER, SUBSCRIBE, PUBLISH; 2xx"),
  row(f.From, "address", "3261 §20.20", "all, must"),
  row(f.InReplyTo, "Call-ID", "3261 §20.21", "INVITE"),
  row(f.MaxForwards, "number", "3261 §20.22", "requests, must"),
  row(f.MinExpires, "seconds", "3261 §20.23", "423"),
  row(f.MimeVersion, "version", "3261 §20.24", "with a body"),
  row(f.Organization, "text", "3261 §20.25", "all"),
  row(f.Priority, "token", "3261 §20.26", "INVITE, MESSAGE, SUBSCRIBE"),
  row(f.ProxyAuthenticate, "challenge", "3261 §20.27", "401, 407", Realm, DigestAlgorithm, ...bearer),
  row(f.ProxyAuthorization, "credentials", "3261 §20.28", "requests", Realm, DigestAlgorithm),
  row(f.ProxyRequire, "option tag", "3261 §20.29", "requests"),
  row(f.RecordRoute, "address", "3261 §20.30", "requests, 18x, 2xx"),
  row(f.ReplyTo, "address", "3261 §20.31", "INVITE, MESSAGE; responses"),
  row(f.Require, "option tag", "3261 §20.32", "all"),
  row(f.RetryAfter, "seconds and comment", "3261 §20.33", "404, 413, 480, 486, 5xx, 6xx", RetryDuration),
  row(f.Route, "address", "3261 §20.34", "requests"),
  row(f.Server, "text", "3261 §20.35", "responses"),
  row(f.Subject, "text", "3261 §20.36", "INVITE, MESSAGE"),
  row(f.Supported, "option tag", "3261 §20.37", "requests, 2xx"),
  row(f.Timestamp, "seconds", "3261 §20.38", "all"),
  row(f.To, "address", "3261 §20.39", "all, must"),
  row(f.Unsupported, "option tag", "3261 §20.40", "420"),
  row(f.UserAgent, "text", "3261 §20.41", "all"),
  row(f.Via, "hop", "3261 §20.42, RFC 3581, RFC 7118", "all, must"),
  row(f.Warning, "code, agent and text", "3261 §20.43", "responses"),
  row(f.WwwAuthenticate, "challenge", "3261 §20.44, RFC 8760, RFC 8898", "401, 407", Realm, DigestAlgorithm, ...bearer),
];
