/** A user agent that says what the test tells it to: whole session descriptions, good or bad. */

import type { NegotiationHandlers, OutgoingSession, SessionBody, SessionHandlers } from "@trapezoid/sip/agent";
import type { Agent } from "../../sip/test/agent/rig.ts";
import type { CallRig, Phone } from "./rig.ts";

export interface Section {
  readonly port?: number;
  readonly protocol?: string;
  /** Default PCMU. */
  readonly formats?: string;
  /** More lines of the section. */
  readonly lines?: readonly string[];
}

/** A session description with sections for sound. */
export function describe(address: string, sections: readonly Section[], version = 1): string {
  const lines = ["v=0", `o=- 7 ${version} IN IP4 ${address}`, "s=-", `c=IN IP4 ${address}`, "t=0 0"];
  for (const { port = 30_000, protocol = "RTP/AVP", formats = "0", lines: more = [] } of sections) {
    lines.push(`m=audio ${port} ${protocol} ${formats}`, ...more);
  }
  return `${lines.join("\r\n")}\r\n`;
}

export class RawPeer implements SessionHandlers {
  readonly agent: Agent;
  /** What it offers and answers next. */
  says: string;
  /** What it was offered and answered. */
  readonly heard: string[] = [];
  #version = 1;

  constructor(rig: CallRig, name: string) {
    this.agent = rig.agent(name);
    this.agent.onInvite = () => this;
    this.says = describe(this.agent.address, [{}]);
  }

  /** Sections for the next offer or answer. */
  say(sections: readonly Section[], address = this.agent.address): void {
    this.says = describe(address, sections, ++this.#version);
  }

  /** The last thing it heard. */
  get last(): string {
    return this.heard.at(-1) ?? "";
  }

  invite(phone: Phone, withoutOffer = false): OutgoingSession {
    return this.agent.core.invite(phone.uri, { handlers: this, withoutOffer });
  }

  offer(): SessionBody {
    return { contentType: "application/sdp", body: this.says };
  }

  answer(offer: SessionBody): SessionBody {
    this.heard.push(offer.body);
    return this.offer();
  }

  accepted: NegotiationHandlers["accepted"] = (answer) => {
    this.heard.push(answer.body);
  };
}
