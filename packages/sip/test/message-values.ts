/** Seeded generators of SIP values, for properties: what they make, the formatters can write. */

import {
  type BodyPart,
  createVia,
  type NameAddr,
  type OtherUri,
  type Param,
  type Params,
  type SipUri,
  sipUri,
  type TelUri,
  type Uri,
  type Via,
} from "@trapezoid/sip/message";
import { createRandom } from "@trapezoid/testkit";

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const tokenChars = `${alphanumeric}-.!%*_+\`'~`;
const userChars = `${alphanumeric}-_.!~*'()&=+$,;?/`;
const wordChars = `${tokenChars}()<>:\\"/[]?{}@`;
const textChars = `${alphanumeric} "\\,;<>@:/=?%'()[]{}|^~\u0007\u007fäöüßé漢字😀Ã©`;

export class Values {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = createRandom(seed);
  }

  int(below: number): number {
    return Math.floor(this.#random() * below);
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.int(from.length)]!;
  }

  string(chars: string, least: number, most: number): string {
    const all = [...chars];
    return Array.from({ length: least + this.int(most - least + 1) }, () => this.pick(all)).join("");
  }

  list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.int(most + 1) }, make);
  }

  token(): string {
    return this.string(tokenChars, 1, 12);
  }

  /** Call-ID and its like. */
  word(): string {
    return this.string(wordChars, 1, 30);
  }

  /** For quoted strings: any text without line breaks. */
  text(): string {
    return this.string(textChars, 0, 20);
  }

  uint32(): number {
    return this.pick([0, 1, 70, 3600, 0x7fff_ffff, 0xffff_ffff, this.int(0xffff_ffff)]);
  }

  params(): Params {
    return this.list(3, (): Param => {
      const name = this.chance(0.3) ? this.pick(["tag", "branch", "lr", "expires", "q", "TAG"]) : this.token();
      if (this.chance(0.2)) return { name, value: undefined };
      if (this.chance(0.4)) return { name, value: this.text(), quoted: true };
      return { name, value: this.chance(0.2) ? this.host() : this.token() };
    });
  }

  host(): string {
    return this.pick([
      () => `${this.string(alphanumeric, 1, 8)}.example.com`,
      () => Array.from({ length: 4 }, () => this.int(256)).join("."),
      () => `[2001:db8::${this.int(0x10000).toString(16)}]`,
      () => `[::ffff:192.0.2.${this.int(256)}]`,
    ])();
  }

  port(): number | undefined {
    return this.chance(0.5) ? undefined : this.int(65_536);
  }

  escaped(chars: string, least: number, most: number): string {
    return this.chance(0.8) ? this.string(chars, least, most) : `${this.string(chars, least, most)}%4A%0d`;
  }

  sipUri(): SipUri {
    const user = this.chance(0.2) ? undefined : this.escaped(userChars, 1, 12);
    const params = this.list(3, (): Param => {
      const name = this.pick(["transport", "lr", "user", "maddr", "ttl", this.token().replaceAll("%", "x")]);
      return { name, value: this.chance(0.3) ? undefined : this.escaped(`${alphanumeric}-_.!~*'()[]/:&+$`, 1, 8) };
    });
    return sipUri({
      scheme: this.pick(["sip", "sips"]),
      user,
      password:
        user === undefined || this.chance(0.8) ? undefined : this.escaped(`${alphanumeric}-_.!~*'()&=+$,`, 0, 8),
      host: this.host(),
      port: this.port(),
      params,
      headers: this.list(2, () => [this.string(alphanumeric, 1, 8), this.escaped(alphanumeric, 0, 8)] as const),
    });
  }

  telUri(): TelUri {
    const isGlobal = this.chance(0.5);
    const number = isGlobal
      ? `+${this.string("0123456789-.()", 0, 9)}1`
      : `${this.string("0123456789ABCDEFabcdef*#-.()", 0, 9)}1`;
    const params: Param[] = isGlobal ? [] : [{ name: "phone-context", value: this.pick(["example.com", "+1-914"]) }];
    if (this.chance(0.3)) params.push({ name: "ext", value: "12-34" });
    return { scheme: "tel", number, params };
  }

  otherUri(): OtherUri {
    const scheme = this.pick(["http", "https", "urn", "im", "soap.beep"]);
    return { scheme, text: `${scheme}:${this.string(`${alphanumeric}/:?&=%`, 1, 20)}` };
  }

  uri(): Uri {
    return this.pick<() => Uri>([
      () => this.sipUri(),
      () => this.sipUri(),
      () => this.telUri(),
      () => this.otherUri(),
    ])();
  }

  nameAddr(): NameAddr {
    return { displayName: this.chance(0.5) ? undefined : this.text(), uri: this.uri(), params: this.params() };
  }

  via(): Via {
    const params: Param[] = [];
    if (this.chance(0.8)) params.push({ name: "branch", value: `z9hG4bK${this.token()}` });
    if (this.chance(0.5))
      params.push({ name: "rport", value: this.chance(0.5) ? undefined : String(this.int(65_536)) });
    if (this.chance(0.5)) params.push({ name: "received", value: this.pick(["192.0.2.4", "2001:db8::9:255"]) });
    params.push(...this.params().filter(({ name }) => name !== "branch"));
    return createVia({
      transport: this.pick(["UDP", "TCP", "TLS", "WS", "WSS", "SCTP"]),
      host: this.host(),
      port: this.port(),
      params,
    });
  }

  part(): BodyPart {
    const headers = this.list(2, () => [this.string(alphanumeric, 1, 8), this.string(alphanumeric, 0, 8)] as const);
    return { headers, body: this.string("\0\r\n-ab\u00ff", 0, 30) };
  }
}
