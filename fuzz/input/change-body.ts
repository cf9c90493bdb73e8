/** Changes to a body: multipart with faulty boundaries, octets, length. RFC 2046 §5.1. */

import { changeValue } from "./change-value.ts";
import type { Corpus } from "./corpus.ts";
import { type Draft, nameOf } from "./draft.ts";
import { pools } from "./pools.ts";
import type { Random } from "./random.ts";

const boundaries = ["b", "", "a b", "--", "b--", "=_x", "'()+_,-./:=?", "b".repeat(70), "b".repeat(71), '"', "é"];

/** The body in a multipart, or several in each other, of which something may be missing. */
function multipart(random: Random, draft: Draft): void {
  const depth = random.chance(0.1) ? 1 + random.int(40) : 1 + random.small(3);
  let boundary = "";
  for (let level = 0; level < depth; level++) {
    boundary = random.pick(boundaries);
    const part = `Content-Type: ${level === 0 ? "text/plain" : `multipart/mixed;boundary="${boundary}"`}\r\n\r\n${draft.body}`;
    const parts = Array.from(
      { length: 1 + random.small(3) },
      () => `--${boundary}${random.pick(["\r\n", " \r\n", "\n", ""])}${part}`,
    );
    const end = random.pick([
      `\r\n--${boundary}--\r\n`,
      `\r\n--${boundary}--`,
      "",
      `--${boundary}`,
      `\r\n--${boundary}\r\n`,
    ]);
    draft.body = parts.join(random.pick(["\r\n", "", "\n"])) + end;
    if (draft.body.length > 20_000) break;
  }
  const quoted = random.chance(0.6) ? `"${boundary}"` : boundary;
  const type = `Content-Type: multipart/${random.pick(["mixed", "alternative", "", "signed"])};boundary=${quoted}`;
  const at = draft.lines.findIndex((line) => /^(content-type|c)$/i.test(nameOf(line)));
  if (at === -1) draft.lines.push(type);
  else draft.lines[at] = type;
}

/** A line of a session description, or of any other text: moved, doubled, left out, its value changed. */
function changeLine(random: Random, body: string): string {
  const lines = body.split("\r\n");
  const at = random.int(lines.length);
  const line = lines[at]!;
  switch (random.int(5)) {
    case 0:
      return lines.toSpliced(at, 1).join("\r\n");
    case 1:
      return lines.toSpliced(random.int(lines.length), 0, line).join("\r\n");
    case 2:
      return lines.toSpliced(at, 1).toSpliced(random.int(lines.length), 0, line).join("\r\n");
    default:
      return lines.with(at, line.slice(0, 2) + changeValue(random, line.slice(2))).join("\r\n");
  }
}

export function changeBody(random: Random, draft: Draft, corpus: Corpus): void {
  const { body } = draft;
  if (body.startsWith("v=") && random.chance(0.6)) {
    for (let n = random.small(3); n >= 0; n--) draft.body = changeLine(random, draft.body);
    return;
  }
  const at = random.int(body.length + 1);
  switch (random.int(7)) {
    case 0:
    case 1:
      multipart(random, draft);
      break;
    case 2:
      draft.body = body.slice(0, at);
      break;
    case 3:
      draft.body = body.slice(0, at) + random.pick(pools.octets) + body.slice(at);
      break;
    case 4:
      draft.body = random.pick(corpus.seeds).draft.body;
      break;
    case 5:
      // A second message behind the first, as on a stream.
      draft.body += random.pick(corpus.seeds).text;
      break;
    default:
      draft.body = body.slice(0, at) + random.pick(pools.splinters) + body.slice(at);
  }
}
