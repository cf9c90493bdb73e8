/** Priority in the use of resources. RFC 4412 §3. */

import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "../define-header.ts";
import type { HeaderField } from "../values.ts";
import { parseToken, writtenToken } from "./kinds.ts";

/** `dsn.flash`: both as written, and compared without case (§3.1). */
export interface ResourceValue {
  readonly namespace: string;
  readonly priority: string;
}

/** `namespace "." r-priority`: two tokens without dots. */
function resourceField(name: string): HeaderField<ResourceValue> {
  return defineHeader<ResourceValue>({
    name,
    list: true,
    parse: (text) => {
      const token = parseToken(name, text);
      if (!token.ok) return token;
      const dot = token.value.indexOf(".");
      if (dot < 1 || dot === token.value.length - 1 || token.value.includes(".", dot + 1)) {
        return fault("SIP_MSG_BAD_RESOURCE", `${name} must be a namespace, a dot and a priority`);
      }
      return ok({ namespace: token.value.slice(0, dot), priority: token.value.slice(dot + 1) });
    },
    format: ({ namespace, priority }) => {
      if (namespace.includes(".") || priority.includes("."))
        throw new TypeError(`${name}: neither part may hold a dot`);
      return `${writtenToken(name, namespace)}.${writtenToken(name, priority)}`;
    },
  });
}

/** RFC 4412 §3.1: `r-value *( COMMA r-value )`. */
export const ResourcePriority: HeaderField<ResourceValue> = resourceField("Resource-Priority");
/** RFC 4412 §3.2: `[ r-value *( COMMA r-value ) ]`. */
export const AcceptResourcePriority: HeaderField<ResourceValue> = resourceField("Accept-Resource-Priority");
