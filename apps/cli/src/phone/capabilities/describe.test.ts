import assert from "node:assert/strict";
import { test } from "node:test";
import { SipResponse } from "@trapezoid/sip/message";
import { createWire } from "../../../test/wire.ts";
import { capabilitiesOf, capabilityWords } from "./describe.ts";

function answer(headers: readonly string[], sdp?: readonly string[]): SipResponse {
  const wire = createWire();
  wire.sends("OPTIONS");
  wire.hears("200 OK", { headers, ...(sdp === undefined ? {} : { sdp }) });
  const { message } = wire.log.messages.at(-1)!;
  assert.ok(message instanceof SipResponse);
  return message;
}

test("the answer to OPTIONS is explained line by line", () => {
  const response = answer(
    [
      "Allow: INVITE, BYE, FROBNICATE",
      "Supported: replaces, 100rel, x-odd",
      "Allow-Events: presence",
      "Accept: application/sdp, text/plain",
      "Accept-Language: en, de",
      "User-Agent: Example Phone/2.1",
    ],
    ["m=audio 0 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000"],
  );
  assert.deepEqual(capabilityWords("bob@example.com", capabilitiesOf(response, 12.34)), [
    "bob@example.com answered 200 in 12 ms: Example Phone/2.1",
    "methods (Allow):",
    "  INVITE      takes calls",
    "  BYE         hangs up",
    "  FROBNICATE  not known here",
    "extensions (Supported):",
    "  replaces  attended transfer: one call takes the place of another (RFC 3891)",
    "  100rel    provisional responses arrive for sure (RFC 3262)",
    "  x-odd     not known here",
    "events (Allow-Events):",
    "  presence  who can be reached (RFC 3856)",
    "takes (Accept): application/sdp, text/plain",
    "languages: en, de",
    "media: audio PCMA PCMU + digits",
  ]);
});

test("what is not said is said to be so", () => {
  assert.deepEqual(capabilityWords("192.0.2.1", capabilitiesOf(answer(["Supported:"]), undefined)), [
    "192.0.2.1 answered 200",
    "methods (Allow): it does not say",
    "extensions (Supported): none",
    "media: it does not say",
  ]);
});

test("programs get the codecs by name and clock rate", () => {
  const { media } = capabilitiesOf(
    answer([], ["m=audio 4000 RTP/AVP 9", "m=video 4002 RTP/AVP 97", "a=rtpmap:97 VP8/90000"]),
    1,
  );
  assert.deepEqual(
    media?.map(({ kind, codecs }) => [kind, codecs]),
    [
      ["audio", ["G722/8000"]],
      ["video", ["VP8/90000"]],
    ],
  );
});
