/** Writes docs/reference/header-fields.md from the table of header fields: `node -C dev tools/header-field-reference.ts`. */

import { writeFileSync } from "node:fs";
import path from "node:path";
import * as message from "@trapezoid/sip/message";
import { root } from "./source-files.ts";

export const referenceFile: string = path.join(root, "docs/reference/header-fields.md");

const intro = `# Header fields

The header fields that have a type, and where each may stand. A field is read with \`message.get(Event)\` or, where several values may
come, \`message.getAll(Contact)\`; it is parsed when it is asked for and not before. \`Event.parse(text)\` and
\`Event.format(value)\` are each other's inverse. Reading is liberal and never throws: what cannot be read is \`undefined\`, and
\`message.fault\` says what was wrong and at which octet. Writing is strict: what the grammar cannot hold is a \`TypeError\`.

All others, those of 3GPP and of vendors among them, pass untouched and are read as text, \`message.header("X-Own")\`;
\`defineHeader\` gives one a type. Encryption, Hide and Response-Key of RFC 2543, which RFC 3261 dropped, are such, too.

\`\`\`ts
import { Contact, parseMessage, RegId } from "@trapezoid/sip/message";

const parsed = parseMessage("REGISTER sip:a.example SIP/2.0\\r\\nm: <sip:bob@192.0.2.4>;reg-id=1\\r\\n\\r\\n");
const contact = parsed.ok ? parsed.value.get(Contact) : undefined;
RegId.get(contact === undefined || contact === "*" ? [] : contact.params); // → 1
\`\`\`

*List*: several values may share a line, separated by commas, and several lines may follow each other. *Stands in*: methods, and statuses
of responses, as the tables of the RFCs have them.

`;

const paramsIntro = `
## Parameters

Each value keeps its parameters in order, unknown ones included. Those with a type are views of that list:
\`Refresher.get(value.params)\` is the value, or \`undefined\` where it is absent or does not fit; \`Refresher.set(value.params, "uac")\`
is a list with it set. \`readFeatures(params)\` reads the predicates of RFC 3840 in Contact, Accept-Contact, Reject-Contact and
Feature-Caps, \`featuresMatch\` compares them (RFC 3841 §7.2.4). \`parseProducts(text)\` takes User-Agent and Server apart.

`;

const uriIntro = `
## Parameters of SIP URIs

Read from, and set in, \`uri.params\`.

`;

const { Ob, Gr, PnProvider, PnParam, PnPrid, PnPurr, MailboxTarget, MailboxCause } = message;
const uriParams = [Ob, Gr, PnProvider, PnParam, PnPrid, PnPurr, MailboxTarget, MailboxCause];

/** The name that the package exports a value under. */
function exportName(value: unknown): string {
  const found = Object.entries(message).find(([, exported]) => (exported as unknown) === value);
  if (found === undefined) throw new TypeError("the table names what the package does not export");
  return found[0];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

const code = (text: string): string => `\`${text}\``;

/** The whole page. */
export function headerFieldReference(): string {
  const fields = message.headerFields.map((entry) => [
    entry.name,
    entry.compact ?? "",
    code(exportName(entry.field)),
    entry.value.includes("<") ? code(entry.value) : entry.value,
    entry.list ? "list" : "",
    entry.where,
    entry.source,
  ]);
  const params = message.headerFields.flatMap((entry) =>
    entry.params.length === 0
      ? []
      : [[entry.name, entry.params.map((param) => `${code(param.name)} ${code(exportName(param))}`).join(", ")]],
  );
  const ofUris = uriParams.map((param) => [code(param.name), code(exportName(param))]);
  return (
    intro +
    table(["Name", "Compact", "Type", "A value is", "List", "Stands in", "Defined by"], fields) +
    paramsIntro +
    table(["Header field", "Parameters and their types"], params) +
    uriIntro +
    table(["Parameter", "Type"], ofUris)
  );
}

if (import.meta.main) writeFileSync(referenceFile, headerFieldReference());
