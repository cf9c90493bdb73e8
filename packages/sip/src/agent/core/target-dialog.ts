/** Which dialog of ours the sender of a request proves to know of. RFC 4538 §4. */

import type { DialogId } from "../../dialog/contract.ts";
import type { DialogTable } from "../../dialog/dialog-table.ts";
import { TargetDialog } from "../../message/fields/dialog.ts";
import { HeaderId } from "../../message/header-id.ts";
import type { SipRequest } from "../../message/message.ts";

/** `undefined` also where it names a dialog that is not there: then it is passed over. */
export function targetDialogOf(request: SipRequest, dialogs: DialogTable): DialogId | undefined {
  if (request.findLine(HeaderId["Target-Dialog"]) === -1) return undefined;
  const reference = request.get(TargetDialog);
  return reference === undefined ? undefined : dialogs.ofTargetDialog(reference);
}
