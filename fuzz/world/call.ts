/** The call that must succeed, whatever others do meanwhile: INVITE, ACK, BYE between two phones of its own. RFC 3261 §13, §15. */

import { buildResponse, type SipRequest } from "@trapezoid/sip/message";
import type { VirtualNetwork } from "@trapezoid/testkit";
import { law } from "../laws/law.ts";
import { Peer } from "./peer.ts";
import { calleeAddress, callerAddress } from "./world.ts";

const callId = "the-call";

export class Call {
  readonly caller: Peer;
  readonly callee: Peer;
  readonly #uri: string | undefined;
  #stage = 0;

  constructor(network: VirtualNetwork, uri: string | undefined) {
    this.#uri = uri;
    this.caller = new Peer(network, callerAddress);
    this.callee = new Peer(network, calleeAddress, (peer) => answer(peer));
  }

  /** The next of its four steps. */
  goOn(): void {
    if (this.#uri === undefined) return;
    const stage = this.#stage++;
    if (stage === 0) this.#send("INVITE", 1, this.#uri, "invite", []);
    const ok = this.#response(200, "INVITE");
    if (ok === undefined) return;
    const routes = ok
      .headers("Record-Route")
      .flatMap((line) => line.split(/,\s*/))
      .reverse();
    const lines = [`Route: ${routes.join(", ")}`];
    const target = `sip:callee@${calleeAddress}:5060`;
    if (stage === 2) this.#send("ACK", 1, target, "ack", lines);
    if (stage === 3) this.#send("BYE", 2, target, "bye", lines);
  }

  /** At the end: each request arrived once, each was answered. */
  check(): void {
    if (this.#stage < 4) return;
    const methods = this.callee.requests.filter(isOurs).map(({ message }) => message.method);
    law(methods.join(" ") === "INVITE ACK BYE", "a sound call reaches its callee whatever others do", () =>
      methods.join(" "),
    );
    const statuses = this.caller.responses.map(({ message }) => `${message.status} ${message.cseq?.method}`);
    law(
      statuses.join(", ").endsWith("180 INVITE, 200 INVITE, 200 BYE"),
      "a sound call is answered whatever others do",
      () => statuses.join(", "),
    );
  }

  /** An OPTIONS to the server itself. */
  probe(uri: string): void {
    this.#send("OPTIONS", 1, uri, "probe", []);
  }

  checkProbe(): void {
    law(this.#response(200, "OPTIONS") !== undefined, "the server answers OPTIONS whatever came before", () =>
      this.caller.responses.map(({ message }) => message.status).join(" "),
    );
  }

  #send(method: string, cseq: number, uri: string, branch: string, lines: readonly string[]): void {
    const toTag = method === "INVITE" || method === "OPTIONS" ? "" : ";tag=callee";
    const head = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${callerAddress}:5060;branch=z9hG4bKthecall${branch}`,
      "Max-Forwards: 70",
      `From: <sip:caller@${callerAddress}>;tag=caller`,
      `To: <${this.#uri ?? uri}>${toTag}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:caller@${callerAddress}:5060>`,
      ...lines,
      "Content-Length: 0",
    ];
    this.caller.flow("udp")!.send(`${head.join("\r\n")}\r\n\r\n`);
  }

  #response(status: number, method: string) {
    return this.caller.responses.find(({ message }) => message.status === status && message.cseq?.method === method)
      ?.message;
  }
}

function isOurs({ message }: { readonly message: SipRequest }): boolean {
  return message.callId === callId;
}

/** The callee rings, accepts, and lets itself be hung up on; others' requests get no answer. */
function answer(callee: Peer): void {
  const last = callee.requests.at(-1);
  if (last === undefined || !isOurs(last)) return;
  const { message, flow } = last;
  // Called for each message: a response has been looked at before.
  callee.requests.pop();
  const again = callee.requests.some((one) => isOurs(one) && one.message.text === message.text);
  callee.requests.push(last);
  if (again || message.method === "ACK") return;
  const contact = [["Contact", `<sip:callee@${calleeAddress}:5060>`]] as const;
  const options = { toTag: "callee", headers: contact, recordRoute: true };
  if (message.method === "INVITE") flow.send(buildResponse(message, 180, options));
  flow.send(buildResponse(message, 200, options));
}
