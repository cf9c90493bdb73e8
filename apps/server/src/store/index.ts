/** The store: what supervisor, signalling threads and commands open. Domain folders see `contract.ts` alone. */

export { banSubject } from "../network/ban-subject.ts";
export { manualBan } from "../network/manual-ban.ts";
export { sourceKey } from "../network/source-key.ts";
export { createAccount, ensureFirstAccount, withPassword } from "./account.ts";
export { type Address, defaultDomain, parseAddress } from "./address.ts";
export type * from "./contract.ts";
export { type DataFolder, type DataFolderOptions, openDataFolder } from "./data-folder.ts";
export * from "./errors.ts";
export { folderFailure, replaceFile } from "./folder-files.ts";
export { createMemoryAccountStore } from "./memory/memory-account-store.ts";
export { createMemoryBanStore } from "./memory/memory-ban-store.ts";
export { createMemoryBindingStore, type MemoryBindingStore } from "./memory/memory-binding-store.ts";
export { generatePassword } from "./password.ts";
export { accountDomains } from "./sqlite/account-domains.ts";
export { BindingRows } from "./sqlite/binding-rows.ts";
export { type LocationIndexOptions, openLocationIndex } from "./sqlite/location-index.ts";
export type { Settings } from "./sqlite/settings.ts";
export { type BindingStoreOptions, openBindingStore } from "./thread/binding-store.ts";
export type { StoreThreadOptions, StoreThreadStats } from "./thread/options.ts";
export { type StartStoreThreadOptions, type StoreThread, startStoreThread } from "./thread/start-store-thread.ts";
export { createVersions } from "./versions.ts";
