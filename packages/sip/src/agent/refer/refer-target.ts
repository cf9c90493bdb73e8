/** What a Refer-To asks for. RFC 3515 §2.1, RFC 3261 §19.1.5, RFC 3891 §6.1, RFC 3892 §3. */

import type { HeaderLine } from "../../message/build.ts";
import { getParam, withoutParam } from "../../message/params.ts";
import { isSipUri, unescapeUri } from "../../message/uri.ts";
import type { Uri } from "../../message/values.ts";

export interface ReferTarget {
  /** Without header fields and method. */
  readonly uri: Uri;
  readonly method: string;
  readonly replaces: string | undefined;
  readonly headers: readonly HeaderLine[];
}

/** §19.1.5: a URI does not write From, Via or a route into our requests; those below are what transfers need (RFC 5589). */
const allowed: ReadonlySet<string> = new Set([
  "replaces",
  "join",
  "require",
  "subject",
  "target-dialog",
  "accept-contact",
  "reject-contact",
  "call-info",
  "user-to-user",
  "in-reply-to",
]);

export function readReferTarget(uri: Uri): ReferTarget {
  if (!isSipUri(uri)) return { uri, method: "INVITE", replaces: undefined, headers: [] };
  const headers: HeaderLine[] = [];
  let replaces: string | undefined;
  for (const [name, value] of uri.headers) {
    const plain = unescapeUri(name).toLowerCase();
    const text = unescapeUri(value);
    if (!allowed.has(plain)) continue;
    if (plain === "replaces") replaces = text;
    else headers.push([plain.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()), text]);
  }
  const method = getParam(uri.params, "method") ?? "INVITE";
  return { uri: { ...uri, params: withoutParam(uri.params, "method"), headers: [] }, method, replaces, headers };
}
