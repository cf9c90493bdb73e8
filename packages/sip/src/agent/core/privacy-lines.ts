/** What is told, and to whom, of who we are. RFC 3323 §4.2, RFC 3325 §5 to §9. */

import type { HeaderLine } from "../../message/build.ts";
import { PAssertedIdentity, PPreferredIdentity } from "../../message/fields/address.ts";
import type { Flow } from "../../transport/contract.ts";
import type { PrivacyOptions } from "../request/contract.ts";
import type { Environment } from "./environment.ts";

/** RFC 3323 §4.2, RFC 3325 §9.3. */
export function privacyLines(privacy: PrivacyOptions | undefined): HeaderLine[] {
  return privacy?.anonymous === true ? [["Privacy", "id"]] : [];
}

/** RFC 3325 §5, §6: nobody outside of the trust domain is told. `undefined`: there is nothing to tell. */
export function identityLines(
  environment: Pick<Environment, "isTrusted">,
  privacy: PrivacyOptions | undefined,
): ((flow: Flow) => readonly HeaderLine[]) | undefined {
  if (privacy?.assertedIdentity === undefined && privacy?.preferredIdentity === undefined) return undefined;
  const { assertedIdentity, preferredIdentity } = privacy;
  return (flow) => {
    if (!environment.isTrusted(flow)) return [];
    if (assertedIdentity !== undefined) return [["P-Asserted-Identity", PAssertedIdentity.format(assertedIdentity)]];
    return [["P-Preferred-Identity", PPreferredIdentity.format(preferredIdentity!)]];
  };
}

/** The same for a response, which asserts and does not prefer (RFC 3325 §9.2: P-Preferred-Identity is of requests). */
export function responseIdentityLines(
  environment: Pick<Environment, "isTrusted">,
  privacy: PrivacyOptions | undefined,
  flow: Flow,
): HeaderLine[] {
  const lines = privacyLines(privacy);
  const asserted = privacy?.assertedIdentity;
  if (asserted !== undefined && environment.isTrusted(flow)) {
    lines.push(["P-Asserted-Identity", PAssertedIdentity.format(asserted)]);
  }
  return lines;
}
