/** The parsers of npm that bench/parse.ts measures against, each by its fastest public way to the same facts. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** What a proxy or user agent reads of every request. */
export interface Facts {
  readonly branch: unknown;
  readonly fromTag: unknown;
  readonly toTag: unknown;
  readonly sequence: unknown;
  readonly method: unknown;
  /** User and host of the Contact URI. */
  readonly contact: unknown;
}

export interface Contestant {
  readonly name: string;
  /** What one gets from a message at least. */
  readonly parse: (text: string) => unknown;
  readonly read: (text: string) => Facts;
}

// biome-ignore lint/suspicious/noExplicitAny: the peers have no types of their own that fit.
type Untyped = any;

export async function openPeers(): Promise<Contestant[]> {
  const folder = fileURLToPath(new URL("./parse-peers/", import.meta.url));
  if (!existsSync(`${folder}node_modules/sip.js`)) {
    console.error("installing the peers of bench/parse into bench/parse-peers …");
    const { status } = spawnSync("npm", ["ci"], { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
    if (status !== 0) throw new TypeError("npm ci failed in bench/parse-peers: the bench needs its peers");
  }
  const load = createRequire(`${folder}package.json`);
  const sip: Untyped = load("sip/sip.js");
  const drachtio: Untyped = load("drachtio-sip").parser;
  const jssip: Untyped = load("jssip/lib/Parser.js");
  const sipJs: Untyped = await import(pathToFileURL(`${folder}node_modules/sip.js/lib/core/messages/parser.js`).href);
  const silent = { warn() {}, error() {}, log() {}, debug() {} };
  const to = drachtio.getParser("to");
  const from = drachtio.getParser("from");
  const via = drachtio.getParser("via");
  const cseq = drachtio.getParser("cseq");
  const contact = drachtio.getParser("contact");
  return [
    {
      name: "sip",
      parse: (text) => sip.parse(text),
      read: (text) => {
        const { headers } = sip.parse(text);
        const uri = sip.parseUri(headers.contact[0].uri);
        return {
          branch: headers.via[0].params.branch,
          fromTag: headers.from.params.tag,
          toTag: headers.to.params.tag,
          sequence: headers.cseq.seq,
          method: headers.cseq.method,
          contact: `${uri.user}@${uri.host}`,
        };
      },
    },
    {
      name: "drachtio-sip",
      // `true`: values stay text until a parser is asked for; its own SipMessage does it that way.
      parse: (text) => drachtio.parseSipMessage(text, true),
      read: (text) => {
        const { headers } = drachtio.parseSipMessage(text, true);
        const sequence = cseq({ s: headers.cseq, i: 0 });
        const uri = drachtio.parseUri(contact({ s: headers.contact, i: 0 })[0].uri);
        return {
          branch: via({ s: headers.via, i: 0 })[0].params.branch,
          fromTag: from({ s: headers.from, i: 0 }).params.tag,
          toTag: to({ s: headers.to, i: 0 }).params.tag,
          sequence: sequence.seq,
          method: sequence.method,
          contact: `${uri.user}@${uri.host}`,
        };
      },
    },
    {
      name: "jssip",
      parse: (text) => jssip.parseMessage(text, {}),
      read: (text) => {
        const message = jssip.parseMessage(text, {});
        const { uri } = message.parseHeader("contact");
        return {
          branch: message.via_branch,
          fromTag: message.from_tag,
          toTag: message.to_tag,
          sequence: message.cseq,
          method: message.method,
          contact: `${uri.user}@${uri.host}`,
        };
      },
    },
    {
      name: "sip.js",
      parse: (text) => sipJs.Parser.parseMessage(text, silent),
      read: (text) => {
        const message = sipJs.Parser.parseMessage(text, silent);
        const { uri } = message.parseHeader("contact");
        return {
          branch: message.viaBranch,
          fromTag: message.fromTag,
          toTag: message.toTag,
          sequence: message.cseq,
          method: message.method,
          contact: `${uri.user}@${uri.host}`,
        };
      },
    },
  ];
}
