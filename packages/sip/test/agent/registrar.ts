/** A registrar that keeps bindings and does as it is told: for the tests of registering. */

import type { Answer, IncomingRequest } from "@trapezoid/sip/agent";
import { createDigestServer, type DigestServer, digestSecrets } from "@trapezoid/sip/auth";
import { nodeHash } from "@trapezoid/sip/auth/node";
import {
  Contact,
  ContactExpires,
  formatNameAddr,
  formatUri,
  type HeaderLine,
  type NameAddr,
  RegId,
  SipInstance,
  type SipRequest,
} from "@trapezoid/sip/message";
import type { Agent, Rig } from "./rig.ts";

export class Registrar {
  readonly agent: Agent;
  readonly requests: SipRequest[] = [];
  readonly bindings = new Map<string, NameAddr>();
  /** Further lines of each 200. */
  headers: HeaderLine[] = [];
  /** Said instead of 200. */
  refusals: Answer[] = [];
  leastSeconds = 0;
  /** Grants at most this. */
  mostSeconds = 3_600;
  password: string | undefined;
  readonly #digest: DigestServer;

  constructor(rig: Rig, name = "bob") {
    this.#digest = createDigestServer({ hash: nodeHash, clock: rig.clock, secret: new Uint8Array(32).fill(7) });
    const register = (incoming: IncomingRequest): Answer => this.#register(incoming);
    this.agent = rig.agent(name, { handlers: { methods: { REGISTER: register } } }, ["udp", "tcp", "ws"]);
  }

  get uri(): string {
    return `sip:${this.agent.address}`;
  }

  get last(): SipRequest {
    return this.requests.at(-1)!;
  }

  #register({ request }: IncomingRequest): Answer {
    this.requests.push(request);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) return refusal;
    if (this.password !== undefined) {
      const secretsFor = () => digestSecrets(nodeHash, "alice", "test", this.password!);
      const verdict = this.#digest.verify(request, { header: "Authorization", realm: "test", secretsFor });
      if (!verdict.ok) {
        const challenges = this.#digest.challenge({
          realm: "test",
          algorithms: ["SHA-256", "MD5"],
          stale: verdict.stale,
        });
        return { status: 401, headers: challenges.map((value) => ["WWW-Authenticate", value]) };
      }
    }
    for (const contact of request.getAll(Contact)) {
      if (contact === "*") continue;
      const asked = ContactExpires.get(contact.params) ?? 3_600;
      if (asked > 0 && asked < this.leastSeconds) {
        return { status: 423, headers: [["Min-Expires", `${this.leastSeconds}`]] };
      }
      const regId = RegId.get(contact.params);
      const instance = SipInstance.get(contact.params);
      const key = regId === undefined ? formatUri(contact.uri) : `${instance} ${regId}`;
      if (asked === 0) this.bindings.delete(key);
      else {
        const seconds = Math.min(asked, this.mostSeconds);
        this.bindings.set(key, { ...contact, params: ContactExpires.set(contact.params, seconds) });
      }
    }
    const contacts: HeaderLine[] = [...this.bindings.values()].map((one) => ["Contact", formatNameAddr(one)]);
    return { status: 200, headers: [...contacts, ...this.headers] };
  }
}
