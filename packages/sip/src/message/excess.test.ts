import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, type HeaderLine } from "./build.ts";
import { defaultExcessLimits, type ExcessLimits, findExcess } from "./excess.ts";
import { parseMessage } from "./message.ts";

const via = "SIP/2.0/UDP a";
const route = "<sip:a>";

function excess(
  given: { readonly uri?: string; readonly headers?: readonly HeaderLine[]; readonly body?: string },
  limits: Partial<ExcessLimits> = {},
) {
  const { uri = "sip:a", headers = [], body = "" } = given;
  const text = buildRequest({ method: "OPTIONS", uri, headers: [...headers], body });
  const parsed = parseMessage(text, { headerBytes: 1_000_000, headerCount: 10_000 });
  assert.ok(parsed.ok);
  return findExcess(parsed.value, { ...defaultExcessLimits, ...limits })?.limit;
}

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

for (const [limit, most, what] of [
  ["vias", 71, ["Via", via]],
  ["vias", 71, ["v", via]],
  ["routes", 64, ["Route", route]],
  ["routes", 64, ["Record-Route", route]],
] as const) {
  const [name, value] = what;
  test(`as many ${name} values as there may be are not too many, one more is: a line each, on one line, or both`, () => {
    for (const [count, found] of [
      [most, undefined],
      [most + 1, limit],
    ] as const) {
      assert.equal(excess({ headers: times(count, [name, value]) }), found);
      assert.equal(excess({ headers: [[name, times(count, value).join(",")]] }), found);
      assert.equal(excess({ headers: [[name, times(count - 10, value).join(",")], ...times(10, what)] }), found);
    }
  });
}

test("Route and Record-Route are counted apart", () => {
  assert.equal(
    excess({ headers: [...times(64, ["Route", route] as const), ...times(64, ["Record-Route", route] as const)] }),
    undefined,
  );
});

test("values of any header field are told by the commas on its line", () => {
  for (const name of ["Supported", "X-Unknown"]) {
    assert.equal(excess({ headers: [[name, times(256, "a").join(",")]] }), undefined);
    assert.equal(excess({ headers: [[name, times(257, "a").join(",")]] }), "listValues");
  }
  assert.equal(excess({ headers: [["Subject", "x".repeat(10_000)]] }), undefined);
});

test("a header line is measured with its name, its folds and its end", () => {
  for (const line of [`X: ${"y".repeat(95)}\r\n`, `X: ${"y".repeat(40)}\r\n ${"y".repeat(52)}\r\n`]) {
    assert.equal(line.length, 100);
    const parsed = parseMessage(`OPTIONS sip:a SIP/2.0\r\n${line}\r\n`);
    assert.ok(parsed.ok);
    assert.equal(findExcess(parsed.value, { ...defaultExcessLimits, headerLineBytes: 100 }), undefined);
    assert.equal(findExcess(parsed.value, { ...defaultExcessLimits, headerLineBytes: 99 })?.limit, "headerLineBytes");
  }
});

test("the Request-URI and the body have their octets", () => {
  assert.equal(excess({ uri: `sip:${"a".repeat(4_092)}` }), undefined);
  assert.equal(excess({ uri: `sip:${"a".repeat(4_093)}` }), "uriBytes");
  assert.equal(excess({ body: "x".repeat(65_536) }), undefined);
  assert.equal(excess({ body: "x".repeat(65_537) }), "bodyBytes");
});
