/** The 200 to a REGISTER: every binding of the address, and for how long. RFC 3261 §10.3 step 8, RFC 3327 §5.3, RFC 5626 §6. */

import { buildResponse, type HeaderLine, type SipRequest } from "@trapezoid/sip/message";
import type { Binding } from "../store/contract.ts";

export interface RegisteredOptions {
  readonly now: number;
  readonly toTag: string;
  /** The flow was registered by the rules of RFC 5626. */
  readonly outbound: boolean;
  /** Told back to a client that understands it. */
  readonly path: readonly string[];
}

export function registeredResponse(
  request: SipRequest,
  bindings: readonly Binding[],
  options: RegisteredOptions,
): string {
  const { now, toTag, outbound, path } = options;
  const headers: HeaderLine[] = [];
  for (const binding of bindings) headers.push(["Contact", contactValue(binding, now)]);
  if (path.length > 0) headers.push(["Path", path.join(", ")]);
  if (outbound) headers.push(["Require", "outbound"]);
  headers.push(["Date", dateOf(now)]);
  return buildResponse(request, 200, { toTag, headers });
}

function contactValue({ contact, params, q, expiresAt }: Binding, now: number): string {
  // Rounded up: a binding that is there has time left.
  const expires = Math.ceil((expiresAt - now) / 1000);
  const weight = q === 1000 ? "" : `;q=${q / 1000}`;
  return `<${contact}>;expires=${expires}${weight}${params}`;
}

let second = -1;
let date = "";

/** RFC 3261 §20.17; made once a second. */
function dateOf(now: number): string {
  const current = Math.floor(now / 1000);
  if (current !== second) {
    second = current;
    date = new Date(current * 1000).toUTCString();
  }
  return date;
}
