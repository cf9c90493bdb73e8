import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { buildRequest } from "./build.ts";
import { parseMessage } from "./message.ts";
import { bodyParts, chooseBoundary, formatMultipart, maxBodyParts, parseMultipart, partHeader } from "./multipart.ts";

test("parseMultipart(formatMultipart(parts)) is the parts, octets and all", () => {
  const v = new Values(11);
  for (let n = 0; n < 300; n++) {
    const parts = [v.part(), ...v.list(3, () => v.part())];
    const boundary = v.chance(0.3) ? chooseBoundary(parts) : "b-+a'()_,./:=? b";
    assert.deepEqual(parseMultipart(formatMultipart(parts, boundary), boundary), { ok: true, value: parts });
  }
});

test("preamble, epilogue, padding and missing header fields are passed over (RFC 2046 §5.1.1)", () => {
  const body =
    "preamble --b\r\n--b \t\r\n\r\nimplicitly typed\r\n--bb\r\n--b\r\nContent-type : text/plain;\r\n charset=x\r\n\r\nexplicit\r\n\r\n--b--  \r\nepilogue\r\n--b\r\n";
  assert.deepEqual(parseMultipart(body, "b"), {
    ok: true,
    value: [
      { headers: [], body: "implicitly typed\r\n--bb" },
      { headers: [["Content-type", "text/plain; charset=x"]], body: "explicit\r\n" },
    ],
  });
});

test("what is no multipart is a fault", () => {
  for (const [body, boundary] of [
    ["", "b"],
    ["text", "b"],
    ["--b\r\n\r\nopen", "b"],
    ["--b\r\nno colon\r\n\r\nx\r\n--b--", "b"],
    ["--b\r\n: x\r\n\r\nx\r\n--b--", "b"],
    ["--b\r\nA: x\rB: y\r\n\r\nx\r\n--b--", "b"],
    ["--\r\n\r\n----", ""],
    ["--b \r\n\r\n--b --", "b "],
  ] as const) {
    assert.equal(parseMultipart(body, boundary).ok, false, JSON.stringify(body));
  }
  const many = parseMultipart(`${"--b\r\n\r\n\r\n".repeat(maxBodyParts + 1)}--b--`, "b");
  assert.ok(!many.ok && many.error.code === "SIP_MSG_TOO_MANY_PARTS");
});

test("a boundary that a part holds is not written, and not chosen", () => {
  const parts = [
    { headers: [], body: "--part-boundary-1" },
    { headers: [], body: "x\r\n--part-boundary-2" },
  ];
  assert.equal(chooseBoundary(parts), "part-boundary-3");
  assert.throws(() => formatMultipart(parts, "part-boundary-2"), TypeError);
  assert.throws(() => formatMultipart([], "b"), TypeError);
  assert.throws(() => formatMultipart([{ headers: [["A", "b\r\nc"]], body: "" }], "b"), TypeError);
});

test("bodyParts() opens a message's multipart, and takes any other body as one part (RFC 5621 §3, RFC 3261 §7.4.1)", () => {
  const parts = [
    { headers: [["Content-Type", "application/sdp"]] as const, body: "v=0\r\n" },
    { headers: [], body: "\0\xff" },
  ];
  const body = formatMultipart(parts, "a=b");
  const open = (type: string, content: string) => {
    const parsed = parseMessage(
      buildRequest({ method: "INVITE", uri: "sip:a", headers: [["Content-Type", type]], body: content }),
    );
    assert.ok(parsed.ok);
    return bodyParts(parsed.value);
  };
  assert.deepEqual(open('Multipart/mixed; boundary="a=b"', body), { ok: true, value: parts });
  const single = open("application/sdp", "v=0\r\n");
  assert.ok(single.ok);
  assert.equal(partHeader(single.value[0]!, "content-type"), "application/sdp");
  assert.deepEqual(open("application/sdp", ""), { ok: true, value: [] });
});
