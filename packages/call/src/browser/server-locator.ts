/** Where requests go from a browser: to the one server that its WebSocket leads to, whatever their target. RFC 7118 §5. */

import type { UserAgentOptions } from "@trapezoid/sip/agent";
import type { Target } from "@trapezoid/sip/transport";

/** Throws `TypeError` when `url` is none. */
export function serverLocator(url: string): UserAgentOptions["locator"] {
  const { protocol, hostname, port } = new URL(url);
  const kind = protocol === "wss:" ? "wss" : "ws";
  const target: Target = {
    kind,
    address: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (kind === "wss" ? 443 : 80) : Number(port),
  };
  const targets = [target];
  return { locate: () => targets, reportFailure: () => {}, reportSuccess: () => {} };
}
