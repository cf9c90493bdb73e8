/** Every typed header field: `message.get(Contact)`, `Route.format(value)`. RFC 3261 §20 and the RFCs named in `fields/`. */

export * from "./fields/address.ts";
export * from "./fields/auth.ts";
export * from "./fields/capability.ts";
export * from "./fields/content.ts";
export * from "./fields/dialog.ts";
export * from "./fields/event.ts";
export * from "./fields/identity.ts";
export * from "./fields/ims.ts";
export * from "./fields/info.ts";
export * from "./fields/location.ts";
export * from "./fields/packetcable.ts";
export * from "./fields/policy.ts";
export * from "./fields/privacy.ts";
export * from "./fields/refer.ts";
export * from "./fields/resource.ts";
export * from "./fields/routing.ts";
export * from "./fields/security.ts";
export * from "./fields/time.ts";
