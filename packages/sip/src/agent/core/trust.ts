/** Whose word is believed, and who wants to stay unknown. RFC 3325 §5, RFC 3323 §4. */

import { PAssertedIdentity } from "../../message/fields/address.ts";
import { Privacy } from "../../message/fields/privacy.ts";
import type { SipMessage } from "../../message/message.ts";
import { isSipUri } from "../../message/uri.ts";
import type { NameAddr } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import type { Environment } from "./environment.ts";

/** RFC 3325 §5: what anybody else writes there is passed over. */
export function assertedIdentityOf(environment: Environment, message: SipMessage, flow: Flow): NameAddr | undefined {
  return environment.isTrusted(flow) ? message.get(PAssertedIdentity) : undefined;
}

const hiding = new Set(["id", "user", "header", "session"]);

/** RFC 3323 §4.1.1.3, §4.2. */
export function isAnonymous(message: SipMessage): boolean {
  if (message.get(Privacy)?.some((value) => hiding.has(value.toLowerCase())) === true) return true;
  const uri = message.from?.uri;
  return uri !== undefined && isSipUri(uri) && uri.host.toLowerCase() === "anonymous.invalid";
}
