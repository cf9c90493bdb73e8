/** The protocol of an m= line: how RTP travels, and what its names have in common. RFC 3551, 3711, 4585, 5124, 5764, 7850. */

export interface Profile {
  /** SRTP is announced: SAVP or SAVPF. */
  readonly secure: boolean;
  /** Feedback is announced: AVPF or SAVPF. */
  readonly feedback: boolean;
  /** Keys come from DTLS: UDP/TLS/RTP/…. */
  readonly dtls: boolean;
}

/** `undefined` for what is not RTP. `protocol` in upper case. */
export function profileOf(protocol: string): Profile | undefined {
  const match = /^(?:(UDP|TCP)\/(TLS|DTLS)\/|UDP\/|TCP\/)?RTP\/(S?)AVP(F?)$/.exec(protocol);
  if (match === null) return undefined;
  return { secure: match[3] === "S", feedback: match[4] === "F", dtls: match[2] !== undefined };
}

export function formatProfile({ secure, feedback, dtls }: Profile): string {
  return `${dtls ? "UDP/TLS/" : ""}RTP/${secure ? "S" : ""}AVP${feedback ? "F" : ""}`;
}
