/** Calls of somebody else in words: who talks to whom, what rings. RFC 4235. */

import { childNamed, elementsNamed, parseXml, type XmlElement } from "./xml.ts";

/** `undefined`: this is no dialog-info. */
export function dialogWords(body: string): string | undefined {
  const root = parseXml(body);
  if (root?.name !== "dialog-info") return undefined;
  const dialogs = elementsNamed(root, "dialog");
  if (dialogs.length === 0) return root.attributes.state === "partial" ? "nothing has changed" : "idle: no calls";
  return dialogs.map(oneDialog).join("; ");
}

function oneDialog(dialog: XmlElement): string {
  const state = childNamed(dialog, "state");
  const { direction } = dialog.attributes;
  const party = partyOf(childNamed(dialog, "remote"));
  const [incoming, outgoing] = [direction === "recipient", direction === "initiator"];
  const towards = incoming ? "from" : outgoing ? "to" : "with";
  const whom = party === undefined ? "" : ` ${towards} ${party}`;
  switch (state?.text.toLowerCase()) {
    case "trying":
    case "proceeding":
      return `${incoming ? "a call arrives" : "dials"}${whom}`;
    case "early":
      return `${incoming ? "rings: a call" : "hears ringing: a call"}${whom}`;
    case "confirmed":
      return `in a call${whom}`;
    case "terminated": {
      const why = state?.attributes.event;
      return `a call${whom} is over${why === undefined ? "" : ` (${why})`}`;
    }
    default:
      return `a call${whom}: ${state?.text || "state unknown"}`;
  }
}

function partyOf(side: XmlElement | undefined): string | undefined {
  const identity = childNamed(side, "identity");
  if (identity === undefined) return childNamed(side, "target")?.attributes.uri;
  return identity.attributes.display || identity.text.replace(/^sips?:/, "") || undefined;
}
