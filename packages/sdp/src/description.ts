/** A session description, read: typed values beside the lines that they came from. RFC 8866. */

import { err, type Fault, fault, ok, type Result } from "@trapezoid/base";
import { type Direction, isDirection } from "./direction.ts";
import { formatSdpLines, parseSdpLines, type SdpLine } from "./lines.ts";
import {
  type Connection,
  type MediaLine,
  type Origin,
  parseConnection,
  parseMediaLine,
  parseOrigin,
} from "./values.ts";

export interface Attribute {
  readonly name: string;
  /** `undefined` for a flag. */
  readonly value: string | undefined;
}

export interface MediaDescription extends MediaLine {
  readonly lines: readonly SdpLine[];
  readonly attributes: readonly Attribute[];
  /** Its own, else the session's. */
  readonly connection: Connection | undefined;
  /** Its own, else the session's, else `sendrecv` (RFC 8866 §6.7). */
  readonly direction: Direction;
}

export interface SessionDescription {
  /** Those before the first m=. */
  readonly lines: readonly SdpLine[];
  readonly origin: Origin | undefined;
  readonly connection: Connection | undefined;
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

/** Limits of what is read: a description of a call is a few kilobytes. */
export const maxSdpChars = 65_536;
export const maxMediaSections = 64;

/**
 * Reads a description (one character per octet, or decoded: both will do). Liberal: o=, s= and t= may be missing, and
 * a broken o= or attribute is passed over; a broken m= or c= is a fault, since media would go astray.
 */
export function parseSdp(text: string): Result<SessionDescription, Fault> {
  if (text.length > maxSdpChars) return fault("SDP_TOO_LONG", `a description has at most ${maxSdpChars} characters`);
  const sections = parseSdpLines(text);
  if (!sections.ok) return sections;
  if (sections.value.media.length > maxMediaSections) {
    return fault("SDP_TOO_MANY_MEDIA", `a description has at most ${maxMediaSections} media sections`);
  }
  return readDescription(sections.value.session, sections.value.media);
}

function readDescription(
  lines: readonly SdpLine[],
  sections: readonly (readonly SdpLine[])[],
): Result<SessionDescription, Fault> {
  const connection = connectionOf(lines);
  if (connection !== undefined && !connection.ok) return connection;
  const attributes = attributesOf(lines);
  const originLine = lines.find((line) => line.type === "o");
  const origin = originLine === undefined ? undefined : parseOrigin(originLine.value);
  const direction = directionAmong(attributes) ?? "sendrecv";
  const media: MediaDescription[] = [];
  for (const section of sections) {
    const head = parseMediaLine(section[0]!.value);
    if (!head.ok) return head;
    const own = connectionOf(section);
    if (own !== undefined && !own.ok) return own;
    const its = attributesOf(section);
    media.push({
      ...head.value,
      lines: section,
      attributes: its,
      connection: own?.value ?? connection?.value,
      direction: directionAmong(its) ?? direction,
    });
  }
  return ok({
    lines,
    origin: origin?.ok === true ? origin.value : undefined,
    connection: connection?.value,
    attributes,
    media,
  });
}

function connectionOf(lines: readonly SdpLine[]): Result<Connection, Fault> | undefined {
  const line = lines.find(({ type }) => type === "c");
  if (line === undefined) return undefined;
  const parsed = parseConnection(line.value);
  return parsed.ok ? parsed : err(parsed.error);
}

function attributesOf(lines: readonly SdpLine[]): Attribute[] {
  return lines
    .filter(({ type }) => type === "a")
    .map(({ value }) => {
      const colon = value.indexOf(":");
      return colon === -1
        ? { name: value.trim(), value: undefined }
        : { name: value.slice(0, colon), value: value.slice(colon + 1) };
    });
}

function directionAmong(attributes: readonly Attribute[]): Direction | undefined {
  return attributes.map(({ name }) => name.toLowerCase()).find(isDirection);
}

/** The lines, as they were read or put together. Each ends with CRLF. */
export function formatSdp(description: SessionDescription): string {
  return formatSdpLines({ session: description.lines, media: description.media.map(({ lines }) => lines) });
}

/** Puts a description together from lines of ours. Throws `TypeError` when they are none. */
export function describe(session: readonly SdpLine[], media: readonly (readonly SdpLine[])[]): SessionDescription {
  const description = readDescription(session, media);
  if (!description.ok) throw new TypeError(description.error.message);
  return description.value;
}

interface HasAttributes {
  readonly attributes: readonly Attribute[];
}

/** The value of the first attribute of this name; "" for a flag. Names are compared with regard to case (RFC 8866 §6). */
export function attribute(of: HasAttributes, name: string): string | undefined {
  const found = of.attributes.find((one) => one.name === name);
  return found === undefined ? undefined : (found.value ?? "");
}

/** The values of all attributes of this name, in order. */
export function attributesNamed(of: HasAttributes, name: string): string[] {
  return of.attributes.filter((one) => one.name === name).map(({ value }) => value ?? "");
}

/** The medium's own, else the session's: for attributes that may stand at either level. */
export function inheritedAttribute(
  session: SessionDescription,
  media: MediaDescription,
  name: string,
): string | undefined {
  return attribute(media, name) ?? attribute(session, name);
}
