/** What stands for a request in a completed transaction, whose text has been let go: the method and nothing else. */

import { SipRequest } from "../message/message.ts";
import { methods } from "../message/methods.ts";

/** One for each known method; others are rare enough to get one each. */
export class Tombstones {
  readonly #byMethod = new Map<string, SipRequest>();

  of(method: string): SipRequest {
    let request = this.#byMethod.get(method);
    if (request === undefined) {
      const text = `${method} sip:released.invalid SIP/2.0\r\n`;
      request = new SipRequest(
        `${text}\r\n`,
        method,
        "sip:released.invalid",
        text.length,
        text.length,
        text.length + 2,
        [],
        undefined,
      );
      if (Object.hasOwn(methods, method)) this.#byMethod.set(method, request);
    }
    return request;
  }
}
