/** What has become of one attempt to change a session. RFC 3261 §14.1. */

import type { Outcome } from "../request/client-request.ts";
import type { ModifyResult } from "./values.ts";

/** `outcome`: it was refused, or nobody answered; `error`: it was taken, and came to nothing all the same. */
export type ChangeAttempt =
  | { readonly result: ModifyResult }
  | { readonly outcome: Outcome }
  | { readonly error: Error };
