/**
 * What a party can do, as predicates over feature tags: the parameters of Contact, Accept-Contact, Reject-Contact and Feature-Caps.
 * RFC 3840 §5 and §9, RFC 6809 §6.3.
 */

import { equalsIgnoreCase } from "./lexer.ts";
import type { Param, Params } from "./values.ts";

/** One alternative of a predicate. Tokens are compared without case. */
export type FeatureFilter = { readonly negated: boolean } & (
  | { readonly kind: "token"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly relation: ">=" | "<=" | "="; readonly value: number }
  | { readonly kind: "range"; readonly least: number; readonly most: number }
);

/** A feature tag and what holds of it: a text, compared with case, or one of several alternatives. */
export type Feature = { readonly tag: string } & (
  | { readonly text: string; readonly filters?: undefined }
  | { readonly filters: readonly FeatureFilter[]; readonly text?: undefined }
);

/**
 * More features than this among one value's parameters are left out, and so is a feature with more alternatives: matching compares
 * each with each (RFC 3841 §11).
 */
export const maxFeatures = 64;

/** RFC 3840 §9, base-tags: these stand without plus sign, and without the `sip.` that all but the first two have. */
const baseTags: ReadonlySet<string> = new Set([
  "language",
  "type",
  ..."audio automata class duplex data control mobility description events priority methods schemes application video".split(
    " ",
  ),
  ..."isfocus actor text extensions".split(" "),
]);

/** The features among the parameters, in order; those that cannot be read are left out. */
export function readFeatures(params: Params): readonly Feature[] {
  const features: Feature[] = [];
  for (const param of params) {
    if (features.length === maxFeatures) break;
    const tag = tagOf(param.name);
    const feature = tag === undefined ? undefined : featureOf(tag, param.value);
    if (feature !== undefined) features.push(feature);
  }
  return features;
}

/** The feature of this tag, in any case: `sip.mobility`; `undefined` when it is absent or cannot be read. */
export function getFeature(params: Params, tag: string): Feature | undefined {
  const name = paramNameOf(tag);
  const param = params.find((one) => equalsIgnoreCase(one.name, name));
  return param === undefined ? undefined : featureOf(tag, param.value);
}

/** The parameters with this feature set: in its old place when it was there, else last. Throws `TypeError` on what cannot be written. */
export function withFeature(params: Params, feature: Feature): Params {
  const name = paramNameOf(feature.tag);
  if (!/^(?:\+[A-Za-z][A-Za-z0-9!'.%-]*|[a-z]+)$/.test(name)) throw new TypeError(`not a feature tag: ${feature.tag}`);
  const param = paramOf(name, feature);
  const at = params.findIndex((one) => equalsIgnoreCase(one.name, name));
  return at === -1 ? [...params, param] : params.with(at, param);
}

/** RFC 3840 §5: a slash is written as a single quote, a colon as an exclamation mark. */
function paramNameOf(tag: string): string {
  const lower = tag.toLowerCase();
  const base = lower.startsWith("sip.") ? lower.slice(4) : lower;
  if (baseTags.has(base) && (base !== lower) === (base !== "language" && base !== "type")) return base;
  return `+${tag.replaceAll("/", "'").replaceAll(":", "!")}`;
}

function tagOf(name: string): string | undefined {
  if (name.startsWith("+")) return name.slice(1).replaceAll("'", "/").replaceAll("!", ":");
  const lower = name.toLowerCase();
  if (!baseTags.has(lower)) return undefined;
  return lower === "language" || lower === "type" ? lower : `sip.${lower}`;
}

const isTrue: FeatureFilter = Object.freeze({ kind: "boolean", value: true, negated: false });

function featureOf(tag: string, value: string | undefined): Feature | undefined {
  if (value === undefined) return { tag, filters: [isTrue] };
  if (value.startsWith("<")) return value.endsWith(">") ? { tag, text: value.slice(1, -1) } : undefined;
  const filters: FeatureFilter[] = [];
  for (const part of value.split(",", maxFeatures + 1)) {
    const filter = filterOf(part.trim());
    if (filter === undefined) return undefined;
    filters.push(filter);
  }
  return filters.length > maxFeatures ? undefined : { tag, filters };
}

const number = "[+-]?[0-9]{1,300}(?:\\.[0-9]{0,300})?";
const comparison = new RegExp(`^#(>=|<=|=)(${number})$`);
const range = new RegExp(`^#(${number}):(${number})$`);

function filterOf(text: string): FeatureFilter | undefined {
  const negated = text.startsWith("!");
  const plain = negated ? text.slice(1) : text;
  if (plain.startsWith("#")) {
    const compared = comparison.exec(plain);
    if (compared !== null) {
      return { kind: "number", relation: compared[1] as ">=" | "<=" | "=", value: Number(compared[2]), negated };
    }
    const ranged = range.exec(plain);
    return ranged === null ? undefined : { kind: "range", least: Number(ranged[1]), most: Number(ranged[2]), negated };
  }
  const upper = plain.toUpperCase();
  if (upper === "TRUE" || upper === "FALSE") return { kind: "boolean", value: upper === "TRUE", negated };
  // Media types of the tag `type` have a slash, which the grammar leaves out.
  return /^[A-Za-z0-9\-.%*_+`'~/]+$/.test(plain) ? { kind: "token", value: plain, negated } : undefined;
}

function paramOf(name: string, feature: Feature): Param {
  const { filters } = feature;
  if (filters === undefined) {
    if (/[<>]/.test(feature.text)) throw new TypeError(`the text of ${feature.tag} may not hold angle brackets`);
    return { name, value: `<${feature.text}>`, quoted: true };
  }
  const only = filters.length === 1 ? filters[0]! : undefined;
  if (only?.kind === "boolean" && only.value && !only.negated) return { name, value: undefined };
  const parts = filters.map(formatFilter);
  if (parts.length === 0 || parts.some((part) => filterOf(part) === undefined)) {
    throw new TypeError(`the values of ${feature.tag} cannot be written: ${parts.join(",")}`);
  }
  return { name, value: parts.join(","), quoted: true };
}

function formatFilter(filter: FeatureFilter): string {
  const not = filter.negated ? "!" : "";
  switch (filter.kind) {
    case "token":
      return not + filter.value;
    case "boolean":
      return not + String(filter.value).toUpperCase();
    case "number":
      return `${not}#${filter.relation}${filter.value}`;
    case "range":
      return `${not}#${filter.least}:${filter.most}`;
    default:
      return filter satisfies never;
  }
}
