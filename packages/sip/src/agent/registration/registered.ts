/** What a 2xx to REGISTER says. RFC 3261 §10.2.4, RFC 3608 §6.1, RFC 5626 §4.2.1, RFC 5627 §4.2, RFC 7315 §4.1. */

import { Contact, PAssociatedUri } from "../../message/fields/address.ts";
import { Require } from "../../message/fields/capability.ts";
import { ServiceRoute } from "../../message/fields/routing.ts";
import { Expires, FlowTimer } from "../../message/fields/time.ts";
import type { SipResponse } from "../../message/message.ts";
import { ContactExpires, PubGruu, RegId, SipInstance, TempGruu } from "../../message/param-fields/contact.ts";
import { uriEquals } from "../../message/uri.ts";
import type { NameAddr, Uri } from "../../message/values.ts";

export interface Registered {
  /** Of our binding. */
  readonly expiresSeconds: number;
  readonly bindings: readonly NameAddr[];
  readonly serviceRoute: readonly NameAddr[];
  readonly publicGruu: Uri | undefined;
  readonly temporaryGruu: Uri | undefined;
  readonly associatedUris: readonly NameAddr[];
  /** RFC 5626 §4.2.1: the registrar, and the edges on the way, know outbound. */
  readonly isOutbound: boolean;
  /** RFC 5626 §4.4: seconds. */
  readonly flowTimer: number | undefined;
}

export function readRegistered(response: SipResponse, own: NameAddr, askedSeconds: number): Registered {
  const bindings = response.getAll(Contact).filter((contact): contact is NameAddr => contact !== "*");
  const mine = bindings.find((binding) => isSame(binding, own));
  const seconds = mine === undefined ? undefined : ContactExpires.get(mine.params);
  return {
    // §10.2.4: the parameter of our binding, else the header field, else what was asked for.
    expiresSeconds: seconds ?? response.get(Expires) ?? askedSeconds,
    bindings,
    serviceRoute: response.getAll(ServiceRoute),
    publicGruu: mine === undefined ? undefined : PubGruu.get(mine.params),
    temporaryGruu: mine === undefined ? undefined : TempGruu.get(mine.params),
    associatedUris: response.getAll(PAssociatedUri),
    isOutbound: response.getAll(Require).some((option) => option.toLowerCase() === "outbound"),
    flowTimer: response.get(FlowTimer),
  };
}

/** By instance and reg-id where both have them (RFC 5626 §6), else by URI. */
function isSame(binding: NameAddr, own: NameAddr): boolean {
  const instance = SipInstance.get(own.params);
  const regId = RegId.get(own.params);
  if (instance !== undefined && SipInstance.get(binding.params) === instance) {
    const other = RegId.get(binding.params);
    if (regId !== undefined && other !== undefined) return other === regId;
  }
  return uriEquals(binding.uri, own.uri);
}
