import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUri } from "@trapezoid/sip/message";
import { FakeCall } from "../../test/fake-call.ts";
import { type MediaChoices, mediaSettings } from "./settings.ts";

const choices: MediaChoices = {
  codecs: undefined,
  srtp: undefined,
  zrtp: false,
  dataFolder: "/nowhere",
  address: undefined,
  advertise: undefined,
  ports: undefined,
  followTransfers: false,
};

test("a transfer that is refused is told to whoever sits here, with what would follow it", async () => {
  const { onTransfer } = mediaSettings(choices, undefined);
  assert.ok(typeof onTransfer === "function");
  const target = parseUri("sip:carol@example.com");
  assert.ok(target.ok);
  const call = new FakeCall("incoming", "sip:bob@example.com");
  const warnings: string[] = [];
  call.events.on("warning", (text) => warnings.push(text));
  const request = { call: call.asCall, target: target.value, referredBy: undefined, replaces: undefined };
  assert.equal(await onTransfer(request), false);
  assert.deepEqual(warnings, [
    "bob@example.com wants to send us to carol@example.com, and was refused; --follow-transfers would go there",
  ]);
});

test("transfers are followed by who wants to", () => {
  assert.equal(mediaSettings({ ...choices, followTransfers: true }, undefined).onTransfer, "follow");
});
