/** ICE in the description. RFC 8839 §5. */

export interface IceCandidate {
  readonly foundation: string;
  /** 1 RTP, 2 RTCP. */
  readonly component: number;
  /** `UDP`, `TCP`; in upper case. */
  readonly transport: string;
  readonly priority: number;
  readonly address: string;
  readonly port: number;
  /** `host`, `srflx`, `prflx`, `relay`. */
  readonly type: string;
  readonly relatedAddress?: string;
  readonly relatedPort?: number;
  /** What follows, in pairs: `tcptype passive`, `generation 0`. */
  readonly extensions: readonly (readonly [name: string, value: string])[];
}

export interface IceParameters {
  readonly ufrag: string;
  readonly password: string;
  readonly lite: boolean;
  /** `trickle`, `renomination`, … */
  readonly options: readonly string[];
  readonly candidates: readonly IceCandidate[];
  readonly endOfCandidates: boolean;
}

/** The value of a=candidate; `undefined` when it is none. */
export function parseCandidate(text: string): IceCandidate | undefined {
  const match = /^([A-Za-z0-9+/]{1,32}) +(\d{1,3}) +(\S+) +(\d{1,10}) +(\S+) +(\d{1,5}) +typ +(\S+)(.*)$/.exec(
    text.trim(),
  );
  if (match === null) return undefined;
  const [, foundation, component, transport, priority, address, port, type, rest] = match as unknown as string[];
  const words = rest!
    .trim()
    .split(/ +/)
    .filter((word) => word !== "");
  const extensions: [string, string][] = [];
  for (let index = 0; index + 1 < words.length; index += 2) extensions.push([words[index]!, words[index + 1]!]);
  const related = extensions.find(([name]) => name === "raddr")?.[1];
  const relatedPort = extensions.find(([name]) => name === "rport")?.[1];
  if (Number(port) > 65_535) return undefined;
  return {
    foundation: foundation!,
    component: Number(component),
    transport: transport!.toUpperCase(),
    priority: Number(priority),
    address: address!,
    port: Number(port),
    type: type!,
    ...(related !== undefined && { relatedAddress: related }),
    ...(relatedPort !== undefined && { relatedPort: Number(relatedPort) }),
    extensions: extensions.filter(([name]) => name !== "raddr" && name !== "rport"),
  };
}

export function formatCandidate(candidate: IceCandidate): string {
  const { foundation, component, transport, priority, address, port, type, relatedAddress, relatedPort } = candidate;
  const words = [foundation, component, transport, priority, address, port, "typ", type];
  if (relatedAddress !== undefined) words.push("raddr", relatedAddress);
  if (relatedPort !== undefined) words.push("rport", relatedPort);
  for (const [name, value] of candidate.extensions) words.push(name, value);
  return words.join(" ");
}
