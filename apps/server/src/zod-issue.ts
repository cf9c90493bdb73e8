/** One line per problem that zod found: where, what was expected, what is there. */

import type { ZodError } from "zod";

type Issue = ZodError["issues"][number];

/** Keys whose values are not repeated in a message. */
const secretKey = /pass|secret|token|key/i;

/** Whether a setting (`trunks.acme.register`) is known to come in a later version. */
export type IsPlanned = (path: string) => boolean;

/** `trunks.acme.target: expected a SIP URI, found 42`. The first issue says enough; the rest are counted. */
export function describeIssues(error: ZodError, input: unknown, isPlanned: IsPlanned = () => false): string {
  const first = error.issues[0];
  if (first === undefined) return "invalid";
  const more = error.issues.length - 1;
  return describeIssue(first, input, isPlanned) + (more > 0 ? ` (and ${more} more)` : "");
}

function describeIssue(issue: Issue, input: unknown, isPlanned: IsPlanned): string {
  if (issue.code === "invalid_union" && !issue.message.startsWith("expected ")) {
    const deepest = deepestOf(issue.errors);
    if (deepest !== undefined) {
      return describeIssue({ ...deepest, path: [...issue.path, ...deepest.path] } as Issue, input, isPlanned);
    }
  }
  const path = issue.path.map(String);
  const found = path.length === 0 ? input : at(input, issue.path);
  const where = path.length === 0 ? "" : `${formatPath(issue.path)}: `;
  if (issue.code === "unrecognized_keys") {
    const planned = issue.keys.map((key) => formatPath([...issue.path, key])).find(isPlanned);
    if (planned !== undefined) return `${planned} is not in this version yet; remove it`;
    return `${where}unknown setting ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}; check the spelling`;
  }
  const secret = path.some((key) => secretKey.test(key));
  return `${where}${expectation(issue)}, found ${secret ? describeType(found) : describeValue(found)}`;
}

/** The branch of a union that got furthest is the one that was meant. */
function deepestOf(branches: readonly (readonly Issue[])[]): Issue | undefined {
  let deepest = branches[0]?.[0];
  for (const issues of branches) {
    const first = issues[0];
    if (first === undefined) continue;
    const depth = first.path.length + (first.code === "unrecognized_keys" ? 1 : 0);
    if (depth > (deepest?.path.length ?? 0)) deepest = first;
  }
  return deepest;
}

function expectation(issue: Issue): string {
  // Schemas of ours say what they expect; zod's own words start with "Invalid".
  if (issue.message.startsWith("expected ")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${article(issue.expected)}`;
    case "invalid_value":
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "too_small":
      return `expected ${issue.origin === "array" || issue.origin === "string" ? "a length of" : ""} at least ${issue.minimum}`.replace(
        "  ",
        " ",
      );
    case "too_big":
      return `expected ${issue.origin === "array" || issue.origin === "string" ? "a length of" : ""} at most ${issue.maximum}`.replace(
        "  ",
        " ",
      );
    default:
      return issue.message;
  }
}

function article(expected: string): string {
  if (expected === "int") return "a whole number";
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

/** `domains[0].name`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

/** A value, shortened, for a message. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (value instanceof Promise) return "a promise";
  if (typeof value === "object" && value !== null) return describeType(value);
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function describeType(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : article(typeof value);
}
