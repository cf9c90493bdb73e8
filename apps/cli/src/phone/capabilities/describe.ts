/** The answer to OPTIONS, explained. RFC 3261 §11.2. */

import { codecsOf, parseSdp } from "@trapezoid/sdp";
import {
  Accept,
  AcceptEncoding,
  AcceptLanguage,
  Allow,
  AllowEvents,
  ContentType,
  type SipResponse,
  Supported,
} from "@trapezoid/sip/message";
import { productOf } from "../failures/their-words.ts";
import { codecWords } from "../ladder/sdp-words.ts";
import { eventWords, methodWords, optionTagWords } from "./glossary.ts";

export interface Capabilities {
  readonly status: number;
  readonly product: string | undefined;
  readonly roundTripMs: number | undefined;
  /** `undefined`: it does not say. */
  readonly methods: readonly string[] | undefined;
  readonly extensions: readonly string[] | undefined;
  readonly events: readonly string[] | undefined;
  readonly accepts: readonly string[] | undefined;
  readonly encodings: readonly string[] | undefined;
  readonly languages: readonly string[] | undefined;
  /** `undefined`: there is no description. */
  readonly media:
    | readonly { readonly kind: string; readonly codecs: readonly string[]; readonly words: string }[]
    | undefined;
}

export function capabilitiesOf(response: SipResponse, roundTripMs: number | undefined): Capabilities {
  const list = (name: string, values: readonly string[]): readonly string[] | undefined =>
    response.header(name) === undefined ? undefined : [...new Set(values)];
  return {
    status: response.status,
    product: productOf({ response }),
    roundTripMs,
    methods: list("Allow", response.getAll(Allow)),
    extensions: list("Supported", response.getAll(Supported)),
    events: list("Allow-Events", response.getAll(AllowEvents)),
    accepts: list(
      "Accept",
      response.getAll(Accept).map(({ type, subtype }) => `${type}/${subtype}`),
    ),
    encodings: list(
      "Accept-Encoding",
      response.getAll(AcceptEncoding).map(({ value }) => value),
    ),
    languages: list(
      "Accept-Language",
      response.getAll(AcceptLanguage).map(({ value }) => value),
    ),
    media: mediaOf(response),
  };
}

function mediaOf(response: SipResponse): Capabilities["media"] {
  const type = response.get(ContentType);
  if (type === undefined || !/^application\/sdp$/i.test(`${type.type}/${type.subtype}`)) return undefined;
  const parsed = parseSdp(response.body);
  if (!parsed.ok) return undefined;
  return parsed.value.media.map((media) => ({
    kind: media.kind,
    codecs: codecsOf(media).map(({ name, clockRate }) => `${name}/${clockRate}`),
    words: `${media.kind} ${codecWords(media)}`,
  }));
}

/** Lines for people. */
export function capabilityWords(target: string, capabilities: Capabilities): string[] {
  const { status, product, roundTripMs, methods, extensions, events, accepts, encodings, languages, media } =
    capabilities;
  const time = roundTripMs === undefined ? "" : ` in ${formatMs(roundTripMs)}`;
  const lines = [`${target} answered ${status}${time}${product === undefined ? "" : `: ${product}`}`];
  lines.push(...glossary("methods (Allow)", methods, methodWords));
  lines.push(...glossary("extensions (Supported)", extensions, optionTagWords));
  if (events !== undefined) lines.push(...glossary("events (Allow-Events)", events, eventWords));
  lines.push(...plain("takes (Accept)", accepts), ...plain("encodings", encodings), ...plain("languages", languages));
  for (const { words } of media ?? []) lines.push(`media: ${words}`);
  if (media === undefined) lines.push("media: it does not say");
  return lines;
}

function glossary(
  title: string,
  names: readonly string[] | undefined,
  words: Readonly<Record<string, string>>,
): string[] {
  if (names === undefined) return [`${title}: it does not say`];
  if (names.length === 0) return [`${title}: none`];
  const width = Math.max(...names.map((name) => name.length));
  return [
    `${title}:`,
    ...names.map((name) => `  ${name.padEnd(width)}  ${Object.hasOwn(words, name) ? words[name] : "not known here"}`),
  ];
}

function plain(title: string, names: readonly string[] | undefined): string[] {
  if (names === undefined) return [];
  return [`${title}: ${names.join(", ") || "none"}`];
}

function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
