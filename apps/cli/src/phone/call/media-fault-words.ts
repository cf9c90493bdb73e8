/** Why nothing may be heard, from where media goes and what the descriptions said. RFC 3264, RFC 1918, RFC 6598. */

import { isNullAddress, parseSdp } from "@trapezoid/sdp";
import { formatEndpoint } from "@trapezoid/sip/transport";
import type { MediaFault } from "./media-watch.ts";

export interface MediaFaultFacts {
  /** Who is at the other end. */
  readonly remote: string;
  /** `address:port` that we send to. */
  readonly sendsTo: string | undefined;
  /** The last session descriptions. */
  readonly ours: string | undefined;
  readonly theirs: string | undefined;
  readonly seconds: number;
}

export function mediaFaultWords(fault: MediaFault, facts: MediaFaultFacts): string {
  const { remote, seconds } = facts;
  switch (fault) {
    case "came-back":
      return `${remote} is heard again`;
    case "stopped":
      return `nothing has come from ${remote} for ${seconds} s: their phone stopped sending, or the network lost it`;
    case "never-came":
      return `nothing is heard from ${remote}: no sound has come in ${seconds} s. ${placesWords(facts)}`;
  }
}

function placesWords({ sendsTo, ours, theirs }: MediaFaultFacts): string {
  const [mine, yours] = [mediaPlace(ours), mediaPlace(theirs)];
  const said: string[] = [];
  if (yours !== undefined) {
    const text = formatEndpoint(yours.address, yours.port);
    const elsewhere =
      sendsTo === undefined || sendsTo === text ? "" : `, but we send to ${sendsTo}, where it came from`;
    said.push(`Their description says ${text}${kindWords(yours.address)}${elsewhere}.`);
  }
  if (mine !== undefined) {
    said.push(`Ours told them to send to ${formatEndpoint(mine.address, mine.port)}${kindWords(mine.address)}.`);
  }
  const isHidden = [mine, yours].some((place) => place !== undefined && addressKind(place.address) === "private");
  said.push(
    isHidden
      ? "Most likely a NAT is in between, and a private address means nothing on its other side: let the server relay the media, or give your public address with --advertise."
      : "A firewall may stop it, or the other side sends nothing.",
  );
  return said.join(" ");
}

interface MediaPlace {
  readonly address: string;
  readonly port: number;
}

/** Where the first sound of a description is to be sent. */
export function mediaPlace(description: string | undefined): MediaPlace | undefined {
  if (description === undefined) return undefined;
  const parsed = parseSdp(description);
  const audio = parsed.ok ? parsed.value.media.find(({ kind, port }) => kind === "audio" && port !== 0) : undefined;
  if (audio?.connection === undefined || isNullAddress(audio.connection.address)) return undefined;
  return { address: audio.connection.address, port: audio.port };
}

export type AddressKind = "private" | "loopback" | "link-local" | "public";

/** What an address reaches. Names count as public. */
export function addressKind(address: string): AddressKind {
  const text = address.toLowerCase();
  if (/^127\.|^::1$/.test(text)) return "loopback";
  if (/^169\.254\.|^fe[89ab][0-9a-f]?:/.test(text)) return "link-local";
  // RFC 1918, RFC 6598 §7, RFC 4193.
  if (
    /^10\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|^f[cd][0-9a-f]{0,2}:/.test(
      text,
    )
  ) {
    return "private";
  }
  return "public";
}

function kindWords(address: string): string {
  switch (addressKind(address)) {
    case "private":
      return ", a private address";
    case "loopback":
      return ", an address that means one's own machine";
    case "link-local":
      return ", an address that is good on one wire only";
    case "public":
      return "";
  }
}
