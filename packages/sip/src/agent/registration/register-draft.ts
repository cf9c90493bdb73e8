/** A REGISTER of ours, and the Contact that it binds. RFC 3261 §10.2, RFC 3327 §5.1, RFC 5626 §4.2.1, RFC 5627 §4.1. */

import { type RouteSet, routeRequest } from "../../dialog/route-set.ts";
import type { HeaderLine } from "../../message/build.ts";
import { Contact } from "../../message/fields/address.ts";
import { formatNameAddr, nameAddr } from "../../message/name-addr.ts";
import { ContactExpires, RegId, SipInstance } from "../../message/param-fields/contact.ts";
import { withParam } from "../../message/params.ts";
import type { NameAddr, SipUri } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import type { Environment } from "../core/environment.ts";
import { newSessionId } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { RequestDraft } from "../request/draft.ts";
import { sessionIdLine } from "../session/session-id.ts";
import type { RegistrationOptions } from "./contract.ts";

export interface BindingParts {
  readonly identity: LocalIdentity;
  readonly options: RegistrationOptions;
  /** `undefined`: without outbound. */
  readonly regId: number | undefined;
  readonly registrar: SipUri;
}

export interface RegisterParts extends BindingParts {
  readonly route: RouteSet;
  readonly flow: Flow | undefined;
  readonly callId: string;
  readonly localTag: string;
  /** 0 takes the binding away (§10.2.2). */
  readonly expiresSeconds: number;
}

export function registerDraft(environment: Environment, parts: RegisterParts): RequestDraft {
  const { identity, options, registrar, route, flow, callId, localTag, expiresSeconds } = parts;
  const { capabilities, hash } = environment;
  const own = { ...identity.address, params: withParam(identity.address.params, "tag", localTag) };
  const headers: HeaderLine[] = [
    sessionIdLine(newSessionId(hash), undefined),
    ["Allow", capabilities.allow],
    ["Supported", supported(parts).join(", ")],
    ...capabilities.productLine("User-Agent"),
    ...(options.headers ?? []),
  ];
  return {
    method: "REGISTER",
    ...routeRequest(registrar, route),
    flow,
    from: formatNameAddr(own),
    to: formatNameAddr(identity.address),
    callId,
    identity,
    isWithin: false,
    contact: (by) => {
      const contact = bindingContact(parts, by);
      return Contact.format({ ...contact, params: ContactExpires.set(contact.params, expiresSeconds) });
    },
    headers,
  };
}

/** RFC 5626 §4.2.1: instance and reg-id make it a flow. */
export function bindingContact({ identity, options, regId, registrar }: BindingParts, flow: Flow): NameAddr {
  let params = [...identity.contactParams, ...(options.contactParams ?? [])] as NameAddr["params"];
  if (identity.instanceId !== undefined) params = SipInstance.set(params, identity.instanceId);
  if (regId !== undefined) params = RegId.set(params, regId);
  return nameAddr(identity.plainContact(flow, registrar.scheme === "sips", false), params);
}

function supported({ identity, options, regId }: BindingParts): string[] {
  const tags = ["path"];
  if (regId !== undefined) tags.push("outbound");
  if (options.gruu !== false && identity.instanceId !== undefined) tags.push("gruu");
  return tags;
}
