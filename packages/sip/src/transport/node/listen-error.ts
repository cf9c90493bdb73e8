/** What a failed `listen` means for the person who configured it. */

import type { TrapezoidError } from "@trapezoid/base";
import type { ListenUri } from "../contract.ts";
import { addressInUse, addressNotOurs, listenFailed, portForbidden } from "../errors.ts";
import { formatListenUri } from "../host-port.ts";

export function listenError(cause: unknown, uri: ListenUri): TrapezoidError {
  const text = formatListenUri(uri);
  const { code, message } = cause as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return addressInUse.from(cause, text);
    case "EACCES":
      return portForbidden.from(cause, text);
    case "EADDRNOTAVAIL":
    case "EAFNOSUPPORT":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return addressNotOurs.from(cause, text);
    default:
      return listenFailed.from(cause, text, message);
  }
}
