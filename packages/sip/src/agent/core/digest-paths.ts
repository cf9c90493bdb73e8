/** A digest client for each identity and server: nobody gets credentials that were made for another. RFC 3261 §22.3. */

import { createDigestClient, type DigestClient } from "../../auth/digest-client.ts";
import type { Hash } from "../../auth/hash.ts";
import type { LocalIdentity } from "./identity.ts";

export class DigestPaths {
  readonly #hash: Hash;
  readonly #limit: number;
  readonly #clients = new WeakMap<LocalIdentity, Map<string, DigestClient>>();

  /** @param limit Servers of an identity; the one that was asked longest ago is forgotten. */
  constructor(hash: Hash, limit: number) {
    this.#hash = hash;
    this.#limit = limit;
  }

  /** `undefined` for an identity without an account. `server`: the next hop. */
  of(identity: LocalIdentity, server: string): DigestClient | undefined {
    const { account } = identity;
    if (account === undefined) return undefined;
    let clients = this.#clients.get(identity);
    if (clients === undefined) {
      clients = new Map();
      this.#clients.set(identity, clients);
    }
    const client = clients.get(server) ?? createDigestClient({ hash: this.#hash, accountFor: account });
    clients.delete(server);
    clients.set(server, client);
    if (clients.size > this.#limit) clients.delete(clients.keys().next().value!);
    return client;
  }
}
