import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldValues } from "../../test/field-values.ts";
import { Values } from "../../test/message-values.ts";
import * as fields from "./fields.ts";
import { compactForms, headerId, knownHeaderNames } from "./header-id.ts";
import { parseMessage } from "./message.ts";
import type { HeaderField } from "./values.ts";

const v = new Values(20_260_101);
const all = Object.entries(fields) as unknown as [string, HeaderField<unknown>][];

for (const [constant, field] of all) {
  test(`${field.name}: parse(format(value)) is the value, alone and in a message`, () => {
    const generate = fieldValues[constant];
    assert.ok(generate, `no values for ${constant}`);
    for (let n = 0; n < 300; n++) {
      const value: unknown = generate(v);
      const written = field.format(value);
      assert.doesNotMatch(written, /[\r\n]|[^\0-\xff]/, "a value is one line of octets");
      assert.deepEqual(field.parse(written), { ok: true, value }, written);
      // In place, folded and in company: after an empty value, among others of its list.
      const line = field.list ? `${field.name}: , ${written} ,\r\n\t${written}` : `${field.name}:\r\n ${written}`;
      const message = parseMessage(`OPTIONS sip:a SIP/2.0\r\nOwn: y\r\n${line}\r\n\r\n`);
      assert.ok(message.ok);
      assert.deepEqual(message.value.getAll(field), field.list ? [value, value] : [value], line);
      assert.deepEqual(message.value.get(field), value);
    }
  });
}

/** White space around every semicolon that is no part of a quoted string or a URI in brackets (RFC 3261 §25.1, SEMI). */
function loose(text: string): string {
  return text.replace(/"(?:\\[\s\S]|[^"\\])*"|<[^>]*>|;/g, (part) => (part === ";" ? "\t; " : part));
}

test("white space around semicolons says nothing, in any field that has parameters (RFC 3261 §25.1)", () => {
  // Texts, words and comments keep their semicolons.
  const texts: ReadonlySet<string> = new Set([
    "Subject",
    "Organization",
    "User-Agent",
    "Server",
    "Call-ID",
    "In-Reply-To",
    "Retry-After",
  ]);
  let loosened = 0;
  for (const [constant, field] of all) {
    if (texts.has(field.name)) continue;
    for (let n = 0; n < 30; n++) {
      const value: unknown = fieldValues[constant]!(v);
      const written = loose(field.format(value));
      if (written.includes("\t;")) loosened++;
      assert.deepEqual(field.parse(` ${written}\t`), { ok: true, value }, `${field.name}: ${written}`);
    }
  }
  assert.ok(loosened > 500, `${loosened}`);
});

test("every header field with a number has a type, and the other way round", () => {
  assert.deepEqual(all.map(([, field]) => field.name).sort(), [...knownHeaderNames].sort());
  for (const [, { name, id, compact }] of all) {
    assert.equal(id, headerId(name));
    if (compact !== undefined) assert.equal(id, headerId(compact));
  }
  assert.deepEqual(
    all
      .filter(([, { compact }]) => compact !== undefined)
      .map(([, { name }]) => name)
      .sort(),
    Object.values(compactForms).sort(),
  );
});

const parsed = <T>(field: HeaderField<T>, text: string): T => {
  const result = field.parse(text);
  assert.ok(result.ok, `${field.name}: ${text}`);
  return result.value;
};
const refused = (field: Pick<HeaderField<unknown>, "name" | "parse">, ...texts: string[]): void => {
  for (const text of texts) assert.equal(field.parse(text).ok, false, `${field.name}: ${JSON.stringify(text)}`);
};

test("Date takes GMT only, and days that exist (RFC 3261 §20.17, RFC 4475 §3.1.2.12)", () => {
  assert.equal(parsed(fields.DateField, "Sat, 13 Nov 2010 23:29:00 GMT"), Date.UTC(2010, 10, 13, 23, 29));
  refused(
    fields.DateField,
    "Fri, 01 Jan 2010 16:00:00 EST",
    "Mon, 30 Feb 2026 00:00:00 GMT",
    "Mon, 01 Foo 2026 00:00:00 GMT",
    "Mon, 01 Jan 2026 24:00:00 GMT",
    "1262304000",
  );
});

test("Retry-After holds a comment with nesting and escapes (RFC 3261 §20.33)", () => {
  assert.deepEqual(parsed(fields.RetryAfter, "18000 (I'm (really) in a \\) meeting);duration=3600"), {
    seconds: 18_000,
    comment: "I'm (really) in a ) meeting",
    params: [{ name: "duration", value: "3600" }],
  });
  refused(fields.RetryAfter, "", "soon", "120 (open", "120 x");
});

test("numbers beyond 32 bits and signs are refused (RFC 4475 §3.1.2.4)", () => {
  refused(fields.Expires, "4294967296", "-1", "+1", "1.5", "", "99999999999999999999999");
  refused(fields.MaxForwards, "256", "300");
  assert.equal(parsed(fields.MaxForwards, "0068"), 68);
});

test("Contact takes * alone (RFC 3261 §20.10)", () => {
  assert.equal(parsed(fields.Contact, " * "), "*");
  refused(fields.Contact, "*;expires=0", "* sip:a@b");
});

test("Replaces needs one Call-ID and both tags (RFC 3891 §6.1)", () => {
  refused(
    fields.Replaces,
    "abc@host;to-tag=1",
    "abc@host;from-tag=1",
    ";to-tag=1;from-tag=2",
    "a b;to-tag=1;from-tag=2",
  );
});

test("Warning is code, agent and quoted text (RFC 3261 §20.43)", () => {
  assert.deepEqual(parsed(fields.Warning, `307 isi.edu:5060 "Session parameter 'foo' not understood"`), {
    code: 307,
    agent: "isi.edu:5060",
    text: "Session parameter 'foo' not understood",
  });
  refused(
    fields.Warning,
    '30 isi.edu "x"',
    "307 isi.edu x",
    '307 isi.edu "x',
    '307 isi.edu "x" y',
    '307 "x"',
    '307 a\0 "x"',
  );
});

test("Accept and Content-Type are type/subtype with parameters (RFC 3261 §20.1, §20.15)", () => {
  assert.deepEqual(parsed(fields.Accept, "text / * ; q=0.5"), {
    type: "text",
    subtype: "*",
    params: [{ name: "q", value: "0.5" }],
  });
  refused(fields.ContentType, "text", "text/", "/plain", "text/plain x", "text/plain;;");
});

test("texts are UTF-8 and lose their folds (RFC 3261 §7.3.1, §25.1)", () => {
  assert.equal(parsed(fields.Subject, "caf\xc3\xa9\r\n  au lait"), "café au lait");
  assert.equal(fields.Subject.format("a\r\nVia: b"), "a Via: b");
  assert.equal(fields.Subject.format(" voilà "), "voil\xc3\xa0", "an octet of UTF-8 is no space");
});

test("Privacy values are separated by semicolons (RFC 3323 §4.2)", () => {
  assert.deepEqual(parsed(fields.Privacy, "header; user ;critical"), ["header", "user", "critical"]);
  refused(fields.Privacy, "", "header;;user");
});

test("Identity carries its info in angle brackets (RFC 8224 §4)", () => {
  const identity = parsed(
    fields.Identity,
    "eyJ.eyJ.sig;info=<https://biloxi.example.org/biloxi.cert>;alg=ES256;ppt=shaken",
  );
  assert.equal(identity.params[0]?.value, "https://biloxi.example.org/biloxi.cert");
  const twice = parsed(fields.Identity, 'a.b.c;info;info=<x:y>;INFO="z>"');
  assert.equal(fields.Identity.format(twice), 'a.b.c;info;info=<x:y>;INFO="z>"');
  const quoted = parsed(fields.Identity, 'eyJ.eyJ.sig;x=";info=<a:b>";info=<https://c.example/>');
  assert.deepEqual(
    quoted.params.map(({ value }) => value),
    [";info=<a:b>", "https://c.example/"],
  );
  assert.match(fields.Identity.format(identity), /;info=<https:\/\/biloxi\.example\.org\/biloxi\.cert>;alg=ES256/);
});
