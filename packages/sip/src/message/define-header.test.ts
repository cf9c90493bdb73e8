import assert from "node:assert/strict";
import { test } from "node:test";
import { fault, ok } from "@trapezoid/base";
import { defineHeader } from "./define-header.ts";
import { parseMessage } from "./message.ts";
import { defineMethod, methods } from "./methods.ts";

const Colour = defineHeader<{ readonly red: number }>({
  name: "X-Colour",
  compact: "q",
  list: true,
  parse: (text) =>
    /^r[0-9]+$/.test(text) ? ok({ red: Number(text.slice(1)) }) : fault("X_COLOUR", "expected r and a number", 1),
  format: ({ red }) => `r${red}`,
});

test("own header fields are read with their type, in both forms and in order", () => {
  const parsed = parseMessage("OPTIONS sip:a SIP/2.0\r\nq: r1, r2\r\nx-COLOUR: r3,\r\n r4\r\nOther: r9\r\n\r\n");
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.getAll(Colour).map(Colour.format), ["r1", "r2", "r3", "r4"]);
  assert.deepEqual(parsed.value.get(Colour), { red: 1 });
});

test("a parser of one's own may fault or throw: the message keeps the fault", () => {
  const Thrower = defineHeader<string>({
    name: "Thrower",
    parse: () => {
      throw new RangeError("own");
    },
    format: (value) => value,
  });
  const text = "OPTIONS sip:a SIP/2.0\r\nThrower: x\r\nX-Colour: blue\r\n\r\n";
  const faultOf = (field: typeof Colour | typeof Thrower): string | undefined => {
    const parsed = parseMessage(text);
    assert.ok(parsed.ok);
    assert.deepEqual(field === Colour ? parsed.value.getAll(Colour) : parsed.value.getAll(Thrower), []);
    return parsed.value.fault?.code;
  };
  assert.equal(faultOf(Colour), "X_COLOUR");
  assert.equal(faultOf(Thrower), "SIP_MSG_PARSER_THREW");
});

test("names are tokens, of header fields and methods alike", () => {
  const { parse, format } = Colour;
  assert.throws(() => defineHeader({ name: "A B", parse, format }), TypeError);
  assert.throws(() => defineMethod({ name: "" }), TypeError);
  const ping = defineMethod({ name: "PING", createsDialog: true });
  assert.equal(ping.refreshesTarget, true);
  assert.equal(methods.UPDATE.createsDialog, false);
  assert.equal(methods.UPDATE.refreshesTarget, true);
});
