/** Who the peer says, or is said, to be, also where that changes in the middle of a call. RFC 4916 §4.4.2, RFC 3325 §5. */

import type { Dialog } from "../../dialog/dialog.ts";
import type { SipMessage } from "../../message/message.ts";
import { formatNameAddr } from "../../message/name-addr.ts";
import { withoutParam } from "../../message/params.ts";
import { uriEquals } from "../../message/uri.ts";
import type { NameAddr } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import type { Environment } from "../core/environment.ts";
import { assertedIdentityOf } from "../core/trust.ts";

export class PeerIdentity {
  readonly #environment: Environment;
  readonly #onChange: (address: NameAddr) => void;
  #asserted: NameAddr | undefined;
  #from: NameAddr | undefined;

  constructor(environment: Environment, onChange: (address: NameAddr) => void) {
    this.#environment = environment;
    this.#onChange = onChange;
  }

  /** By the word of a trusted neighbour. */
  get asserted(): NameAddr | undefined {
    return this.#asserted;
  }

  /** What From has come to be; `undefined`: it has not changed. */
  get from(): NameAddr | undefined {
    return this.#from;
  }

  /** Of the INVITE to us: nothing changes by it. */
  begin(message: SipMessage, flow: Flow): void {
    this.#asserted = assertedIdentityOf(this.#environment, message, flow);
  }

  /** A response of the peer, or a request of it that is accepted. RFC 4916 §4.4.2: one that is refused changes nothing. */
  hear(message: SipMessage, flow: Flow, dialog: Dialog | undefined): void {
    const from = message.isRequest && dialog !== undefined ? this.#hearFrom(message, dialog) : undefined;
    const asserted = assertedIdentityOf(this.#environment, message, flow);
    const isNews = asserted !== undefined && !isSame(asserted, this.#asserted);
    if (isNews) this.#asserted = asserted;
    const news = isNews ? asserted : from;
    if (news !== undefined) this.#onChange(news);
  }

  #hearFrom(message: SipMessage, dialog: Dialog): NameAddr | undefined {
    if (message.from === undefined) return undefined;
    const from = { ...message.from, params: withoutParam(message.from.params, "tag") };
    if (uriEquals(from.uri, (this.#from ?? dialog.remote).uri)) return undefined;
    this.#from = from;
    // RFC 4916 §4.4.1: To of later requests is what From has become; RFC 3261 §12.2.1.1, where that is not spoken, keeps it.
    if (this.#environment.connectedIdentity) dialog.renameRemote(from);
    return from;
  }
}

function isSame(a: NameAddr, b: NameAddr | undefined): boolean {
  return b !== undefined && formatNameAddr(a) === formatNameAddr(b);
}
