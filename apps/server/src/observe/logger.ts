/** The log: JSON lines on standard error. Everything below sees the small interface only. */

import { pino } from "pino";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, unknown>>;

/** Messages are constant texts; what varies is in the fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  /** Default `info`; `silent` writes nothing. */
  readonly level?: LogLevel | "silent";
  /** Default: standard error. */
  readonly write?: (line: string) => void;
}

const levels: readonly string[] = ["debug", "info", "warn", "error", "silent"];

/** `TRAPEZOID_LOG`, or `info` when it is not set or says nothing known. */
export function logLevelOf(text: string | undefined): LogLevel | "silent" {
  return text !== undefined && levels.includes(text) ? (text as LogLevel | "silent") : "info";
}

export function createLogger(options: LoggerOptions = {}): Logger {
  const destination = options.write === undefined ? pino.destination({ fd: 2, sync: true }) : { write: options.write };
  const log = pino(
    {
      level: options.level ?? "info",
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void =>
      log.isLevelEnabled(level) ? log[level](withoutSecrets(fields), message) : undefined;
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A logger that hands its lines to another thread. */
export function createForwardingLogger(
  level: LogLevel | "silent",
  forward: (level: LogLevel, message: string, fields: LogFields) => void,
): Logger {
  const lowest = levels.indexOf(level);
  const at =
    (own: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (levels.indexOf(own) >= lowest) forward(own, message, withoutSecrets(fields));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const secretName = /pass(word|phrase)?$|secret|^token$|apitoken|authorization|^ha1|credential|privatekey/i;
const secretLine = /((?:proxy-)?authorization[ \t]*:)[^\r\n]*/gi;

/** Fields whose name says secret lose their value, and so do Authorization lines in texts, however deep. */
export function withoutSecrets(fields: LogFields): LogFields {
  return clean(fields, 0) as LogFields;
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === "string")
    return value.includes("uthorization") ? value.replace(secretLine, "$1 [secret]") : value;
  if (value instanceof Error)
    return { name: value.name, message: value.message, code: (value as { code?: unknown }).code };
  if (typeof value !== "object" || value === null || depth > 4) return value;
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, secretName.test(name) ? "[secret]" : clean(item, depth + 1)]),
  );
}
