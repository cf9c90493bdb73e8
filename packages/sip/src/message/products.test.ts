import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { Server, UserAgent } from "./fields.ts";
import { formatProducts, type Product, parseProducts } from "./products.ts";

test("products, versions and comments of User-Agent and Server (RFC 3261 §20.35, §20.41)", () => {
  const read = (text: string) => parseProducts(text);
  assert.deepEqual(read("Softphone Beta1.5"), {
    ok: true,
    value: [
      { name: "Softphone", version: undefined },
      { name: "Beta1.5", version: undefined },
    ],
  });
  assert.deepEqual(read(" Own/2.1(a (b\\) c)) x / 1 "), {
    ok: true,
    value: [{ name: "Own", version: "2.1" }, { comment: "a (b) c)" }, { name: "x", version: "1" }],
  });
  for (const text of ["", " ", "a/", "/1", "(open", "a, b", "a//b", 'a "b"']) assert.equal(read(text).ok, false, text);
});

test("parseProducts(formatProducts(products)) is the products, through a header field", () => {
  const v = new Values(2041);
  const product = (): Product =>
    v.chance(0.4) ? { comment: v.text() } : { name: v.token(), version: v.chance(0.5) ? v.token() : undefined };
  for (let n = 0; n < 300; n++) {
    const value = [product(), ...v.list(4, product)];
    for (const field of [UserAgent, Server]) {
      const parsed = field.parse(field.format(formatProducts(value)));
      assert.ok(parsed.ok);
      assert.deepEqual(parseProducts(parsed.value), { ok: true, value });
    }
  }
  assert.throws(() => formatProducts([{ name: "a b", version: undefined }]), TypeError);
  assert.throws(() => formatProducts([{ name: "a", version: "" }]), TypeError);
});

test("products take time in proportion to their length", () => {
  for (const unit of ["(", "()", "(a", "\\(", "a ", "a/", "a /", " ", "/", ") ("]) {
    const text = `a ${unit.repeat(65_536 / unit.length)}`;
    const before = process.cpuUsage().user;
    parseProducts(text);
    assert.ok(process.cpuUsage().user - before < 500_000, unit);
  }
});
