/** A digest client for each identity and server: nobody gets credentials that were made for another. RFC 3261 §22.3, §26.1. */

import { createDigestClient, type DigestClient } from "../../auth/digest-client.ts";
import type { Hash } from "../../auth/hash.ts";
import type { Flow } from "../../transport/contract.ts";
import type { LocalIdentity } from "./identity.ts";

export class DigestPaths {
  readonly #hash: Hash;
  readonly #limit: number;
  readonly #clients = new WeakMap<LocalIdentity, Map<string, DigestClient>>();
  /** Addresses of those whom an identity has asked outside of dialogs. */
  readonly #asked = new WeakMap<LocalIdentity, Set<string>>();

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

  /** A request outside of dialogs leaves by this flow: its owner wants to deal with whoever is there. */
  asks(identity: LocalIdentity, { remote }: Flow): void {
    if (identity.account === undefined) return;
    const asked = this.#asked.get(identity) ?? new Set();
    this.#asked.set(identity, asked);
    asked.delete(remote.address);
    asked.add(remote.address);
    if (asked.size > this.#limit) asked.delete(asked.keys().next().value!);
  }

  /**
   * Whether a challenge within a dialog is answered to who sent it. A stranger who has called us could challenge our BYE, and guess the
   * password from the answer at leisure; registrar, proxy and whom we have called are no strangers.
   */
  mayAnswer(identity: LocalIdentity, flow: Flow): boolean {
    return identity.owns(flow) || this.#asked.get(identity)?.has(flow.remote.address) === true;
  }
}
