/** Registrations of somebody in words: which phones they have. RFC 3680. */

import { childNamed, elementsNamed, parseXml } from "./xml.ts";

/** `undefined`: this is no reginfo. */
export function registrationWords(body: string): string | undefined {
  const root = parseXml(body);
  if (root?.name !== "reginfo") return undefined;
  return elementsNamed(root, "registration")
    .map((registration) => {
      const who = (registration.attributes.aor ?? "somebody").replace(/^sips?:/, "");
      const contacts = elementsNamed(registration, "contact").filter(
        ({ attributes }) => attributes.state !== "terminated",
      );
      if (contacts.length === 0) return `${who} has no phone registered`;
      const uris = contacts.map((contact) => childNamed(contact, "uri")?.text ?? "?");
      return `${who} is registered at ${uris.join(", ")}`;
    })
    .join("; ");
}
