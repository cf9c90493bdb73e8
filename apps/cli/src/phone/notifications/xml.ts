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

const token =
  /<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<\/([^\s>]+)\s*>|<([^\s/>!?]+)((?:[^"'>]|"[^"]*"|'[^']*')*)>|([^<]+)/y;
const attribute = /([^\s=/]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** The root; `undefined` for what is not well-formed. */
export function parseXml(text: string): XmlElement | undefined {
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  token.lastIndex = 0;
  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) return undefined;
    const [, cdata, closed, opened, rest = "", words] = match;
    const inside = open.at(-1);
    if (cdata !== undefined || words !== undefined) {
      if (inside !== undefined) inside.text += cdata ?? decodeEntities(words!);
      else if (words !== undefined && words.trim() !== "") return undefined;
    } else if (closed !== undefined) {
      const element = open.pop();
      if (element === undefined || element.name !== localName(closed)) return undefined;
      root = close(element, open.at(-1)) ?? root;
    } else if (opened !== undefined) {
      if (++elements > maxElements || open.length >= maxDepth || (inside === undefined && root !== undefined))
        return undefined;
      const element: OpenElement = { name: localName(opened), attributes: attributesOf(rest), children: [], text: "" };
      if (rest.endsWith("/")) root = close(element, inside) ?? root;
      else open.push(element);
    }
  }
  return open.length === 0 ? root : undefined;
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
