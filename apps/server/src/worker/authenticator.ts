/** Digest for the server: which realm, which account, which algorithms. RFC 3261 §22, RFC 8760. */

import { algorithmsFor, type DigestSecrets, type DigestServer, type IsOwnHost } from "@trapezoid/sip/auth";
import type { SipRequest } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import type { ResolvedConfig } from "../config/types.ts";
import type { LocationIndex } from "../store/contract.ts";

export type Verdict =
  | { readonly ok: true; readonly address: string }
  | {
      readonly ok: false;
      readonly status: 400 | 401 | 407 | 503;
      readonly reason?: string;
      readonly headers: readonly (readonly [name: string, value: string])[];
    };

export interface AuthenticatorCounters {
  succeeded: number;
  wrong: number;
  stale: number;
}

/** Who may try passwords, and hears what came of it: the firewall. */
export interface SignIns {
  /** `isProven`: the credentials have a nonce that was given to this source, so they are from where they seem to come. */
  maySignIn(account: string, flow: Flow, isProven: boolean): boolean;
  /** Wrong credentials with a nonce of ours. */
  signInFailed(account: string, flow: Flow, isProven: boolean): void;
  signedIn(account: string, flow: Flow, isProven: boolean): void;
}

/** Seconds after which credentials that were not looked at may be sent again. */
const THROTTLED_RETRY_SECONDS = 10;

export class Authenticator {
  readonly counters: AuthenticatorCounters = { succeeded: 0, wrong: 0, stale: 0 };
  readonly #digest: DigestServer;
  readonly #location: LocationIndex;
  readonly #signIns: SignIns;
  #config: ResolvedConfig;

  constructor(digest: DigestServer, location: LocationIndex, signIns: SignIns, config: ResolvedConfig) {
    this.#digest = digest;
    this.#location = location;
    this.#signIns = signIns;
    this.#config = config;
  }

  configure(config: ResolvedConfig): void {
    this.#config = config;
  }

  /** `realm` is a domain of ours; an account's secrets are for its own domain alone. */
  authenticate(request: SipRequest, flow: Flow, status: 401 | 407, realm: string, isOwnHost?: IsOwnHost): Verdict {
    const header = status === 401 ? "Authorization" : "Proxy-Authorization";
    const configured = this.#config.domains.get(realm)?.algorithms ?? this.#config.auth.algorithms;
    let address = "";
    let mayTry = true;
    let hasLooked = false;
    let isProven = false;
    const peer = flow.remote.address;
    const result = this.#digest.verify(request, {
      header,
      realm,
      peer,
      ...(configured !== undefined && { allowedAlgorithms: configured }),
      ...(isOwnHost !== undefined && { isOwnHost }),
      secretsFor: (username, isOfPeer) => {
        isProven = isOfPeer;
        const at = username.lastIndexOf("@");
        // `alice` and `alice@domain` are the same account; the realm has the last word on the domain.
        if (at !== -1 && username.slice(at + 1).toLowerCase() !== realm) return undefined;
        const user = at === -1 ? username : username.slice(0, at);
        address = `${user}@${realm}`;
        mayTry = this.#signIns.maySignIn(address, flow, isProven);
        const account = this.#location.account(address);
        hasLooked = true;
        if (!mayTry || account === undefined) return undefined;
        return held(at === -1 ? account.secrets : account.addressSecrets, account.algorithms);
      },
    });
    if (result.ok) {
      this.counters.succeeded++;
      this.#signIns.signedIn(address, flow, isProven);
      return { ok: true, address };
    }
    if (result.reason === "malformed") {
      return { ok: false, status: 400, reason: `Bad ${header}`, headers: [] };
    }
    if (hasLooked) this.#location.evenOut();
    // Who has it right is sent away like who has it wrong, known account or not: nothing was looked at.
    if (!mayTry) {
      return { ok: false, status: 503, headers: [["Retry-After", String(THROTTLED_RETRY_SECONDS)]] };
    }
    if (result.reason === "wrong-password" || result.reason === "unknown-user") {
      this.#signIns.signInFailed(address === "" ? `@${realm}` : address, flow, isProven);
    }
    const { stale } = result;
    if (stale) this.counters.stale++;
    else if (result.reason !== "none") this.counters.wrong++;
    // The same for everybody: what an account may use must not tell strangers that it exists.
    const offered = configured ?? algorithmsFor(request.header("User-Agent"));
    const name = status === 401 ? "WWW-Authenticate" : "Proxy-Authenticate";
    const challenges = this.#digest.challenge({ realm, algorithms: offered, stale, peer });
    return { ok: false, status, headers: challenges.map((value) => [name, value] as const) };
  }
}

/** The secrets that an account may be asked for: those of its own algorithms, when it has any. */
function held(secrets: DigestSecrets, algorithms: readonly string[] | undefined): DigestSecrets {
  if (algorithms === undefined) return secrets;
  return {
    md5: algorithms.includes("MD5") ? secrets.md5 : undefined,
    sha256: algorithms.includes("SHA-256") ? secrets.sha256 : undefined,
    sha512_256: algorithms.includes("SHA-512-256") ? secrets.sha512_256 : undefined,
  };
}
