/** RTP header extensions by number. RFC 8285 §5. */

import { type Direction, isDirection } from "./direction.ts";

export interface ExtensionMap {
  /** 1 to 14 in one-byte headers, to 255 in two-byte ones; 4096 and up are wishes for a number. */
  readonly id: number;
  readonly direction?: Direction;
  readonly uri: string;
  /** What follows the URI, as written. */
  readonly attributes?: string;
}

export function parseExtensionMap(text: string): ExtensionMap | undefined {
  const match = /^(\d{1,4})(?:\/(\w+))? +(\S+)(?: +(.*))?$/.exec(text.trim());
  if (match === null) return undefined;
  const [, id, direction, uri, attributes] = match as unknown as (string | undefined)[];
  return {
    id: Number(id),
    ...(direction !== undefined && isDirection(direction) && { direction }),
    uri: uri!,
    ...(attributes !== undefined && { attributes }),
  };
}

export function formatExtensionMap({ id, direction, uri, attributes }: ExtensionMap): string {
  return `${id}${direction === undefined ? "" : `/${direction}`} ${uri}${attributes === undefined ? "" : ` ${attributes}`}`;
}
