/** What one REGISTER does to the bindings of an address. RFC 3261 §10.3 steps 6 and 7, RFC 5626 §6. Pure. */

import { parseUri, type Uri, uriEquals } from "@trapezoid/sip/message";
import type { Binding, BindingOutcome, BindingUpdate } from "./contract.ts";

export interface AppliedUpdate {
  readonly outcome: BindingOutcome;
  /** Whether the stored bindings differ from before: what expired in the meantime counts too. */
  readonly changed: boolean;
}

/** `current` is what is stored; the outcome's bindings are what must be stored instead. */
export function applyUpdate(current: readonly Binding[], update: BindingUpdate): AppliedUpdate {
  const { at, contacts } = update;
  const live = current.every((binding) => binding.expiresAt > at)
    ? current
    : current.filter((binding) => binding.expiresAt > at);
  if (update.removeAll) {
    for (const binding of live) if (isOutOfOrder(binding, update)) return outOfOrder(binding, update);
    return { outcome: { ok: true, bindings: [] }, changed: current.length > 0 };
  }
  const next = [...live];
  // How many of `next`, from the front, were there before this request.
  let before = next.length;
  for (const contact of contacts) {
    let place = -1;
    for (let i = 0; i < next.length; i++) {
      const binding = next[i]!;
      const replaces = i < before ? isReplaced(binding, contact) : sameUri(binding.contact, contact.contact);
      if (!replaces) continue;
      if (i < before && isOutOfOrder(binding, update)) return outOfOrder(binding, update);
      if (place === -1) place = i;
      next.splice(i, 1);
      if (i < before) before--;
      i--;
    }
    // In the request's own order, behind what it did not touch.
    if (contact.expiresAt > at) next.push(contact);
  }
  if (next.length > update.maxContacts && next.length > live.length) {
    return {
      outcome: {
        ok: false,
        reason: "too-many",
        message: `${update.aor} may have ${update.maxContacts} contacts, this would make ${next.length}`,
      },
      changed: false,
    };
  }
  const untouched = contacts.length === 0 && live === current;
  return { outcome: { ok: true, bindings: next }, changed: !untouched && (next.length > 0 || current.length > 0) };
}

/**
 * Whether `contact` takes the place of `binding`: the same flow of the same device (RFC 5626 §6), an equal URI
 * (RFC 3261 §10.3 step 7), or, for devices that name themselves but do not number their flows, the same device.
 */
export function isReplaced(binding: Binding, contact: Binding): boolean {
  if (contact.instance !== undefined && contact.instance === binding.instance) {
    // A phone that came back from another port or network. This goes beyond RFC 5627 §5, which keeps the dead contact until it expires.
    if (contact.regId === binding.regId) return true;
    // RFC 5626 §6: bindings with different reg-ids are different flows, whatever their URIs.
    if (contact.regId !== undefined && binding.regId !== undefined) return false;
  }
  return sameUri(binding.contact, contact.contact);
}

function sameUri(a: string, b: string): boolean {
  if (a === b) return true;
  const left = parseUri(a);
  if (!left.ok) return false;
  const right = parseUri(b);
  return right.ok && uriEquals(withoutSecurity(left.value), withoutSecurity(right.value));
}

/** RFC 5630 §5.1.1.1: of the sip and the sips form of one contact, the later one replaces the earlier. */
function withoutSecurity(uri: Uri): Uri {
  return uri.scheme === "sips" ? { ...uri, scheme: "sip" } : uri;
}

// RFC 3261 §10.3 step 7: with an equal Call-ID the CSeq must be higher than the stored one; retransmissions never get here, their transaction absorbs them.
function isOutOfOrder(binding: Binding, update: BindingUpdate): boolean {
  return binding.callId === update.callId && update.cseq <= binding.cseq;
}

function outOfOrder(binding: Binding, update: BindingUpdate): AppliedUpdate {
  return {
    outcome: {
      ok: false,
      reason: "out-of-order",
      message: `CSeq ${update.cseq} is not above ${binding.cseq}, the last one of this Call-ID`,
    },
    changed: false,
  };
}
