/** What a failed connection means. */

import { TrapezoidError } from "@trapezoid/base";
import type { Target } from "../contract.ts";
import { certificateRejected, connectFailed, connectRefused } from "../errors.ts";
import { formatEndpoint } from "../host-port.ts";

export function targetText(target: Target): string {
  const name = target.serverName === undefined ? "" : ` (${target.serverName})`;
  return `${target.kind}://${formatEndpoint(target.address, target.port)}${name}`;
}

export function connectError(cause: unknown, target: Target): TrapezoidError {
  if (cause instanceof TrapezoidError) return cause;
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const to = targetText(target);
  if (code === "ECONNREFUSED") return connectRefused.from(cause, to);
  // The codes of X509_verify_cert and of node:tls.
  if (/CERT|SELF_SIGNED|VERIFY|CRL|ERR_TLS_/.test(code)) return certificateRejected.from(cause, to, message);
  return connectFailed.from(cause, to, message);
}
