/** What an operation is given as its target. RFC 3261 §19.1. */

import { parseUri } from "../../message/uri.ts";
import type { Uri } from "../../message/values.ts";

/** Throws `TypeError` when the text is no URI: that is its writer's mistake. */
export function toUri(target: Uri | string): Uri {
  if (typeof target !== "string") return target;
  const parsed = parseUri(target);
  if (!parsed.ok) throw new TypeError(`not a URI: ${JSON.stringify(target)}: ${parsed.error.message}`);
  return parsed.value;
}
