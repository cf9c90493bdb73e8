/**
 * XML as notifications have it: elements, attributes, text. Namespaces prefixes are dropped; document types are refused, and with them
 * entities of their own. XML 1.0.
 */

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text directly within, trimmed. */
  readonly text: string;
}

/** A notification is small. */
const maxDepth = 32;
const maxElements = 10_000;

interface OpenElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

/** A name is short; what goes on and on is none. */
const attribute = /([^\s=/"']{1,256})\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The root; `undefined` for what is not well-formed. */
export function parseXml(text: string): XmlElement | undefined {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; ) {
    const piece = pieceAt(text, at);
    if (piece === undefined) return undefined;
    at = piece.end;
    const inside = open.at(-1);
    switch (piece.kind) {
      case "skipped":
        break;
      case "text":
        if (inside !== undefined) inside.text += piece.text;
        else if (piece.text.trim() !== "") return undefined;
        break;
      case "close": {
        const element = open.pop();
        if (element === undefined || element.name !== localName(piece.text.trim())) return undefined;
        root = close(element, open.at(-1)) ?? root;
        break;
      }
      case "open": {
        if (++elements > maxElements || open.length >= maxDepth || (inside === undefined && root !== undefined))
          return undefined;
        const [name = ""] = /^[^\s/]+/.exec(piece.text) ?? [];
        if (name === "") return undefined;
        const rest = piece.text.slice(name.length);
        const element: OpenElement = { name: localName(name), attributes: attributesOf(rest), children: [], text: "" };
        if (rest.endsWith("/")) root = close(element, inside) ?? root;
        else open.push(element);
        break;
      }
      default:
        piece.kind satisfies never;
    }
  }
  return open.length === 0 ? root : undefined;
}

interface Piece {
  readonly kind: "text" | "open" | "close" | "skipped";
  /** Of a tag: what stands between its brackets. */
  readonly text: string;
  readonly end: number;
}

/** `undefined` for what does not end, and for a document type. */
function pieceAt(text: string, at: number): Piece | undefined {
  if (text[at] !== "<") {
    const next = text.indexOf("<", at);
    const end = next === -1 ? text.length : next;
    return { kind: "text", text: decodeEntities(text.slice(at, end)), end };
  }
  const until = (kind: Piece["kind"], start: number, mark: string): Piece | undefined => {
    const found = text.indexOf(mark, start);
    return found === -1 ? undefined : { kind, text: text.slice(start, found), end: found + mark.length };
  };
  if (text.startsWith("<!--", at)) return until("skipped", at + 4, "-->");
  if (text.startsWith("<![CDATA[", at)) return until("text", at + 9, "]]>");
  if (text.startsWith("<?", at)) return until("skipped", at + 2, "?>");
  if (text.startsWith("</", at)) return until("close", at + 2, ">");
  if (text.startsWith("<!", at)) return undefined;
  const end = tagEnd(text, at + 1);
  return end === -1 ? undefined : { kind: "open", text: text.slice(at + 1, end), end: end + 1 };
}

/** The bracket that ends a tag: one within quotes does not. -1 where there is none. */
function tagEnd(text: string, from: number): number {
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text[at]!;
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === ">") return at;
    else if (character === '"' || character === "'") quote = character;
  }
  return -1;
}

/** The document's root, where it is that. */
function close(element: OpenElement, parent: OpenElement | undefined): XmlElement | undefined {
  const closed: XmlElement = { ...element, text: element.text.trim() };
  parent?.children.push(closed);
  return parent === undefined ? closed : undefined;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null);
  for (const [, name, double, single] of text.matchAll(attribute)) {
    attributes[localName(name!)] = decodeEntities(double ?? single ?? "");
  }
  return attributes;
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}

/** All elements of this name below, in the order of the text. */
export function elementsNamed(element: XmlElement, name: string): XmlElement[] {
  return element.children.flatMap((child) => [...(child.name === name ? [child] : []), ...elementsNamed(child, name)]);
}

export function childNamed(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}
