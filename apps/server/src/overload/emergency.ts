/** Which requests are for an emergency, and so are let in whatever the load. RFC 5031, RFC 4412, RFC 7135, RFC 3261 §20.26. */

import {
  HeaderId,
  isSipUri,
  isTelUri,
  ResourcePriority,
  type ResourceValue,
  type SipRequest,
} from "@trapezoid/sip/message";
import type { EmergencySettings } from "../config/types.ts";

const { Priority, Authorization } = HeaderId;
const ProxyAuthorization = HeaderId["Proxy-Authorization"];

export class Emergency {
  readonly #uris: readonly string[];
  readonly #numbers: ReadonlySet<string>;
  readonly #resources: ReadonlySet<string>;
  readonly #heedsPriority: boolean;

  constructor(settings: EmergencySettings) {
    this.#uris = settings.uris.map((uri) => uri.toLowerCase());
    this.#numbers = new Set(settings.numbers);
    this.#resources = new Set(settings.resourcePriority.map((value) => value.toLowerCase()));
    this.#heedsPriority = settings.priority;
  }

  /** By where it goes: anybody may call for help. To ask or to register there is no call. */
  isCallForHelp(request: SipRequest): boolean {
    const { method } = request;
    if (method !== "INVITE" && method !== "MESSAGE") return false;
    const target = request.requestUri.toLowerCase();
    for (const uri of this.#uris) {
      // RFC 5031 §4.1: `urn:service:sos.fire` is a part of `urn:service:sos`.
      if (target.startsWith(uri) && (target.length === uri.length || target[uri.length] === ".")) return true;
    }
    if (this.#numbers.size === 0) return false;
    const { uri } = request;
    if (uri === undefined) return false;
    if (isSipUri(uri)) return uri.user !== undefined && this.#numbers.has(uri.user);
    return isTelUri(uri) && this.#numbers.has(uri.number.replace(/[-.() ]/g, ""));
  }

  /**
   * By what it says of itself, which anybody may write: from a source that is trusted, or with credentials that are checked before
   * it goes anywhere (RFC 4412 §11.1).
   */
  isClaim(request: SipRequest, isTrusted: () => boolean): boolean {
    if (!this.#says(request)) return false;
    // The one of the two that is checked here: nobody looks at the other (RFC 3261 §22.2, §22.3).
    const credentials = request.method === "REGISTER" ? Authorization : ProxyAuthorization;
    return request.findLine(credentials) !== -1 || isTrusted();
  }

  #says(request: SipRequest): boolean {
    if (this.#heedsPriority) {
      const line = request.findLine(Priority);
      if (line !== -1 && request.lineValue(line).toLowerCase() === "emergency") return true;
    }
    return this.#resources.size > 0 && request.getAll(ResourcePriority).some((value) => this.#isResource(value));
  }

  /** RFC 4412 §3.1: without regard to case. */
  #isResource({ namespace, priority }: ResourceValue): boolean {
    const name = namespace.toLowerCase();
    return this.#resources.has(name) || this.#resources.has(`${name}.${priority.toLowerCase()}`);
  }
}
