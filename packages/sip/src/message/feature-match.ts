/** Whether what a caller prefers and what a contact can do go together. RFC 3841 §7.2.4, RFC 2533 §4. */

import type { Feature, FeatureFilter } from "./feature-tags.ts";
import { equalsIgnoreCase } from "./lexer.ts";

/**
 * Whether some call would satisfy both: no tag that both name excludes the other's values. A tag that only one of them names
 * excludes nothing.
 */
export function featuresMatch(preferred: readonly Feature[], offered: readonly Feature[]): boolean {
  return preferred.every((wanted) => {
    const has = named(offered, wanted.tag);
    return has === undefined || overlap(wanted, has);
  });
}

/** The share of the preferred tags that the contact names at all, 0 to 1: RFC 3841's score. An empty preference scores 1. */
export function featureScore(preferred: readonly Feature[], offered: readonly Feature[]): number {
  if (preferred.length === 0) return 1;
  return preferred.filter(({ tag }) => named(offered, tag) !== undefined).length / preferred.length;
}

function named(features: readonly Feature[], tag: string): Feature | undefined {
  return features.find((feature) => equalsIgnoreCase(feature.tag, tag));
}

function overlap(a: Feature, b: Feature): boolean {
  if (a.filters === undefined || b.filters === undefined) {
    // RFC 3841 §7.2.4: texts are compared with case; a text is no token.
    return a.filters === undefined && b.filters === undefined && a.text === b.text;
  }
  const others = b.filters;
  return a.filters.some((one) => others.some((other) => compatible(one, other)));
}

function compatible(a: FeatureFilter, b: FeatureFilter): boolean {
  const x = intervals(a);
  const y = intervals(b);
  if (x !== undefined && y !== undefined) return x.some((one) => y.some((other) => intersect(one, other)));
  // A number is no token: all that it can satisfy is a negation.
  if (x !== undefined || y !== undefined) return (x === undefined ? a : b).negated;
  if (a.negated && b.negated) return true;
  return equalsIgnoreCase(word(a), word(b)) === (a.negated === b.negated);
}

function word(filter: FeatureFilter): string {
  if (filter.kind === "token") return filter.value;
  return filter.kind === "boolean" && filter.value ? "TRUE" : "FALSE";
}

/** From and to, and whether the ends belong to it. */
interface Interval {
  readonly least: number;
  readonly most: number;
  readonly open: boolean;
}

/** What a numeric filter lets through; `undefined` for others. */
function intervals(filter: FeatureFilter): readonly Interval[] | undefined {
  if (filter.kind !== "number" && filter.kind !== "range") return undefined;
  const [least, most] = ends(filter);
  if (!filter.negated) return [{ least, most, open: false }];
  return [
    { least: -Infinity, most: least, open: true },
    { least: most, most: Infinity, open: true },
  ].filter((interval) => interval.least < interval.most);
}

function ends(filter: FeatureFilter & { readonly kind: "number" | "range" }): readonly [number, number] {
  if (filter.kind === "range") return [filter.least, filter.most];
  const { relation, value } = filter;
  return [relation === "<=" ? -Infinity : value, relation === ">=" ? Infinity : value];
}

function intersect(a: Interval, b: Interval): boolean {
  const least = Math.max(a.least, b.least);
  const most = Math.min(a.most, b.most);
  if (least !== most) return least < most;
  // The one value that they share at most must belong to both.
  return holds(a, least) && holds(b, least);
}

function holds({ least, most, open }: Interval, value: number): boolean {
  return open ? value > least && value < most : value >= least && value <= most;
}
