/** Presence in words: whether somebody can be reached, what they are doing, what they say. RFC 3863, RFC 4479, RFC 4480. */

import { childNamed, elementsNamed, parseXml, type XmlElement } from "./xml.ts";

/** `undefined`: this is no PIDF. */
export function presenceWords(body: string): string | undefined {
  const root = parseXml(body);
  if (root?.name !== "presence") return undefined;
  const tuples = elementsNamed(root, "tuple");
  const states = tuples.map((tuple) => childNamed(childNamed(tuple, "status"), "basic")?.text.toLowerCase());
  const state = states.includes("open") ? "open" : states.includes("closed") ? "closed" : "unknown";
  const words = [
    state === "open" ? "open: can be reached" : state === "closed" ? "closed: cannot be reached" : "nothing is known",
  ];
  const activity = activitiesOf(root);
  if (activity.length > 0) words.push(activity.join(", "));
  const notes = [...new Set(elementsNamed(root, "note").map(({ text }) => text))].filter((text) => text !== "");
  return [words.join("; "), ...notes.map((note) => `"${note}"`)].join(" ");
}

/** RFC 4480 §3.2: `on-the-phone`, `away`. */
function activitiesOf(root: XmlElement): string[] {
  const activities = elementsNamed(root, "activities").flatMap(({ children }) => children);
  return [
    ...new Set(
      activities
        .filter(({ name }) => name !== "note" && name !== "unknown")
        .map(({ name }) => name.replaceAll("-", " ")),
    ),
  ];
}
