/** What somebody wrote, to be laid over defaults. */

/** Without the keys whose value is `undefined`, which must not hide a default. */
export function defined<T extends object>(value: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, entry]) => entry !== undefined)) as never;
}
