/** REFER in and outside of sessions: sent, and received. RFC 3515. */

import type { HeaderLine } from "../../message/build.ts";
import type { SipRequest } from "../../message/message.ts";
import { escapeParam, isSipUri } from "../../message/uri.ts";
import type { Uri } from "../../message/values.ts";
import type { ServerTransaction } from "../../transaction/contract.ts";
import type { OutsideReferOptions, RequestOptions } from "../contract.ts";
import { decide } from "../core/decide.ts";
import type { Environment } from "../core/environment.ts";
import { newCallId, newSessionId } from "../core/identifiers.ts";
import type { LocalIdentity } from "../core/identity.ts";
import { toUri } from "../core/target.ts";
import { targetDialogOf } from "../core/target-dialog.ts";
import { wrongState } from "../errors.ts";
import { answerLines } from "../request/answer.ts";
import { errorOf, sendInDialog } from "../request/dialog-request.ts";
import { sendOutside } from "../request/outside-request.ts";
import type { IncomingRefer, InviteSession } from "../session/contract.ts";
import type { InDialog } from "../session/house.ts";
import { sessionIdLine } from "../session/session-id.ts";
import type { WaitingSubscribers } from "../subscription/waiting-subscribers.ts";
import type { OutgoingRefer, ReferOptions } from "./contract.ts";
import { checkRefer, ReferEntry } from "./incoming.ts";
import { ReferUsage, referLines } from "./outgoing.ts";

/** Within a session's dialog. A session as target is one that the peer is to call in its place: attended transfer (RFC 5589 §7.3). */
export async function referInSession(
  environment: Environment,
  session: InDialog,
  target: Uri | string | InviteSession,
  options: ReferOptions,
): Promise<OutgoingRefer> {
  const { current, identity } = session;
  if (current === undefined) throw wrongState("REFER", "without a dialog", "in one");
  const { dialog } = current;
  const uri = isSession(target) ? targetOf(target) : toUri(target);
  const usage = new ReferUsage(environment, identity, options);
  usage.join(dialog);
  const outcome = await sendInDialog(environment, dialog, identity, {
    ...session.lines.inDialog("REFER", current),
    headers: [...session.lines.request("REFER", current), ...referLines(identity, uri, options)],
    signal: options.signal,
    onSequence: (sequence) => usage.sentAs(sequence),
    onUsageLost: (status) => session.onUsageLost(current, status),
  });
  if (outcome.response === undefined || outcome.status >= 300) {
    usage.end();
    throw errorOf("REFER", outcome, options.signal);
  }
  usage.accepted(outcome.response);
  return usage;
}

/** Outside of any dialog; the reports make one. */
export async function referOutside(
  environment: Environment,
  waiting: WaitingSubscribers,
  identity: LocalIdentity,
  target: Uri,
  referTo: Uri,
  options: RequestOptions & OutsideReferOptions,
): Promise<OutgoingRefer> {
  const { hash, transactions, capabilities } = environment;
  const callId = newCallId(hash);
  const localTag = transactions.newTag();
  const usage = new ReferUsage(environment, identity, options);
  const registration = waiting.add(callId, localTag, usage);
  usage.await(localTag, () => registration[Symbol.dispose]());
  let sequence = 0;
  const { headers: _own, ...request } = options;
  const outcome = await sendOutside(environment, {
    method: "REFER",
    target,
    identity,
    options: request,
    callId,
    localTag,
    headers: [
      sessionIdLine(newSessionId(hash), undefined),
      ["Supported", capabilities.supported],
      ...capabilities.productLine("User-Agent"),
      ...targetDialogLines(options.targetDialog),
      ...referLines(identity, referTo, options),
    ],
    signal: options.signal,
    nextSequence: () => {
      usage.sentAs(++sequence);
      return sequence;
    },
  });
  if (outcome.response === undefined || outcome.status >= 300) {
    usage.end();
    throw errorOf("REFER", outcome, options.signal);
  }
  usage.accepted(outcome.response);
  return usage;
}

/** RFC 4538 §3. */
function targetDialogLines(session: InviteSession | undefined): HeaderLine[] {
  if (session === undefined) return [];
  return [
    ["Require", "tdialog"],
    ["Target-Dialog", session.targetDialogValue()],
  ];
}

/** `undefined`: it has been refused. */
export function receiveRefer(
  environment: Environment,
  transaction: ServerTransaction,
  request: SipRequest,
  identity: LocalIdentity,
  session: InDialog | undefined,
): IncomingRefer | undefined {
  const refusal = checkRefer(request);
  if (refusal !== undefined) {
    answerLines(environment, transaction, request, refusal);
    return undefined;
  }
  const { dialogs } = environment;
  const dialog = session === undefined ? undefined : dialogs.ofRequest(request);
  const targetDialog = session === undefined ? targetDialogOf(request, dialogs) : undefined;
  return new ReferEntry({ environment, identity, transaction, request, dialog, inDialog: session, targetDialog });
}

/** Asks a handler, and refuses what it leaves alone. */
export function decideRefer(
  environment: Environment,
  refer: IncomingRefer,
  handler: (refer: IncomingRefer) => void | Promise<void>,
): void {
  decide(environment, () => handler(refer)).then(
    () => refer.refuse(603),
    () => refer.refuse(500),
  );
}

function isSession(target: Uri | string | InviteSession): target is InviteSession {
  return typeof target === "object" && "replacesValue" in target;
}

/** RFC 5589 §7.3: the other call's peer, and the dialog that is to be replaced there. */
function targetOf(session: InviteSession): Uri {
  const contact = session.leg?.remoteTarget;
  const uri = contact !== undefined && isRoutable(contact) ? contact : session.remoteAddress.uri;
  if (contact === undefined || !isSipUri(uri)) throw wrongState("an attended transfer", session.state, "in a dialog");
  return { ...uri, headers: [["Replaces", escapeParam(session.replacesValue())]] };
}

/** RFC 5589 §7.3: a Contact that leads nowhere outside of its dialog is not for others; browsers write names under `.invalid` (RFC 7118 §8). */
function isRoutable(contact: Uri): boolean {
  return !isSipUri(contact) || !/\.invalid\.?$/i.test(contact.host);
}
