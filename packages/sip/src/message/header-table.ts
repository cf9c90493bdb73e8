/** Every header field that has a type, in one table for tools: names, compact forms, sources, types, parameters. */

import { coreRows } from "./header-table/core.ts";
import type { HeaderFieldEntry } from "./header-table/entry.ts";
import { extensionRows } from "./header-table/extension.ts";
import { privateRows } from "./header-table/private.ts";

export type { HeaderFieldEntry } from "./header-table/entry.ts";

/** In the order of their names. Naming it puts every field's code into a bundle. */
export const headerFields: readonly HeaderFieldEntry[] = [...coreRows, ...extensionRows, ...privateRows].sort((a, b) =>
  a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1,
);
