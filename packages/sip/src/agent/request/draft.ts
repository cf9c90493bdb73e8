/** A request of ours before it has a way out: all but Via, CSeq, Contact and credentials, which each attempt has anew. RFC 3261 §8.1.1. */

import type { HeaderLine as AuthorizationLine } from "../../auth/digest-client.ts";
import { buildRequest, type HeaderLine } from "../../message/build.ts";
import { bracket } from "../../message/host.ts";
import type { Uri } from "../../message/values.ts";
import type { Flow } from "../../transport/contract.ts";
import { viaTransport } from "../../transport/default-port.ts";
import type { LocalIdentity } from "../core/identity.ts";
import type { SessionBody } from "../session/values.ts";

export interface RequestDraft {
  readonly method: string;
  readonly requestUri: string;
  /** Values of Route. */
  readonly route: readonly string[];
  /** What is located. */
  readonly nextHop: Uri;
  /** Left by while it is open, without looking anything up. */
  readonly flow?: Flow | undefined;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly identity: LocalIdentity;
  /** It belongs to a dialog. */
  readonly isWithin: boolean;
  /** The value of Contact, for the flow that the request leaves by. */
  readonly contact?: ((flow: Flow) => string) | undefined;
  readonly headers: readonly HeaderLine[];
  /** What only trusted neighbours are told (RFC 3325 §5). */
  readonly headersFor?: ((flow: Flow) => readonly HeaderLine[]) | undefined;
  readonly body?: SessionBody | undefined;
}

/** Via of an element of ours; with rport, so that answers find us behind a NAT (RFC 3581 §3). */
export function viaLine(flow: Flow, branch: string): HeaderLine {
  const { host, port } = flow.advertised;
  const rport = flow.kind === "udp" ? ";rport" : "";
  return ["Via", `SIP/2.0/${viaTransport(flow.kind)} ${bracket(host)}:${port}${rport};branch=${branch}`];
}

export interface Attempt {
  readonly flow: Flow;
  readonly branch: string;
  readonly sequence: number;
  readonly authorization: readonly AuthorizationLine[];
}

/** The whole text. */
export function formatDraft(draft: RequestDraft, attempt: Attempt): string {
  const { method, body } = draft;
  const { flow, branch, sequence, authorization } = attempt;
  const headers: HeaderLine[] = [viaLine(flow, branch), ["Max-Forwards", "70"]];
  for (const route of draft.route) headers.push(["Route", route]);
  headers.push(["From", draft.from], ["To", draft.to], ["Call-ID", draft.callId], ["CSeq", `${sequence} ${method}`]);
  if (draft.contact !== undefined) headers.push(["Contact", draft.contact(flow)]);
  headers.push(...authorization, ...draft.headers);
  if (draft.headersFor !== undefined) headers.push(...draft.headersFor(flow));
  if (body !== undefined) headers.push(...bodyLines(body));
  return buildRequest({ method, uri: draft.requestUri, headers, body: body?.body });
}

export function bodyLines(body: SessionBody): HeaderLine[] {
  return [["Content-Type", body.contentType], ...(body.headers ?? [])];
}
