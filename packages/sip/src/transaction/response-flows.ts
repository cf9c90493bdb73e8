/** New flows for responses whose own connection is gone, or which may not go back where their request came from. RFC 3261 §18.2.2, RFC 3263 §5. */

import type { Locator } from "../locate/contract.ts";
import type { Flow, Transport } from "../transport/contract.ts";
import { viaTransport } from "../transport/default-port.ts";
import { isLoopback } from "../transport/host-port.ts";
import { meansThisHost, type ResponseTarget } from "../transport/response-target.ts";
import type { ReopenFlow } from "./response-fallback.ts";

export interface ResponseFlowsOptions {
  readonly transport: Pick<Transport, "flowTo">;
  /** Without `locateSentBy` no names are looked up. */
  readonly locator: Partial<Pick<Locator, "locateSentBy">>;
}

export function responseFlows({ transport, locator }: ResponseFlowsOptions): ReopenFlow {
  /** RFC 3263 §5: the places of sent-by, in turn. */
  const bySentBy = async (
    kind: ResponseTarget["kind"],
    sentBy: NonNullable<ResponseTarget["fallback"]>,
    from: Flow,
  ): Promise<Flow> => {
    const located = (await locator.locateSentBy?.({ transport: viaTransport(kind), ...sentBy })) ?? [];
    // What a stranger writes into a Via must not make this host call itself.
    const targets = located.filter((target) => !meansThisHost(target.address) || isLoopback(from.remote.address));
    let failure: unknown = new RangeError("the Via names no place to answer to");
    for (const target of targets) {
      try {
        return await transport.flowTo(target, from);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  };

  return (target, from) => {
    const { kind, host, port, numeric, fallback } = target;
    if (!numeric || port === undefined) return bySentBy(kind, { host, port }, from);
    // The certificate must prove the name that the peer gave for itself, where it gave one.
    const named = kind === "tls" ? { serverName: fallback?.host ?? host } : {};
    const flow = transport.flowTo({ kind, address: host, port, ...named }, from);
    if (fallback === undefined || !(flow instanceof Promise)) return flow;
    return flow.catch(() => bySentBy(kind, fallback, from));
  };
}
