/** Every typed parameter: `RegId.get(contact.params)`, `Refresher.set(params, "uac")`. */

export * from "./param-fields/auth.ts";
export * from "./param-fields/consent.ts";
export * from "./param-fields/contact.ts";
export * from "./param-fields/dialog.ts";
export * from "./param-fields/diversion.ts";
export * from "./param-fields/event.ts";
export * from "./param-fields/ims.ts";
export * from "./param-fields/packetcable.ts";
export * from "./param-fields/preference.ts";
export * from "./param-fields/security.ts";
export * from "./param-fields/uri.ts";
