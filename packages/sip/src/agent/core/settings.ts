/** Defaults, and what an agent's options make of its capabilities. RFC 3261 §20.5, §20.37; RFC 4028 §4. */

import type { AgentCounters, AgentLimits, SessionTimerSettings, UserAgentOptions } from "../contract.ts";
import { Capabilities } from "./environment.ts";

export const defaultLimits: AgentLimits = {
  sessions: 1_000,
  legs: 16,
  redirects: 8,
  subscriptions: 1_000,
  digestPaths: 64,
  glareAttempts: 5,
  pendingRequests: 1_000,
};

export const defaultSessionTimer: SessionTimerSettings = { expiresSeconds: 1_800, minSeconds: 90, refresher: "any" };

export function zeroCounters(): AgentCounters {
  return {
    sessions: 0,
    sessionsIncoming: 0,
    sessionsOutgoing: 0,
    subscriptions: 0,
    registrations: 0,
    refused: {},
    pendingRequests: 0,
    requestsSent: 0,
    redirectsFollowed: 0,
    failovers: 0,
    challengesAnswered: 0,
    glares: 0,
    handlerErrors: 0,
  };
}

/** What we take whatever our owner does. */
const baseMethods = ["ACK", "CANCEL", "BYE", "OPTIONS", "PRACK", "UPDATE", "INFO", "NOTIFY"];
/** Extensions that this package looks after. */
const baseOptions = ["timer", "replaces", "join", "norefersub", "tdialog", "199", "gruu", "outbound"];

export function capabilitiesOf(options: UserAgentOptions): Capabilities {
  const { handlers = {}, reliableProvisional, accept = ["application/sdp"], supported = [] } = options;
  const extraMethods = Object.keys(handlers.methods ?? {});
  const methods = [...baseMethods];
  if (handlers.onInvite !== undefined) methods.unshift("INVITE");
  if (handlers.onMessage !== undefined) methods.push("MESSAGE");
  if (handlers.onRefer !== undefined) methods.push("REFER");
  if (handlers.onSubscribe !== undefined) methods.push("SUBSCRIBE");
  const reliable = reliableProvisional === "off" ? [] : ["100rel"];
  const connected = options.connectedIdentity === true ? ["from-change"] : [];
  return new Capabilities({
    methods: [...new Set([...methods, ...extraMethods])],
    extraMethods,
    options: [
      ...new Set([...reliable, ...baseOptions, ...connected, ...supported.map((option) => option.toLowerCase())]),
    ],
    types: accept.map((type) => type.toLowerCase()),
    eventPackages: options.eventPackages ?? [],
    product: options.product ?? "Trapezoid",
  });
}
