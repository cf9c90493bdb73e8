/** Our Contact, as a message needs it: by its flow, in sips where that is asked for, telling nothing where nothing is to be told. RFC 3261 §8.1.1.8, §12.1.1; RFC 3323 §4.1.1.2, RFC 5627 §4.4. */

import type { Dialog } from "../../dialog/dialog.ts";
import { Contact } from "../../message/fields/address.ts";
import type { SipRequest } from "../../message/message.ts";
import { nameAddr } from "../../message/name-addr.ts";
import { isSipUri, sipUri } from "../../message/uri.ts";
import type { NameAddr } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import type { PrivacyOptions } from "../request/contract.ts";
import type { LocalIdentity } from "./identity.ts";

/** RFC 3323 §4.1.1.3: From of who wants to stay unknown. */
export const anonymous: NameAddr = nameAddr(sipUri({ user: "anonymous", host: "anonymous.invalid" }), [], "Anonymous");

/** The value. */
export function contactText(
  identity: LocalIdentity,
  flow: Flow,
  isSecure: boolean,
  privacy?: PrivacyOptions | undefined,
): string {
  if (privacy?.anonymous !== true) return Contact.format(identity.contact(flow, isSecure));
  // RFC 5627 §4.4, RFC 3323 §4.1.1.2: an address that tells nothing, and leads to us all the same.
  if (identity.temporaryGruu !== undefined) return Contact.format(nameAddr(identity.temporaryGruu));
  const uri = identity.plainContact(flow, isSecure);
  return Contact.format(nameAddr(isSipUri(uri) ? { ...uri, user: "anonymous" } : uri));
}

/** Of a response: §12.1.1 asks for sips where the Request-URI is one, or where the dialog needs it. */
export function responseContact(
  identity: LocalIdentity,
  flow: Flow,
  request: SipRequest,
  dialog: Pick<Dialog, "needsSips"> | undefined,
  privacy?: PrivacyOptions | undefined,
): string {
  return contactText(identity, flow, request.uri?.scheme === "sips" || dialog?.needsSips === true, privacy);
}
