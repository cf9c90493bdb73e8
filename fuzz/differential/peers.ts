/**
 * Other parsers of SIP that follow the grammar: JsSIP, which the workspace has, and SIP.js where bench/parse-peers is installed. The
 * packages `sip` and `drachtio-sip`, which are there, too, are no judges: they know no IPv6, cut tags at the first octet beyond ASCII
 * and undo escapes in methods.
 */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Facts } from "./facts.ts";

export interface PeerParser {
  readonly name: string;
  /** `undefined`: it refuses the message. May throw, which is the same. */
  readonly read: (text: string) => Facts | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: the peers have no types of their own that fit.
type Untyped = any;

export async function openPeers(): Promise<PeerParser[]> {
  const require = createRequire(import.meta.url);
  const peers = [jssip(require("jssip/lib/Parser.js"))];
  const folder = fileURLToPath(new URL("../../bench/parse-peers/", import.meta.url));
  if (!existsSync(`${folder}node_modules/sip.js`)) return peers;
  const sipJs: Untyped = await import(pathToFileURL(`${folder}node_modules/sip.js/lib/core/messages/parser.js`).href);
  peers.push(sipJsPeer(sipJs.Parser));
  return peers;
}

/** What is there, in lower case. */
const lower = (text: unknown): string | undefined => (typeof text === "string" ? text.toLowerCase() : undefined);
const present = <T>(value: T | null | undefined): T | undefined => value ?? undefined;

function jssip(parser: Untyped): PeerParser {
  return {
    name: "jssip",
    read(text) {
      const message = parser.parseMessage(text, {});
      if (!message) return undefined;
      const contact = message.hasHeader("contact") ? message.parseHeader("contact") : undefined;
      const uri = contact?.uri;
      return {
        kind: message.status_code ?? message.method,
        branch: present(message.via_branch),
        sentBy: lower(message.via?.host),
        sentByPort: present(message.via?.port),
        fromTag: present(message.from_tag),
        toTag: present(message.to_tag),
        sequence: present(message.cseq),
        cseqMethod: present(message.parseHeader("cseq")?.method),
        callId: present(message.call_id),
        contactUser: present(uri?.user),
        contactHost: lower(uri?.host),
        contactPort: present(uri?.port),
      };
    },
  };
}

function sipJsPeer(parser: Untyped): PeerParser {
  const silent = { warn() {}, error() {}, log() {}, debug() {} };
  return {
    name: "sip.js",
    read(text) {
      const message = parser.parseMessage(text, silent);
      if (!message) return undefined;
      const uri = message.hasHeader("contact") ? message.parseHeader("contact")?.uri : undefined;
      return {
        kind: message.statusCode ?? message.method,
        branch: present(message.viaBranch),
        sentBy: lower(message.via?.host),
        sentByPort: present(message.via?.port),
        fromTag: present(message.fromTag),
        toTag: present(message.toTag),
        sequence: present(message.cseq),
        cseqMethod: present(message.parseHeader("cseq")?.method),
        callId: present(message.callId),
        contactUser: present(uri?.user),
        contactHost: lower(uri?.host),
        contactPort: present(uri?.port),
      };
    },
  };
}
