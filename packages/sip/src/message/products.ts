/** What User-Agent and Server name: products, their versions, and comments. RFC 3261 §20.35, §20.41, §25.1 (server-val). */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { commentEnd, commentText, formatComment } from "./comment.ts";
import { isToken, skipSpace, skipToken } from "./lexer.ts";

export type Product =
  | { readonly name: string; readonly version: string | undefined }
  /** Its escapes undone. */
  | { readonly comment: string };

/** The products in the value of `UserAgent` or `Server`. Many peers write what is none: then the text says what there is to say. */
export function parseProducts(text: string): Result<readonly Product[], Fault> {
  const products: Product[] = [];
  const end = text.length;
  let at = skipSpace(text, 0, end);
  while (at < end) {
    const start = at;
    if (text.charCodeAt(at) === 40) {
      at = commentEnd(text, at);
      if (at === -1) return fault("SIP_MSG_BAD_COMMENT", "the comment is not closed", start);
      products.push({ comment: commentText(text, start, at) });
    } else {
      at = skipToken(text, at, end);
      const name = text.slice(start, at);
      let version: string | undefined;
      const slash = skipSpace(text, at, end);
      if (at > start && text.charCodeAt(slash) === 47) {
        const from = skipSpace(text, slash + 1, end);
        at = skipToken(text, from, end);
        version = text.slice(from, at);
      }
      if (name === "" || version === "")
        return fault("SIP_MSG_BAD_PRODUCT", "expected product/version or (comment)", at);
      products.push({ name, version });
    }
    at = skipSpace(text, at, end);
  }
  return products.length === 0
    ? fault("SIP_MSG_BAD_PRODUCT", "expected product/version or (comment)", 0)
    : ok(products);
}

/** Inverse of `parseProducts`. Throws `TypeError` when a name or version is no token. */
export function formatProducts(products: readonly Product[]): string {
  return products.map(formatProduct).join(" ");
}

function formatProduct(product: Product): string {
  if ("comment" in product) return formatComment(product.comment);
  const { name, version } = product;
  for (const part of [name, version ?? "x"]) {
    if (!isToken(part)) throw new TypeError(`a product's name and version must be tokens, got ${JSON.stringify(part)}`);
  }
  return version === undefined ? name : `${name}/${version}`;
}
