/** A registrar and redirect server on loopback, of a few lines: programs register with it, and calls find them. */

import { systemClock, TimerWheel } from "@trapezoid/base";
import { createUserAgentCore, type IncomingRequest } from "@trapezoid/sip/agent";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { createLocator, createStaticDns } from "@trapezoid/sip/locate";
import { Contact, formatUri, isSipUri, type Uri } from "@trapezoid/sip/message";
import type { TransportHandler } from "@trapezoid/sip/transport";
import { openTransport } from "@trapezoid/sip/transport/node";

export interface Switchboard extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly domain: string;
  /** Resolves with the URI that this user registered. */
  registered(user: string): Promise<string>;
  /** Somebody who does not register. */
  add(user: string, uri: string): void;
}

export async function openSwitchboard(): Promise<Switchboard> {
  const contacts = new Map<string, string>();
  const waiting = new Map<string, (uri: string) => void>();
  const wheel = new TimerWheel({ clock: systemClock });
  let handler: TransportHandler | undefined;
  const transport = openTransport({
    wheel,
    handler: {
      onMessage: (...args) => handler?.onMessage(...args),
      onSendError: (...args) => handler?.onSendError?.(...args),
    },
  });
  const listener = await transport.listen({ kind: "udp", host: "127.0.0.1", port: 0 });
  const add = (user: string, uri: string): void => {
    contacts.set(user, uri);
    waiting.get(user)?.(uri);
  };
  const core = createUserAgentCore({
    transport,
    wheel,
    locator: createLocator({ dns: createStaticDns(""), clock: systemClock, transports: ["udp"] }),
    hash: nodeHash,
    identity: { address: "sip:switchboard@127.0.0.1" },
    handlers: {
      onInvite: (session) => {
        const uri = contacts.get(userIn(session.invite.uri));
        if (uri === undefined) return { status: 404 };
        return { status: 302, headers: [["Contact", `<${uri}>`]] };
      },
      methods: {
        REGISTER: ({ request }: IncomingRequest) => {
          const [contact] = request.getAll(Contact);
          if (contact === undefined || contact === "*") return { status: 400 };
          add(userIn(request.to?.uri), formatUri(contact.uri));
          return { status: 200, headers: [["Contact", Contact.format(contact)]] };
        },
      },
    },
  });
  handler = core.transportHandler;
  return {
    domain: `127.0.0.1:${listener.endpoints[0]!.port}`,
    add,
    registered: (user) =>
      new Promise((resolve) => {
        const uri = contacts.get(user);
        if (uri === undefined) waiting.set(user, resolve);
        else resolve(uri);
      }),
    async [Symbol.asyncDispose]() {
      await core.close();
      await transport.close();
    },
  };
}

function userIn(uri: Uri | undefined): string {
  return uri !== undefined && isSipUri(uri) ? (uri.user ?? "") : "";
}
