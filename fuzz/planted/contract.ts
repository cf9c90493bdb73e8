/** A bug that is planted to see whether it is found. The product has no switches for this: a function of it is wrapped. */

import type { SipRequest, SipResponse } from "@trapezoid/sip/message";
import type { Product } from "../product.ts";
import type { TargetName } from "../targets/targets.ts";

export interface Planted {
  readonly name: string;
  /** For a person. */
  readonly what: string;
  readonly target: TargetName;
  /** It has to be found within so many inputs. */
  readonly within: number;
  readonly plant: (product: Product) => Product;
}

type Message = SipRequest | SipResponse;

/** The message, but for what `changes` say of it. */
export function altered(
  message: Message,
  changes: (message: Message) => Partial<Record<keyof SipRequest, unknown>>,
): Message {
  const own = changes(message);
  return new Proxy(message, {
    get(target, key) {
      if (Object.hasOwn(own, key)) return own[key as keyof SipRequest];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
    set: (target, key, value) => Reflect.set(target, key, value, target),
  });
}

/** A product whose parser's messages are changed. */
export function withMessages(
  product: Product,
  changes: (message: Message) => Partial<Record<keyof SipRequest, unknown>>,
): Product {
  return {
    ...product,
    parseMessage: (text, limits) => {
      const parsed = product.parseMessage(text, limits);
      return parsed.ok ? { ok: true, value: altered(parsed.value, changes) } : parsed;
    },
  };
}

/** A product with one header field's parser wrapped. */
export function withField(
  product: Product,
  name: string,
  wrap: (field: Product["fields"][number]) => Partial<Product["fields"][number]>,
): Product {
  return {
    ...product,
    fields: product.fields.map((field) => (field.name === name ? { ...field, ...wrap(field) } : field)),
  };
}
