/** Opening connections: TCP, TLS with the peer's name checked, WS and WSS. RFC 5922 §7.3, RFC 7118. */

import { connect as connectTcp, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from "node:tls";
import type { Target } from "../contract.ts";
import { connectTimeout, identityMismatch } from "../errors.ts";
import { provesIdentity, sipIdentities } from "../identity.ts";
import { connectError, targetText } from "./connect-error.ts";
import type { TransportCore } from "./core.ts";
import { namesOf } from "./peer-names.ts";
import type { TlsContexts } from "./tls-contexts.ts";

export interface Connecting {
  readonly core: TransportCore;
  readonly target: Target;
  readonly contexts: TlsContexts;
  readonly localAddress: string | undefined;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Opens TCP or TLS; `adopt` gets the socket once it is connected and has proved its peer's name, in the same turn, so that
 * no octet comes before somebody listens. Rejects with a transport error.
 */
export function connectStream<T>(connecting: Connecting, adopt: (socket: Socket) => T): Promise<T> {
  const { core, target, contexts, localAddress, signal } = connecting;
  const { connectMs, tcpKeepAliveMs } = core.timeouts;
  const options = {
    host: target.address,
    port: target.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: tcpKeepAliveMs,
    ...(localAddress === undefined ? {} : { localAddress }),
  };
  return new Promise((resolve, reject) => {
    const secure = target.kind === "tls";
    const socket = secure ? connectTls({ ...options, ...tlsOptions(target, contexts) }) : connectTcp(options);
    const timer = core.wheel.after(connectMs, () => {
      core.counters.connectionsCut.connectMs++;
      fail(connectTimeout(targetText(target), connectMs));
    });
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener("abort", onAbort);
    const settle = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", onAbort);
      socket.off("error", fail);
      socket.off("close", onClose);
    };
    const fail = (error: unknown): void => {
      settle();
      // `error` may come again after destroy.
      socket.on("error", () => {});
      socket.destroy();
      reject(connectError(error, target));
    };
    const onClose = (): void => fail(new Error("the peer closed the connection"));
    socket.once("error", fail);
    socket.once("close", onClose);
    socket.once(secure ? "secureConnect" : "connect", () => {
      settle();
      resolve(adopt(socket));
    });
  });
}

/** What node:tls needs to reach `target` and to check who answers. */
export function tlsOptions(target: Target, contexts: TlsContexts) {
  const wanted = target.serverName ?? target.address;
  const { context, verify } = contexts.clientFor(wanted);
  return {
    secureContext: context,
    // RFC 6066 §3: no address is a server name.
    ...(isIP(wanted) === 0 ? { servername: wanted } : {}),
    rejectUnauthorized: verify,
    checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
      checkIdentity(target.kind, wanted, certificate),
  };
}

function checkIdentity(kind: Target["kind"], wanted: string, certificate: PeerCertificate): Error | undefined {
  const names = namesOf(certificate);
  if (provesIdentity(names, wanted)) return undefined;
  // A WebSocket is an HTTPS connection, whose certificates may hold wildcards (RFC 7118 §7, RFC 9110 §4.3.4).
  if (kind === "wss" && checkServerIdentity(wanted, certificate) === undefined) return undefined;
  return identityMismatch(wanted, sipIdentities(names));
}
