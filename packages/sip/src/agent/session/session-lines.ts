/** What every message of a session says of us. RFC 3261 §20.5, §20.37; RFC 3325 §5, RFC 4028 §7.1, RFC 6086 §5.2.3, RFC 6665 §4.4.4, RFC 7989 §6. */

import type { HeaderLine } from "../../message/build.ts";
import { HeaderId } from "../../message/header-id.ts";
import type { SipRequest } from "../../message/message.ts";
import type { Flow } from "../../transport/contract.ts";
import { contactText, responseContact } from "../core/contact-text.ts";
import type { Environment } from "../core/environment.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { identityLines, privacyLines, responseIdentityLines } from "../core/privacy-lines.ts";
import type { PrivacyOptions } from "../request/contract.ts";
import type { InDialogParts } from "../request/dialog-request.ts";
import type { SessionHandlers } from "./contract.ts";
import type { Leg } from "./leg.ts";
import { sessionIdLine } from "./session-id.ts";

export interface LinesHost {
  readonly house: { readonly environment: Environment };
  readonly identity: LocalIdentity;
  /** Our half of Session-ID. */
  readonly localSessionId: string;
  readonly handlers: SessionHandlers;
  readonly privacy: PrivacyOptions | undefined;
  readonly legs: readonly Leg[];
}

/** What a session takes whatever its owner does. */
const always = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "PRACK", "UPDATE", "NOTIFY"];
/** Methods that set up or change a session, and so say what their sender can do. */
const telling: ReadonlySet<string> = new Set(["INVITE", "UPDATE"]);

export class SessionLines {
  readonly #host: LinesHost;

  constructor(host: LinesHost) {
    this.#host = host;
  }

  /** §20.5: what its owner takes. */
  get allow(): string {
    const { handlers, house } = this.#host;
    const own = [...always];
    if (handlers.onInfo !== undefined) own.push("INFO");
    if (handlers.onMessage !== undefined) own.push("MESSAGE");
    if (handlers.onRefer !== undefined) own.push("REFER");
    return [...new Set([...own, ...house.environment.capabilities.extraMethods])].join(", ");
  }

  /** Of a request; `leg`: `undefined` outside of any dialog. */
  request(method: string, leg: Leg | undefined): HeaderLine[] {
    const { house, handlers } = this.#host;
    const { capabilities } = house.environment;
    const lines: HeaderLine[] = [this.#idLine(leg)];
    if (telling.has(method)) lines.push(["Allow", this.allow]);
    if (method === "INVITE") lines.push(...capabilities.eventLine());
    // RFC 6086 §5.2.3: in an INVITE also by who wants none.
    if (method === "INVITE" || (method === "UPDATE" && handlers.receiveInfo !== undefined))
      lines.push(this.#infoLine());
    // RFC 4028 §7.1: in every request but ACK.
    if (method !== "ACK") lines.push(["Supported", capabilities.supported]);
    lines.push(...capabilities.productLine("User-Agent"));
    return lines;
  }

  /** Of a response to a request of the peer's. */
  response(request: SipRequest, status: number): HeaderLine[] {
    const remoteTag = request.fromTag ?? "";
    const leg = this.#host.legs.find((one) => one.remoteTag === remoteTag);
    // RFC 7989 §8: what is refused changes nothing.
    if (status > 100 && status < 400) leg?.ids.learn(request);
    const lines: HeaderLine[] = [leg?.ids.lineTo(request) ?? this.#idLine(undefined)];
    const succeeds = status > 100 && status < 300;
    const tells = succeeds && telling.has(request.method);
    if (tells || status === 405 || (succeeds && request.method === "OPTIONS")) lines.push(["Allow", this.allow]);
    // RFC 6086 §5.2.3: to who has sent one, and to nobody else.
    if (tells && request.findLine(HeaderId["Recv-Info"]) !== -1) lines.push(this.#infoLine());
    return lines;
  }

  /** What only trusted neighbours are told, of a response that says who has answered or is being called. */
  responseIdentity(flow: Flow): HeaderLine[] {
    return responseIdentityLines(this.#host.house.environment, this.#host.privacy, flow);
  }

  /** What a request within the dialog has beside its lines: Contact, identities. */
  inDialog(method: string, leg: Leg): InDialogParts {
    const { house, identity, privacy } = this.#host;
    if (privacy === undefined) return { method };
    const asserted = identityLines(house.environment, privacy);
    return {
      method,
      contact: (flow) => contactText(identity, flow, leg.dialog.needsSips, privacy),
      headersFor: (flow) => (method === "ACK" ? [] : [...privacyLines(privacy), ...(asserted?.(flow) ?? [])]),
    };
  }

  /** Contact of a response. */
  contact(flow: Flow, request: SipRequest, leg: Leg): string {
    const { identity, privacy } = this.#host;
    return responseContact(identity, flow, request, leg.dialog, privacy);
  }

  #idLine(leg: Leg | undefined): HeaderLine {
    return leg === undefined ? sessionIdLine(this.#host.localSessionId, undefined) : leg.ids.line();
  }

  /** RFC 6086 §5.2.2: an empty one says that none is wanted. */
  #infoLine(): HeaderLine {
    return ["Recv-Info", (this.#host.handlers.receiveInfo ?? []).join(", ")];
  }
}
