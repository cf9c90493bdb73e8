/** Format parameters, and whether two descriptions of a codec mean the same stream. RFC 8866 §6.15 and each payload format's RFC. */

export type FormatParameters = ReadonlyMap<string, string>;

/** `profile-level-id=42e01f;packetization-mode=1`, names in lower case. A value without a name has the name "". */
export function parseFormatParameters(text: string | undefined): FormatParameters {
  const parameters = new Map<string, string>();
  for (const part of (text ?? "").split(";")) {
    const trimmed = part.trim();
    if (trimmed === "") continue;
    const equals = trimmed.indexOf("=");
    if (equals === -1) parameters.set("", trimmed);
    else parameters.set(trimmed.slice(0, equals).trim().toLowerCase(), trimmed.slice(equals + 1).trim());
  }
  return parameters;
}

type Match = (local: FormatParameters, remote: FormatParameters) => boolean;

function same(name: string, absent: string): Match {
  return (local, remote) => (local.get(name) ?? absent).toLowerCase() === (remote.get(name) ?? absent).toLowerCase();
}

function all(...matches: readonly Match[]): Match {
  return (local, remote) => matches.every((match) => match(local, remote));
}

/** RFC 6184 §8.2.2: the profile must be the same; the level may differ and is negotiated down. */
const sameH264Profile: Match = (local, remote) =>
  h264Profile(local.get("profile-level-id")) === h264Profile(remote.get("profile-level-id"));

/** profile_idc and the constraint bits that change its meaning; baseline level 1 when absent (RFC 6184 §8.1). */
function h264Profile(text = "420010"): string {
  const idc = text.slice(0, 2).toLowerCase();
  const flags = Number.parseInt(text.slice(2, 4), 16) || 0;
  // RFC 6184 table 5: 42 with the second bit, 4D and 58 with the first are all constrained baseline.
  if (idc === "42") return flags & 0x40 ? "constrained baseline" : "baseline";
  if (idc === "4d") return flags & 0x80 ? "constrained baseline" : "main";
  if (idc === "58") return (flags & 0xc0) === 0xc0 ? "constrained baseline" : flags & 0x80 ? "baseline" : "extended";
  if (idc === "64") return flags & 0x08 ? "constrained high" : "high";
  return `${idc}${flags.toString(16)}`;
}

/** Codecs whose parameters change the stream itself; the others are what they are whatever their parameters say. */
const matches: Readonly<Record<string, Match>> = {
  h264: all(same("packetization-mode", "0"), sameH264Profile),
  h265: all(same("profile-id", "1"), same("tx-mode", "SRST")),
  vp9: same("profile-id", "0"),
  av1: all(same("profile", "0"), same("tier", "0")),
  // RFC 4867 §8.3.1: octet-aligned and bandwidth-efficient streams cannot be told apart by their receiver.
  amr: all(same("octet-align", "0"), same("crc", "0"), same("interleaving", "0")),
  "amr-wb": all(same("octet-align", "0"), same("crc", "0"), same("interleaving", "0")),
  // RFC 5577 §4.2.
  g7221: same("bitrate", ""),
  "mpeg4-generic": all(same("mode", ""), same("config", "")),
};

/** Whether one codec's parameters of ours and of theirs describe a stream that both understand. `name` in any case. */
export function parametersMatch(name: string, local: string | undefined, remote: string | undefined): boolean {
  const match = matches[name.toLowerCase()];
  return match === undefined || match(parseFormatParameters(local), parseFormatParameters(remote));
}
