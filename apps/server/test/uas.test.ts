/** What the server answers itself, as a user agent server. RFC 3261 §8.2, §10.3, §11.2, §22. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { SipResponse } from "@trapezoid/sip/message";
import { ELSEWHERE, openTestHouse, PHONE, type TestRequest } from "./house.ts";

const statuses = (responses: readonly SipResponse[]): number[] => responses.map((response) => response.status);

function options(headers: readonly (readonly [string, string])[] = [], body = ""): SipResponse {
  const house = openTestHouse({}, []);
  const [response] = house.send({ method: "OPTIONS", uri: "sip:example.com", headers, body });
  return response ?? assert.fail("no answer");
}

describe("OPTIONS to the server", () => {
  test("its 200 says what is understood here, and names no Contact (RFC 3261 §11.2)", () => {
    const response = options();
    assert.equal(response.status, 200);
    assert.match(response.header("Allow") ?? "", /\bINVITE\b.*\bREGISTER\b/);
    assert.equal(response.header("Accept"), "application/sdp");
    assert.equal(response.header("Accept-Encoding"), "identity");
    assert.equal(response.header("Accept-Language"), "en");
    assert.equal(response.header("Supported"), "path, outbound");
    assert.equal(response.has("Contact"), false);
    assert.ok(response.toTag !== undefined && response.toTag.length >= 8);
  });

  test("an extension in Require that is not understood is 420, in Supported it is nothing (RFC 3261 §8.2.2.3)", () => {
    const response = options([["Require", "path, nothingSupportsThis"]]);
    assert.equal(response.status, 420);
    assert.equal(response.header("Unsupported"), "nothingSupportsThis");
    assert.equal(options([["Supported", "nothingSupportsThis"]]).status, 200);
  });

  test("header fields that nobody knows, and broken ones that nobody needs, are ignored (RFC 3261 §8.2.2)", () => {
    const odd = [
      ["X-Unknown", ";;;<<"],
      ["Date", "whenever"],
      ["Warning", "no quotes"],
    ] as const;
    assert.equal(options(odd).status, 200);
  });

  test("a body that must be understood and is not is 415, with what would be (RFC 3261 §8.2.3, §21.4.13)", () => {
    const sdp = options([["Content-Type", "application/sdp"]], "v=0\r\n");
    assert.equal(sdp.status, 200);
    const type = options([["Content-Type", "application/unknown; x=1"]], "?");
    assert.deepEqual([type.status, type.header("Accept")], [415, "application/sdp"]);
    const packed = options(
      [
        ["Content-Type", "application/sdp"],
        ["Content-Encoding", "gzip"],
      ],
      "?",
    );
    assert.deepEqual([packed.status, packed.header("Accept-Encoding")], [415, "identity"]);
    assert.equal(options([["Content-Type", "application/unknown"]]).status, 200, "there is no body");
  });

  test("a body that is optional may be anything, each part of several for itself (RFC 3261 §8.2.3, §20.11)", () => {
    const optional = ["Content-Disposition", "icon;handling=optional"] as const;
    assert.equal(options([["Content-Type", "image/png"], optional], "?").status, 200);
    const parts = (disposition: string): string =>
      `--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: image/png\r\n${disposition}\r\n?\r\n--b--\r\n`;
    const multipart = [["Content-Type", "multipart/mixed;boundary=b"]] as const;
    assert.equal(options(multipart, parts("Content-Disposition: icon;handling=optional\r\n")).status, 200);
    assert.equal(options(multipart, parts("")).status, 415);
    assert.equal(options(multipart, "no boundary").status, 400);
  });
});

describe("REGISTER", () => {
  const register = (parts: Partial<TestRequest>): readonly [number[], readonly string[]] => {
    const house = openTestHouse({}, ["alice"]);
    const sent = { method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com", as: "alice", ...parts };
    return [statuses(house.send(sent)), house.registered];
  };

  test("parameters and escapes in To do not make another address (RFC 3261 §10.3 step 5)", () => {
    for (const to of ["sip:al%69ce@example.com", "sip:alice@example.com;user=phone;x=1", "sips:alice@EXAMPLE.com"]) {
      assert.deepEqual(register({ to, from: "sip:alice@example.com" }), [[200], ["alice@example.com"]], to);
    }
  });

  test("an address that is not this domain's is 404 (RFC 3261 §10.3 step 5)", () => {
    for (const to of ["sip:alice@elsewhere.example", "sip:example.com"]) {
      assert.deepEqual(register({ to, from: "sip:alice@example.com" }), [[404], []], to);
    }
  });

  test("an address that is no SIP address is 400 (RFC 3261 §10.2)", () => {
    assert.deepEqual(register({ to: "tel:+12015550123", from: "sip:alice@example.com" }), [[400], []]);
  });

  test("a Path, which leads calls elsewhere, is believed after the credentials alone (RFC 3327 §6.1)", () => {
    const house = openTestHouse({}, ["alice"]);
    const headers = [["Path", `<sip:${ELSEWHERE};lr>`]] as const;
    const request = { method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com", headers };
    assert.deepEqual(statuses(house.send(request)), [401]);
    assert.deepEqual(house.registered, []);
  });
});

describe("Challenges", () => {
  test("401 has WWW-Authenticate, 407 has Proxy-Authenticate, and neither offers Basic (RFC 3261 §22, §22.2, §22.3)", () => {
    const house = openTestHouse({}, ["alice"]);
    const [toRegister] = house.send({ method: "REGISTER", uri: "sip:example.com", to: "sip:alice@example.com" });
    const [toCall] = house.send({ uri: "sip:bob@example.com" });
    for (const [response, status, name, other] of [
      [toRegister, 401, "WWW-Authenticate", "Proxy-Authenticate"],
      [toCall, 407, "Proxy-Authenticate", "WWW-Authenticate"],
    ] as const) {
      assert.equal(response?.status, status);
      assert.ok(response.headers(name).length > 0);
      assert.ok(response.headers(name).every((value) => value.startsWith('Digest realm="example.com"')));
      assert.equal(response.has(other), false);
    }
  });

  test("Basic credentials are as good as none (RFC 3261 §22)", () => {
    const house = openTestHouse({}, ["alice"]);
    const basic = `Basic ${Buffer.from("alice:secret").toString("base64")}`;
    for (const method of ["REGISTER", "MESSAGE"]) {
      const headers = [
        ["Authorization", basic],
        ["Proxy-Authorization", basic],
      ] as const;
      const [response] = house.send({ method, uri: "sip:example.com", to: "sip:alice@example.com", headers });
      assert.ok(response?.status === 401 || response?.status === 407, `${method}: ${response?.status}`);
    }
    assert.deepEqual(house.registered, []);
  });

  test("neither ACK nor CANCEL is challenged: nobody could repeat them (RFC 3261 §22.1)", () => {
    const house = openTestHouse({}, ["alice"]);
    assert.deepEqual(statuses(house.send({ method: "ACK", uri: "sip:bob@example.com" })), []);
    assert.deepEqual(statuses(house.send({ method: "CANCEL", uri: "sip:bob@example.com" })), [481]);
  });

  test("a request that was challenged has changed nothing, whatever it asks (RFC 3261 §8.2)", () => {
    const house = openTestHouse({}, ["alice"], { "bob@example.com": `sip:bob@${PHONE}:5070` });
    for (const method of ["INVITE", "MESSAGE", "SUBSCRIBE"]) house.send({ method, uri: "sip:bob@example.com" });
    assert.equal(house.delivered.length, 0);
    assert.deepEqual(house.decisions.list({ limit: 1 }), []);
  });
});

test("a tel URI that goes to a trunk becomes the user of a SIP URI, its separators left out (RFC 3261 §19.1.6)", () => {
  const house = openTestHouse(
    {
      trust: [PHONE],
      trunks: { acme: { target: "sip:elsewhere.example" } },
      route: (_request, plan) => plan.trunk("acme"),
    },
    [],
  );
  house.send({ uri: "tel:+1-201-555-0123" });
  assert.equal(house.delivered[0]?.requestUri, "sip:+12015550123@elsewhere.example");
});
