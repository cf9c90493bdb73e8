import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import { featureScore, featuresMatch } from "./feature-match.ts";
import {
  type Feature,
  type FeatureFilter,
  getFeature,
  maxFeatures,
  readFeatures,
  withFeature,
} from "./feature-tags.ts";
import { Contact, FeatureCaps } from "./fields.ts";
import { formatParams, noParams, parseParams } from "./params.ts";
import type { Params } from "./values.ts";

function params(text: string): Params {
  const parsed = parseParams(text);
  assert.ok(parsed.ok, text);
  return parsed.value;
}
const features = (text: string) => readFeatures(params(text));
const token = (value: string, negated = false): FeatureFilter => ({ kind: "token", value, negated });
const yes: FeatureFilter = { kind: "boolean", value: true, negated: false };

test("the predicate of RFC 3840 §5 is read from its parameters", () => {
  const contact = Contact.parse(
    '<sip:user@pc.example.com>;mobility="fixed";events="!presence,message-summary";language="en,de"' +
      ';description="<PC>";+sip.newparam;+rangeparam="#-4:+5.125";expires=60',
  );
  assert.ok(contact.ok && contact.value !== "*");
  assert.deepEqual(readFeatures(contact.value.params), [
    { tag: "sip.mobility", filters: [token("fixed")] },
    { tag: "sip.events", filters: [token("presence", true), token("message-summary")] },
    { tag: "language", filters: [token("en"), token("de")] },
    { tag: "sip.description", text: "PC" },
    { tag: "sip.newparam", filters: [yes] },
    { tag: "rangeparam", filters: [{ kind: "range", least: -4, most: 5.125, negated: false }] },
  ]);
  assert.equal(getFeature(contact.value.params, "sip.DESCRIPTION")?.text, "PC");
  assert.equal(getFeature(contact.value.params, "sip.audio"), undefined);
});

test("indicators of RFC 6809 §6.3 and RFC 8599 §8 are read alike", () => {
  const caps = FeatureCaps.parse('*;+sip.pns="apns";+sip.pnsreg="121";+g.3gpp.srvcc');
  assert.ok(caps.ok);
  assert.deepEqual(readFeatures(caps.value), [
    { tag: "sip.pns", filters: [token("apns")] },
    { tag: "sip.pnsreg", filters: [token("121")] },
    { tag: "g.3gpp.srvcc", filters: [yes] },
  ]);
});

test("slashes and colons of a tag are written as quotes and exclamation marks (RFC 3840 §5)", () => {
  const written = withFeature(noParams, { tag: "ex/a:b", filters: [yes] });
  assert.equal(formatParams(written), ";+ex'a!b");
  assert.deepEqual(readFeatures(written), [{ tag: "ex/a:b", filters: [yes] }]);
  assert.equal(formatParams(withFeature(noParams, { tag: "sip.audio", filters: [yes] })), ";audio");
  assert.equal(formatParams(withFeature(noParams, { tag: "audio", filters: [yes] })), ";+audio");
  assert.equal(formatParams(withFeature(noParams, { tag: "sip.language", filters: [yes] })), ";+sip.language");
});

test("what is no feature, or cannot be read, is left out and stays among the parameters", () => {
  const text = ';q=0.5;audio="#5";video="";+x="<open";+y="a b";text';
  assert.deepEqual(features(text), [{ tag: "sip.text", filters: [yes] }]);
  assert.equal(formatParams(params(text)), text);
});

test("what one value names is bounded, since each is compared with each (RFC 3841 §11)", () => {
  const alternatives = (count: number) => `;class="${Array.from({ length: count }, (_, n) => `c${n}`).join(",")}"`;
  assert.equal(features(alternatives(maxFeatures))[0]?.filters?.length, maxFeatures);
  assert.deepEqual(features(alternatives(maxFeatures + 1)), []);
  const many = Array.from({ length: maxFeatures + 1 }, (_, n) => `;+f${n}`).join("");
  assert.equal(features(many).length, maxFeatures);
});

test("a feature that cannot be written is a TypeError", () => {
  for (const feature of [
    { tag: "sip.audio", filters: [] },
    { tag: "sip.class", filters: [token("a,b")] },
    { tag: "sip.class", filters: [token("a b")] },
    { tag: "sip.description", text: "a<b" },
    { tag: "a b", filters: [yes] },
    { tag: "sip.priority", filters: [{ kind: "number", relation: "=", value: 1e300, negated: false }] },
  ] satisfies Feature[]) {
    assert.throws(() => withFeature(noParams, feature), TypeError, JSON.stringify(feature));
  }
});

test("readFeatures(withFeature(feature)) is the feature", () => {
  const v = new Values(3840);
  const decimal = () => (v.int(2000) - 1000) / v.pick([1, 8, 10]);
  const filter = (): FeatureFilter => {
    const negated = v.chance(0.3);
    return v.pick<() => FeatureFilter>([
      () => ({ kind: "token", value: v.string("abcXYZ019-.%*_+", 2, 9), negated }),
      () => ({ kind: "boolean", value: v.chance(0.5), negated }),
      () => ({ kind: "number", relation: v.pick([">=", "<=", "="] as const), value: decimal(), negated }),
      () => ({ kind: "range", least: decimal(), most: decimal(), negated }),
    ])();
  };
  for (let n = 0; n < 500; n++) {
    const tag = v.pick(["sip.audio", "language", "type", "sip.methods", "sip.instance", "g.a/b:c", "x"]);
    const feature: Feature = v.chance(0.2)
      ? { tag, text: v.text().replace(/[<>]/g, "") }
      : { tag, filters: [filter(), ...v.list(3, filter)] };
    const written = withFeature(params(";q=0.1"), feature);
    assert.deepEqual(readFeatures(params(formatParams(written))), [feature], formatParams(written));
    assert.deepEqual(getFeature(written, tag), feature);
    assert.deepEqual(readFeatures(withFeature(written, feature)), [feature], "it replaces the old one");
  }
});

test("preferences match what a contact can do, tag by tag (RFC 3841 §7.2.4)", () => {
  const match = (wanted: string, offered: string) => featuresMatch(features(wanted), features(offered));
  const offered =
    ';audio;video="FALSE";methods="INVITE,BYE";events="!presence";class="<Biz>";priority="#>=20";+r="#1:5"';
  for (const wanted of [
    "",
    ";audio",
    ';video="!TRUE"',
    ';methods="bye,OPTIONS"',
    ';methods="!INVITE"',
    ';events="dialog"',
    ';class="<Biz>"',
    ';priority="#=20"',
    ';priority="#<=20"',
    ';priority="!#<=20"',
    ';+r="#5:9"',
    ';+r="#=3"',
    ';+r="!#2:9"',
    ';+r="!#=9"',
    ";mobility",
  ]) {
    assert.equal(match(wanted, offered), true, wanted);
    assert.equal(match(offered, wanted), true, `${wanted}, the other way round`);
  }
  for (const wanted of [
    ";video",
    ';audio="FALSE"',
    ';methods="OPTIONS"',
    ';events="presence"',
    ';class="<biz>"',
    ';class="Biz"',
    ';priority="#<=19"',
    ';priority="!#>=20"',
    ';+r="#6:9"',
    ';+r="!#1:5"',
    ';+r="!#<=9"',
    ';+r="one"',
    ';audio;methods="OPTIONS"',
  ]) {
    assert.equal(match(wanted, offered), false, wanted);
    assert.equal(match(offered, wanted), false, `${wanted}, the other way round`);
  }
});

test("a contact scores by the tags that it names (RFC 3841 §7.2.4)", () => {
  const score = (wanted: string, offered: string) => featureScore(features(wanted), features(offered));
  assert.equal(score(";audio;video", ";audio"), 0.5);
  assert.equal(score(";audio;video", ';AUDIO;video="FALSE";text'), 1);
  assert.equal(score(";audio", ""), 0);
  assert.equal(score("", ";audio"), 1);
});
