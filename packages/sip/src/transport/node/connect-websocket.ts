/** Opening WebSocket connections. RFC 7118 §4. */

import { isIPv6, type LookupFunction, type Socket } from "node:net";
import { WebSocket } from "ws";
import { bracket } from "../../message/host.ts";
import { connectTimeout } from "../errors.ts";
import { type Connecting, tlsOptions } from "./connect.ts";
import { connectError, targetText } from "./connect-error.ts";
import { frameLimits } from "./websocket-upgrade.ts";

/** As `connectStream`. The name that was looked up goes into Host and SNI, the connection to the target's address. */
export function connectWebSocket<T>(
  connecting: Connecting,
  path: string,
  adopt: (ws: WebSocket, socket: Socket) => T,
): Promise<T> {
  const { core, target, contexts, localAddress, signal } = connecting;
  const { connectMs } = core.timeouts;
  const found = [{ address: target.address, family: isIPv6(target.address) ? 6 : 4 }];
  const lookup: LookupFunction = (_host, options, callback) => {
    if (options.all === true) callback(null, found);
    else callback(null, found[0]!.address, found[0]!.family);
  };
  return new Promise((resolve, reject) => {
    const url = `${target.kind}://${bracket(target.serverName ?? target.address)}:${target.port}${path}`;
    const ws = new WebSocket(url, ["sip"], {
      perMessageDeflate: false,
      ...frameLimits(core),
      followRedirects: false,
      lookup,
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(target.kind === "wss" ? tlsOptions(target, contexts) : {}),
    } as object);
    let socket: Socket | undefined;
    const timer = core.wheel.after(connectMs, () => {
      core.counters.connectionsCut.connectMs++;
      fail(connectTimeout(targetText(target), connectMs));
    });
    const onAbort = (): void => fail(signal.reason);
    signal.addEventListener("abort", onAbort);
    const settle = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener("abort", onAbort);
      ws.off("error", fail);
      ws.off("close", onClose);
    };
    const fail = (error: unknown): void => {
      settle();
      ws.on("error", () => {});
      ws.terminate();
      reject(connectError(error, target));
    };
    const onClose = (): void => fail(new Error("the peer closed the connection"));
    ws.once("error", fail);
    ws.once("close", onClose);
    ws.once("upgrade", (response) => {
      socket = response.socket;
    });
    ws.once("open", () => {
      settle();
      // ws refuses an answer without the subprotocol that was asked for (RFC 7118 §4.2).
      resolve(adopt(ws, socket!));
    });
  });
}
