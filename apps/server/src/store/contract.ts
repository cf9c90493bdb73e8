/** What the server keeps, and the contracts of the stores that keep it. Domain folders see these, never a driver. */

/** HA1 = H(user:realm:password) for each algorithm, lower-case hex. Passwords are never stored. */
export interface DigestSecrets {
  readonly md5: string;
  readonly sha256: string;
  readonly sha512_256: string;
}

export interface Account {
  /** `alice@example.com`: user as written when added, domain in lower case. */
  readonly address: string;
  readonly user: string;
  readonly domain: string;
  /** For the digest user name `alice`, realm = domain. */
  readonly secrets: DigestSecrets;
  /** For the digest user name `alice@example.com`, same realm. */
  readonly addressSecrets: DigestSecrets;
  /** Overrides `auth.algorithms`. */
  readonly algorithms?: readonly string[];
  readonly createdAt: number;
}

export interface AccountStore {
  get(address: string): Promise<Account | undefined>;
  list(options?: { readonly limit?: number; readonly after?: string }): Promise<readonly Account[]>;
  count(): Promise<number>;
  /** Rejects with `STORE_ACCOUNT_EXISTS` when one is there. */
  add(account: Account): Promise<void>;
  /** All or none, in one commit: for imports and tests with many users. */
  addMany(accounts: readonly Account[]): Promise<void>;
  update(account: Account): Promise<boolean>;
  /** Its bindings go with it. */
  remove(address: string): Promise<boolean>;
  /** Called with the address after any change, whoever made it, within a second. */
  watch(listener: (address: string | undefined) => void): Disposable;
}

/** A contact of a user, RFC 3261 §10. */
export interface Binding {
  /** `alice@example.com`. */
  readonly aor: string;
  /** The Contact URI as text, without angle brackets. */
  readonly contact: string;
  /** Other Contact parameters as text, from `;`, without q and expires: kept for responses. */
  readonly params: string;
  /** 0 to 1 in thousandths; 1000 when not given. */
  readonly q: number;
  readonly expiresAt: number;
  readonly callId: string;
  readonly cseq: number;
  /** Path values (RFC 3327), topmost first. */
  readonly path: readonly string[];
  /** Flow that the registration came on. */
  readonly flowId: string;
  /** `udp 192.0.2.7:51234`: for people. */
  readonly source: string;
  readonly userAgent: string | undefined;
  /** `+sip.instance` and `reg-id` (RFC 5626), when given. */
  readonly instance: string | undefined;
  readonly regId: number | undefined;
  readonly updatedAt: number;
}

/** One REGISTER, ready to be applied (the registrar has checked syntax, account and bounds). */
export interface BindingUpdate {
  readonly aor: string;
  readonly callId: string;
  readonly cseq: number;
  /** Now, milliseconds since the epoch. */
  readonly at: number;
  /** `Contact: *` with Expires 0. */
  readonly removeAll: boolean;
  /** Contacts to set; `expiresAt <= at` removes. */
  readonly contacts: readonly Binding[];
  readonly maxContacts: number;
}

export type BindingOutcome =
  | { readonly ok: true; readonly bindings: readonly Binding[] }
  /** §10.3 step 6/7: an older CSeq for the same Call-ID; nothing was changed. */
  | { readonly ok: false; readonly reason: "out-of-order" | "too-many" | "storage"; readonly message: string };

/** The hot path into a `BindingStore`: no promise per REGISTER. */
export interface BindingQueue {
  /** `done` is called exactly once, never before `submit` has returned, after the update is durable or has failed. */
  submit(update: BindingUpdate, done: (outcome: BindingOutcome) => void): void;
}

export interface BindingStore extends BindingQueue {
  /** Applies updates in order, each whole or not at all; resolves after they are durable (or with `storage` when the commit failed). */
  apply(updates: readonly BindingUpdate[]): Promise<readonly BindingOutcome[]>;
  /** Live bindings, oldest first. */
  list(aor: string): Promise<readonly Binding[]>;
  /** Every live binding, in pages by aor: `limit` counts addresses, `after` is the last one of the page before. */
  listAll(options?: { readonly limit?: number; readonly after?: string }): Promise<readonly Binding[]>;
  /** Bindings that have not expired. */
  count(): Promise<number>;
  /** How many live ones there were. */
  removeAll(aor: string): Promise<number>;
  /** Called with the address after its bindings changed or expired, whichever thread changed them. */
  watch(listener: (aor: string) => void): Disposable;
  /** What is still queued ends with `storage`. */
  close(): void;
}

/** Why a source was banned; `manual`: somebody asked for it. */
export type BanReason = "wrong-passwords" | "scanner" | "garbage" | "flood" | "manual";

/** A source or a network that is not heard. */
export interface Ban {
  /** In canonical form: `192.0.2.7`, `2001:db8:1:2::/64`, `198.51.100.0/24`. */
  readonly subject: string;
  readonly reason: BanReason;
  /** In words. */
  readonly detail: string;
  readonly since: number;
  /** `undefined`: until it is lifted. */
  readonly until: number | undefined;
  /** How often it was banned by itself within memory, this time included; 0 for a first ban by hand. */
  readonly times: number;
}

export interface BanStore {
  /** The last ban of a subject, ended or not. */
  get(subject: string): Promise<Ban | undefined>;
  /** Bans in force at `at`, in the order of their subjects. */
  list(options: { readonly at: number; readonly limit?: number; readonly after?: string }): Promise<readonly Ban[]>;
  /** Each takes the place of an earlier one of its subject. All or none, in one commit. */
  put(bans: readonly Ban[]): Promise<void>;
  /** Forgets the subject, as if it had never been banned. Whether it was there. */
  remove(subject: string): Promise<boolean>;
  /** Forgets bans that ended before an instant; how many. */
  prune(endedBefore: number): Promise<number>;
  /** Called after any change, whoever made it, within a second. */
  watch(listener: () => void): Disposable;
}

/** What the signalling threads read, synchronously; a few microseconds, no copy per thread. */
export interface LocationIndex {
  /** Live bindings, best q first, of equal q the one refreshed last. The array is shared: do not change it. */
  lookup(aor: string): readonly Binding[];
  /** At most half a second older than the store. */
  account(address: string): Account | undefined;
  /**
   * Makes the reads that the last `account` was spared: whether an account is there, and whether it was kept, then shows in no
   * time that passed. For answers to who has not proved to be anybody.
   */
  evenOut(): void;
  close(): void;
}
