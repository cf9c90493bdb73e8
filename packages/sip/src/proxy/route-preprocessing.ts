/** Our own part of the route taken off before anything is decided. RFC 3261 §16.4. */

import { HeaderId } from "../message/header-id.ts";
import type { SipRequest } from "../message/message.ts";
import { getParam, withoutParam } from "../message/params.ts";
import { formatUri, isSipUri, parseUri } from "../message/uri.ts";
import type { SipUri } from "../message/values.ts";
import type { Flow } from "../transport/contract.ts";
import type { Routed } from "./contract.ts";
import { dialogOf } from "./dialog-proof.ts";
import { parseToken, shortestTokenLength, type TokenContents } from "./dialog-token.ts";
import { type Environment, isOwnAddress } from "./environment.ts";
import { type ListValue, listValues } from "./list-values.ts";

const Route = HeaderId.Route;

export function preprocessRoute(request: SipRequest, flow: Flow, environment: Environment): Routed {
  const uri = request.uri;
  if (request.findLine(Route) === -1) {
    return {
      requestUri: withoutOwnMaddr(request.requestUri, uri, flow, environment),
      ownRoutes: 0,
      hasRoute: false,
      dialog: undefined,
    };
  }
  const routes = listValues(request, Route);
  const callId = request.callId ?? "";
  let left = routes.length;
  let requestUri = request.requestUri;
  // The first token faces the sender, the last one leads on: they differ where a request passes us twice.
  let first: TokenContents | undefined;
  let token: TokenContents | undefined;
  let strictRouted = false;
  if (uri !== undefined && isSipUri(uri) && left > 0) {
    // A Request-URI that we once wrote into Record-Route: the sender is a strict router, the true one is the last Route value.
    const own = uri.user === undefined ? undefined : tokenIn(uri.user, callId, environment);
    const last = own === undefined ? "" : uriText(request, routes[left - 1]!);
    // What is no URI cannot be the Request-URI that a strict router put there.
    if (last !== "" && parseUri(last).ok) {
      first = own;
      token = own;
      strictRouted = true;
      left--;
      requestUri = last;
    }
  }
  if (!strictRouted) requestUri = withoutOwnMaddr(requestUri, uri, flow, environment);
  let ownRoutes = 0;
  let previous = "";
  while (ownRoutes < left) {
    const text = uriText(request, routes[ownRoutes]!);
    // A request that passed us twice in a row, or between two of our addresses (RFC 5658), has several: the last one leads on.
    const user = userIn(text);
    if (user !== "" && user === previous) ownRoutes++;
    else {
      const found = user === "" ? undefined : tokenIn(user, callId, environment);
      if (found === undefined && !isOwnRoute(text, environment)) break;
      token = found ?? token;
      first ??= found;
      previous = found === undefined ? "" : user;
      ownRoutes++;
    }
  }
  const hasRoute = ownRoutes < left;
  const dialog =
    first === undefined || token === undefined
      ? undefined
      : dialogOf(
          environment,
          request,
          flow,
          first,
          token,
          hasRoute ? uriText(request, routes[ownRoutes]!) : requestUri,
        );
  return { requestUri, ownRoutes, hasRoute, strictRouted, dialog };
}

function uriText(request: SipRequest, value: ListValue): string {
  return request.text.slice(value.uriStart, value.uriEnd);
}

/** The user part of a SIP URI's text; empty when there is none. */
function userIn(text: string): string {
  const at = text.indexOf("@");
  return at === -1 ? "" : text.slice(text.indexOf(":") + 1, at);
}

function tokenIn(user: string, callId: string, environment: Environment): TokenContents | undefined {
  return user.length < shortestTokenLength ? undefined : parseToken(environment.tokenKey, user, callId);
}

function isOwnRoute(text: string, environment: Environment): boolean {
  const uri = parseUri(text);
  return uri.ok && isSipUri(uri.value) && isOwnAddress(environment, uri.value.host, uri.value.port);
}

/** A maddr that is ours, on the port and transport that the request came by, has done its work. */
function withoutOwnMaddr(text: string, uri: SipRequest["uri"], flow: Flow, environment: Environment): string {
  if (uri === undefined || !isSipUri(uri) || uri.params.length === 0) return text;
  const maddr = getParam(uri.params, "maddr");
  if (maddr === undefined || !cameBy(uri, flow) || !isOwnAddress(environment, maddr, uri.port)) return text;
  // With it go a port and transport that are not the default ones.
  const params = withoutParam(uri.params, "maddr");
  const transport = getParam(params, "transport")?.toLowerCase();
  return formatUri({
    ...uri,
    port: uri.port === (uri.scheme === "sips" ? 5061 : 5060) ? uri.port : undefined,
    params: transport === (uri.scheme === "sips" ? "tcp" : "udp") ? params : withoutParam(params, "transport"),
  });
}

function cameBy(uri: SipUri, flow: Flow): boolean {
  const secure = uri.scheme === "sips";
  const named = getParam(uri.params, "transport")?.toLowerCase();
  const kind = secure ? (named === "ws" ? "wss" : "tls") : (named ?? "udp");
  const port = uri.port ?? (kind === "tls" ? 5061 : 5060);
  return kind === flow.kind && (port === flow.local.port || port === flow.advertised.port);
}
