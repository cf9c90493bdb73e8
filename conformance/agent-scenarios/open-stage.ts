/** Opens a stage on free ports of loopback: a user agent with media, or the core of one. */

import { systemClock, TimerWheel } from "@trapezoid/base";
import { openUserAgent } from "@trapezoid/call/node";
import { createUserAgentCore, type UserAgentCore } from "@trapezoid/sip/agent";
import { nodeHash } from "@trapezoid/sip/auth/node";
import type { Locator } from "@trapezoid/sip/locate";
import { openTransport } from "@trapezoid/sip/transport/node";
import { ownMediaPorts } from "../../interop/rig/ports.ts";
import type { Role } from "./role.ts";
import { Stage, type StagePart } from "./stage.ts";

const address = "sip:trapezoid@agent.test";

export async function openStage(role: Role, host: string, transport: "udp" | "tcp"): Promise<Stage> {
  const stage = new Stage(host, transport);
  stage.set(role.core === undefined ? await openAgent(stage, role) : await openCore(stage, role));
  role.listen?.(stage);
  return stage;
}

async function openAgent(stage: Stage, { settings }: Role): Promise<StagePart> {
  const { host, transport: kind } = stage;
  const agent = await openUserAgent({
    address,
    listen: [{ kind, host, port: 0 }],
    transport: kind,
    mediaAddress: host,
    mediaPorts: ownMediaPorts,
    locator: locatorOf(stage),
    onMessage: () => undefined,
    onError: (error) => stage.errors.push(error),
    ...settings,
  });
  const { core, listeners } = agent;
  const { port } = listeners[0]!.endpoints[0]!;
  // Whoever it would say goodbye to is gone.
  return { core, agent, port, close: () => agent.close({ graceMs: 0 }) };
}

async function openCore(stage: Stage, role: Role): Promise<StagePart> {
  const { host, transport: kind } = stage;
  const wheel = new TimerWheel({ clock: systemClock });
  let core: UserAgentCore | undefined;
  const transport = openTransport({
    wheel,
    handler: { onMessage: (text, flow) => core?.transportHandler.onMessage(text, flow) },
  });
  const listener = await transport.listen({ kind, host, port: 0 });
  const own = createUserAgentCore({
    transport,
    locator: locatorOf(stage),
    wheel,
    hash: nodeHash,
    identity: { address },
    onError: (error) => stage.errors.push(error),
    ...role.core!(stage),
  });
  core = own;
  const close = async (): Promise<void> => {
    await own.close({ graceMs: 0 });
    await transport.close();
    wheel.close();
  };
  return { core: own, agent: undefined, port: listener.endpoints[0]!.port, close };
}

function locatorOf(stage: Stage): Pick<Locator, "locate" | "reportFailure" | "reportSuccess"> {
  return { locate: (uri) => [stage.targetOf(uri)], reportFailure: () => {}, reportSuccess: () => {} };
}
