/** What a user agent is given for what was typed. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { err, type Fault, ok, type Result } from "@trapezoid/base";
import type { MediaProfile, TransferRequest } from "@trapezoid/call";
import type { NodeUserAgentSettings } from "@trapezoid/call/node";
import {
  formatNameAddr,
  formatUri,
  isIpAddress,
  isIpv6,
  type NameAddr,
  type SipUri,
  unbracket,
} from "@trapezoid/sip/message";
import type { ListenUri, TransportKind } from "@trapezoid/sip/transport";
import { shownName, shownUri } from "./addresses.ts";
import { faultOfFile } from "./file-faults.ts";

export interface PhoneChoices {
  readonly as: NameAddr | undefined;
  readonly proxy: SipUri | undefined;
  readonly password: string | undefined;
  readonly user: string | undefined;
  readonly transport: TransportKind | undefined;
  readonly listen: readonly ListenUri[] | undefined;
  readonly tlsCa: readonly string[];
  readonly tlsInsecure: boolean;
  readonly webSocketPath: string;
  readonly dnsServers: readonly string[] | undefined;
}

/** RFC 3323 §4.1.1.3: who does not say who it is. */
const nobody = '"Anonymous" <sip:anonymous@anonymous.invalid>';

/** Each has its own identity in ZRTP: two that share one could not call each other (RFC 6189 §4.9). */
function zrtpFileOf(as: NameAddr | undefined): string {
  return `zrtp-${as === undefined ? "nobody" : encodeURIComponent(shownUri(as.uri))}`;
}

export async function phoneSettings(choices: PhoneChoices): Promise<Result<NodeUserAgentSettings, Fault>> {
  const { as, proxy, password, user, transport, listen, dnsServers } = choices;
  const authorities: string[] = [];
  for (const file of choices.tlsCa) {
    try {
      authorities.push(await readFile(file, "utf8"));
    } catch (error) {
      return err({
        code: "PHONE_NO_CA",
        message: `cannot read ${file} (--tls-ca): ${faultOfFile(error)}`,
        offset: 0,
      });
    }
  }
  const tls = {
    ...(authorities.length === 0 ? {} : { ca: authorities }),
    ...(choices.tlsInsecure ? { verifyServers: false } : {}),
  };
  return ok({
    address: as === undefined ? nobody : formatNameAddr(as),
    ...(password === undefined ? {} : { password }),
    ...(user === undefined ? {} : { user }),
    ...(proxy === undefined ? {} : { proxy: formatUri(proxy) }),
    ...(transport === undefined ? {} : { transport }),
    ...(listen === undefined ? {} : { listen }),
    ...(Object.keys(tls).length === 0 ? {} : { tls }),
    ...(dnsServers === undefined ? {} : { dnsServers }),
    webSocket: { clientPath: choices.webSocketPath },
  });
}

export interface MediaChoices {
  readonly codecs: readonly string[] | undefined;
  readonly srtp: "off" | "offer" | "required" | undefined;
  readonly zrtp: boolean | "required";
  /** Where it is remembered whose words were compared, if there is such a folder. */
  readonly dataFolder: string;
  readonly address: string | undefined;
  readonly advertise: string | undefined;
  readonly ports: readonly [from: number, to: number] | undefined;
  readonly followTransfers: boolean;
}

export function mediaSettings(choices: MediaChoices, as: NameAddr | undefined): Partial<NodeUserAgentSettings> {
  const { codecs, srtp, zrtp, dataFolder, address, advertise, ports, followTransfers } = choices;
  const media: MediaProfile = {
    ...(codecs === undefined ? {} : { codecs }),
    ...(srtp === undefined ? {} : { srtp }),
    ...(zrtp === false ? {} : { zrtp }),
  };
  return {
    media,
    ...(zrtp !== false && existsSync(dataFolder) ? { zrtpFile: join(dataFolder, zrtpFileOf(as)) } : {}),
    onTransfer: followTransfers ? "follow" : refuseTransfer,
    ...(address === undefined ? {} : { mediaAddress: address }),
    ...(advertise === undefined ? {} : { advertise }),
    ...(ports === undefined ? {} : { mediaPorts: ports }),
  };
}

/** Whoever sits here learns what was asked, and how it would be done. */
function refuseTransfer({ call, target }: TransferRequest): boolean {
  const text = `wants to send us to ${shownUri(target)}, and was refused; --follow-transfers would go there`;
  call.events.emit("warning", `${shownName(call.remote)} ${text}`);
  return false;
}

/**
 * Listeners for a first hop, where none were asked for: IPv6 ones for an IPv6 address, both kinds for a name on a machine that has both.
 * `undefined`: those that a user agent has by default.
 */
export function listenersFor(host: string, interfaces = networkInterfaces()): readonly ListenUri[] | undefined {
  const v6: readonly ListenUri[] = [
    { kind: "udp", host: "::", port: 0 },
    { kind: "tcp", host: "::", port: 0 },
  ];
  if (isIpv6(unbracket(host))) return v6;
  const reachesV6 = Object.values(interfaces).some((all) =>
    all?.some(({ family, internal, address }) => family === "IPv6" && !internal && !/^fe80/i.test(address)),
  );
  if (isIpAddress(host) || !reachesV6) return undefined;
  return [{ kind: "udp", host: "0.0.0.0", port: 0 }, { kind: "tcp", host: "0.0.0.0", port: 0 }, ...v6];
}
