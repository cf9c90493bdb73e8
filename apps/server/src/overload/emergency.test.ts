import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, parseMessage, SipRequest } from "@trapezoid/sip/message";
import { defaultOverload } from "../config/defaults.ts";
import { Emergency } from "./emergency.ts";

type Headers = readonly (readonly [string, string])[];

function invite(uri: string, headers: Headers = [], method = "INVITE"): SipRequest {
  const parsed = parseMessage(buildRequest({ method, uri, headers }));
  assert.ok(parsed.ok && parsed.value instanceof SipRequest);
  return parsed.value;
}

const settings = defaultOverload.emergency;

test("a call for help is known by where it goes, whoever calls (RFC 5031 §4.1)", () => {
  const emergency = new Emergency(settings);
  for (const uri of [
    "urn:service:sos",
    "URN:Service:SOS",
    "urn:service:sos.fire",
    "sip:112@example.com",
    "sip:911@192.0.2.1:5060;user=phone",
    "tel:9-1-1",
    "tel:112;phone-context=example.com",
  ]) {
    assert.equal(emergency.isCallForHelp(invite(uri)), true, uri);
  }
  for (const uri of [
    "urn:service:sosdesk",
    "urn:service:counseling",
    "sip:1125@example.com",
    "sip:bob@112.example.com",
    "sip:example.com",
    "sip:",
  ]) {
    assert.equal(emergency.isCallForHelp(invite(uri)), false, uri);
  }
});

test("what is no call is no call for help, wherever it goes", () => {
  const emergency = new Emergency(settings);
  for (const method of ["OPTIONS", "REGISTER", "SUBSCRIBE", "BYE"]) {
    assert.equal(emergency.isCallForHelp(invite("sip:112@example.com", [], method)), false, method);
  }
  assert.equal(emergency.isCallForHelp(invite("sip:112@example.com", [], "MESSAGE")), true);
});

test("credentials that nobody checks prove no claim: of a REGISTER those for the user agent count, of others those for the proxy", () => {
  const emergency = new Emergency(settings);
  const claim = ["Priority", "emergency"] as const;
  for (const [method, header, isProof] of [
    ["INVITE", "Authorization", false],
    ["INVITE", "Proxy-Authorization", true],
    ["REGISTER", "Authorization", true],
    ["REGISTER", "Proxy-Authorization", false],
  ] as const) {
    const request = invite("sip:bob@example.com", [claim, [header, 'Digest username="alice"']], method);
    assert.equal(
      emergency.isClaim(request, () => false),
      isProof,
      `${method} ${header}`,
    );
  }
});

test("Resource-Priority counts by namespace or by value, in any case (RFC 4412 §3.1)", () => {
  const emergency = new Emergency({ ...settings, resourcePriority: ["esnet", "ets.0"] });
  const claims = (...values: string[]): boolean =>
    emergency.isClaim(
      invite(
        "sip:bob@example.com",
        values.map((value) => ["Resource-Priority", value]),
      ),
      () => true,
    );
  for (const values of [["esnet.1"], ["ESNET.0"], ["dsn.flash, esnet.2"], ["dsn.flash", "ets.0"]]) {
    assert.equal(claims(...values), true, values.join());
  }
  for (const values of [["ets.1"], ["dsn.flash"], ["esnet"], ["esnets.1"], [""]]) {
    assert.equal(claims(...values), false, values.join());
  }
});

test("what a request says of itself counts from a trusted source or with credentials alone (RFC 4412 §11.1)", () => {
  const emergency = new Emergency(settings);
  const credentials: Headers = [["Proxy-Authorization", 'Digest username="alice"']];
  for (const header of [
    ["Priority", "Emergency"],
    ["Resource-Priority", "esnet.0"],
  ] as const) {
    const uri = "sip:bob@example.com";
    assert.equal(
      emergency.isClaim(invite(uri, [header]), () => false),
      false,
    );
    assert.equal(
      emergency.isClaim(invite(uri, [header]), () => true),
      true,
    );
    assert.equal(
      emergency.isClaim(invite(uri, [header, ...credentials]), () => false),
      true,
    );
    assert.equal(
      emergency.isClaim(invite(uri, credentials), () => true),
      false,
    );
  }
  assert.equal(
    emergency.isClaim(invite("sip:bob@example.com", [["Priority", "urgent"]]), () => true),
    false,
  );
});

test("each kind can be turned off", () => {
  const emergency = new Emergency({ uris: [], numbers: [], resourcePriority: [], priority: false });
  assert.equal(emergency.isCallForHelp(invite("urn:service:sos")), false);
  assert.equal(emergency.isCallForHelp(invite("sip:112@example.com")), false);
  const claims: Headers = [
    ["Priority", "emergency"],
    ["Resource-Priority", "esnet.0"],
  ];
  assert.equal(
    emergency.isClaim(invite("sip:bob@example.com", claims), () => true),
    false,
  );
});
