import { accountStoreContract, banStoreContract, bindingStoreContract } from "../contract-suite.ts";
import { createMemoryAccountStore } from "./memory-account-store.ts";
import { createMemoryBanStore } from "./memory-ban-store.ts";
import { createMemoryBindingStore } from "./memory-binding-store.ts";

accountStoreContract("accounts in memory", async () => ({ store: createMemoryAccountStore(), close: () => {} }));

bindingStoreContract("bindings in memory", async () => {
  const store = createMemoryBindingStore();
  return { store, close: () => store.close() };
});

banStoreContract("bans in memory", async () => ({ store: createMemoryBanStore(), close: () => {} }));
