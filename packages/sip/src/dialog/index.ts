/** Dialogs: RFC 3261 §12 with the usages of RFC 5057. Runs in Node and in browsers. */

export * from "./contract.ts";
export { dialogOfRequest, dialogOfResponse } from "./create-dialog.ts";
export { Dialog, type DialogParts, type InDialogRequest, type Order } from "./dialog.ts";
export { type DialogInput, DialogState, dialogTable, nextDialogState } from "./dialog-state.ts";
export { DialogTable } from "./dialog-table.ts";
export { effectOfResponse, type ResponseEffect } from "./response-effect.ts";
export {
  asRequestUri,
  type RoutedRequest,
  type RouteSet,
  routeRequest,
  routeSetOfRequest,
  routeSetOfResponse,
} from "./route-set.ts";
