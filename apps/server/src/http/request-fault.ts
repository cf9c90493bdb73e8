/** What is wrong with a request, for whoever wrote it: which field, what was expected, what to do. */

interface FieldSchema {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  /** In a few words: it is shown. */
  readonly description?: string;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
}

/** What the validator found; with its option `verbose`, the schema too. */
interface SchemaFault {
  readonly keyword: string;
  /** `/seconds`. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: FieldSchema;
}

export interface RequestError extends Error {
  readonly statusCode?: number;
  readonly code?: string;
  readonly validation?: readonly SchemaFault[];
}

const json = "Content-Type: application/json is expected, and JSON in the body";

/** A sentence about an error below 500. */
export function requestFault(error: RequestError, bodyLimitBytes: number): string {
  const fault = error.validation?.[0];
  if (fault !== undefined) return schemaFault(fault);
  switch (error.code) {
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return `the body is of a type that is not read here: ${json}`;
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return "the body is empty: send JSON, or leave out Content-Type: application/json";
    case "FST_ERR_CTP_INVALID_JSON_BODY":
      return "the body is not JSON, though Content-Type says so: check its quotes, commas and braces";
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return `the body is too large: ${bodyLimitBytes} octets are the most`;
    default:
      return error.message;
  }
}

function schemaFault({ keyword, instancePath, params, parentSchema = {} }: SchemaFault): string {
  const name = instancePath.slice(1);
  if (keyword === "additionalProperties") {
    return `"${params.additionalProperty}" is not known here; known are ${fieldsOf(parentSchema)}`;
  }
  if (keyword === "required") return `"${params.missingProperty}" is missing; known are ${fieldsOf(parentSchema)}`;
  if (name === "") return `an object was expected, of ${fieldsOf(parentSchema)}: ${json}`;
  return `${name}: ${kindOf(parentSchema)} was expected`;
}

/** `source (an address or a network), reason (a note)`. */
function fieldsOf({ properties = {} }: FieldSchema): string {
  const described = ([name, { description }]: readonly [string, FieldSchema]): string =>
    description === undefined ? name : `${name} (${description})`;
  return Object.entries(properties).map(described).join(", ");
}

function kindOf({ type, minimum, maximum, maxLength }: FieldSchema): string {
  if (type === "string") return maxLength === undefined ? "text" : `text of at most ${maxLength} characters`;
  const bounds = [
    ...(minimum === undefined ? [] : [`at least ${minimum}`]),
    ...(maximum === undefined ? [] : [`at most ${maximum}`]),
  ];
  const kind = type === "integer" ? "a whole number" : `another value (${type})`;
  return bounds.length === 0 ? kind : `${kind} of ${bounds.join(" and ")}`;
}
