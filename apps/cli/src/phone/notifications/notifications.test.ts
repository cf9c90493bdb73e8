import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Encode } from "@trapezoid/sip/message";
import { acceptFor, notificationWords } from "./describe.ts";
import { parseXml } from "./xml.ts";

const cases: readonly (readonly [string, string, string, string])[] = [
  [
    "presence (RFC 3863)",
    "application/pidf+xml",
    '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:bob@example.com"><tuple id="a"><status><basic>open</basic></status><note xml:lang="de">gleich zurück</note></tuple></presence>',
    'open: can be reached "gleich zurück"',
  ],
  [
    "presence with what somebody does (RFC 4480)",
    "application/pidf+xml;charset=UTF-8",
    '<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" xmlns:rpid="r"><p:tuple id="a"><p:status><p:basic>closed</p:basic></p:status></p:tuple><dm:person xmlns:dm="d"><rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person></p:presence>',
    "closed: cannot be reached; on the phone",
  ],
  ["presence that says nothing", "application/pidf+xml", "<presence/>", "nothing is known"],
  [
    "a call that rings (RFC 4235)",
    "application/dialog-info+xml",
    '<dialog-info version="1" state="full" entity="sip:bob@example.com"><dialog id="1" direction="recipient"><state>early</state><remote><identity display="Alice">sip:alice@example.com</identity></remote></dialog></dialog-info>',
    "rings: a call from Alice",
  ],
  [
    "a call that is up",
    "application/dialog-info+xml",
    '<dialog-info><dialog id="1" direction="initiator"><state>confirmed</state><remote><identity>sip:carol@example.com</identity></remote></dialog></dialog-info>',
    "in a call to carol@example.com",
  ],
  [
    "a call that is over",
    "application/dialog-info+xml",
    '<dialog-info><dialog id="1"><state event="remote-bye">terminated</state></dialog></dialog-info>',
    "a call is over (remote-bye)",
  ],
  ["no calls", "application/dialog-info+xml", '<dialog-info state="full"/>', "idle: no calls"],
  [
    "voicemails (RFC 3842)",
    "application/simple-message-summary",
    "Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 2/8 (0/2)\r\nFax-Message: 1/0 (1/0)\r\n",
    "2 new voicemails, 8 old, 1 new fax (1 urgent), 0 old at alice@vmail.example.com",
  ],
  ["no voicemails", "application/simple-message-summary", "Messages-Waiting: no\r\n", "no new messages"],
  [
    "registrations (RFC 3680)",
    "application/reginfo+xml",
    '<reginfo version="0" state="full"><registration aor="sip:bob@example.com" id="a" state="active"><contact id="1" state="active" event="registered"><uri>sip:bob@192.0.2.7</uri></contact><contact id="2" state="terminated" event="expired"><uri>sip:bob@192.0.2.8</uri></contact></registration></reginfo>',
    "bob@example.com is registered at sip:bob@192.0.2.7",
  ],
  ["what is not known, as it is", "text/plain", "one\r\ntwo \u001b[2J\r\n", "text/plain:\n  one\n  two \ufffd[2J"],
  [
    "what is not what it says",
    "application/pidf+xml",
    "<presence><tuple></presence>",
    "application/pidf+xml:\n  <presence><tuple></presence>",
  ],
  ["nothing", "text/plain", "", "nothing to say"],
];

for (const [name, type, body, words] of cases) {
  test(`a notification in words: ${name}`, () => assert.equal(notificationWords(type, utf8Encode(body)), words));
}

test("a notification cannot command the terminal", () => {
  const body = utf8Encode("<presence><note>&#27;[2J\u202e</note></presence>");
  assert.doesNotMatch(notificationWords("application/pidf+xml", body), /[\u001b\u202e]/);
});

test("what is asked for depends on the event", () => {
  assert.deepEqual(acceptFor("presence"), ["application/pidf+xml"]);
  assert.deepEqual(acceptFor("Message-Summary"), ["application/simple-message-summary"]);
  // A template's bodies are others (RFC 6665 §7.2).
  assert.deepEqual(acceptFor("presence.winfo"), ["*/*"]);
  assert.deepEqual(acceptFor("constructor"), ["*/*"]);
});

test("XML: namespaces, entities, sections and comments are read; what is not well-formed is not", () => {
  assert.deepEqual(
    parseXml('<?xml version="1.0"?><!-- c --><a:b x:y="1 &lt; 2" z=\'"\'>t&#x41;&amp;<![CDATA[<x>]]><c/></a:b>'),
    {
      name: "b",
      attributes: Object.assign(Object.create(null), { y: "1 < 2", z: '"' }),
      children: [{ name: "c", attributes: Object.create(null), children: [], text: "" }],
      text: "tA&<x>",
    },
  );
  for (const text of [
    "",
    "<a>",
    "<a></b>",
    "<a/><b/>",
    "text",
    "<a",
    '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
    `${"<a>".repeat(40)}${"</a>".repeat(40)}`,
  ]) {
    assert.equal(parseXml(text), undefined, text);
  }
});

test("XML takes time in proportion to its length", () => {
  const started = performance.now();
  for (const text of [
    `<a ${"x='".repeat(50_000)}`,
    "<".repeat(100_000),
    `<a>${"<!--".repeat(50_000)}`,
    `<a ${'b="c" '.repeat(50_000)}>`,
    `<a ${"b".repeat(100_000)}>`,
  ])
    parseXml(text);
  // A second for 100 kB would be thousands of times too much; quadratic time is minutes.
  assert.ok(performance.now() - started < 5_000);
});
