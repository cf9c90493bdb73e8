/** What holds of every URI: it can be written and read again, and equals itself. RFC 3261 §19.1. */

import { formatUri, parseUri, type Uri, unescapeUri, uriEquals } from "@trapezoid/sip/message";
import { law, shown } from "./law.ts";

export function checkUri(uri: Uri): void {
  const written = formatUri(uri);
  const again = parseUri(written);
  law(again.ok, "a URI that was read and written can be read", () => shown(written));
  law(formatUri(again.value) === written, "a URI read and written again is the same", () => shown(written));
  law(uriEquals(uri, again.value) && uriEquals(again.value, uri), "a URI equals itself (§19.1.4)", () =>
    shown(written),
  );
  if ("user" in uri && uri.user !== undefined) unescapeUri(uri.user);
}

/** A text that may be no URI at all. */
export function checkUriText(text: string): void {
  const parsed = parseUri(text);
  if (parsed.ok) checkUri(parsed.value);
  else {
    const { offset, code } = parsed.error;
    law(
      offset >= 0 && offset <= text.length,
      "a URI fault's offset is in range",
      () => `${code} at ${offset} of ${text.length}`,
    );
  }
}

export function checkSymmetry(a: Uri, b: Uri): void {
  law(
    uriEquals(a, b) === uriEquals(b, a),
    "of two URIs each equals the other, or neither does (§19.1.4)",
    () => `${shown(formatUri(a))} and ${shown(formatUri(b))}`,
  );
}
