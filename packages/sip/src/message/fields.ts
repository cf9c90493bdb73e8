/** Every typed header field: `message.get(Contact)`, `Route.format(value)`. RFC 3261 §20 and the RFCs named in `fields/`. */

export * from "./fields/address.ts";
export * from "./fields/auth.ts";
export * from "./fields/capability.ts";
export * from "./fields/content.ts";
export * from "./fields/dialog.ts";
export * from "./fields/event.ts";
export * from "./fields/info.ts";
export * from "./fields/routing.ts";
export * from "./fields/time.ts";
