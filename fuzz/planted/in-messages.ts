/** Bugs in how a message is indexed. */

import { type HeaderField, Via } from "@trapezoid/sip/message";
import { type Planted, withMessages } from "./contract.ts";

export const contentLength: Planted = {
  name: "content-length",
  what: "a body ends one octet before what Content-Length says",
  target: "parser",
  within: 2_000,
  plant: (product) =>
    withMessages(product, (message) => (message.has("Content-Length") ? { body: message.body.slice(0, -1) } : {})),
};

export const foldedHeader: Planted = {
  name: "folded-header",
  what: "the header line behind a folded one is lost",
  target: "parser",
  within: 2_000,
  plant: (product) =>
    withMessages(product, (message) => {
      let folded = -1;
      for (let line = 0; line < message.lineCount && folded === -1; line++) if (message.isFolded(line)) folded = line;
      if (folded === -1 || folded === message.lineCount - 1) return {};
      const from = (line: number): number => (line > folded ? line + 1 : line);
      return {
        lineCount: message.lineCount - 1,
        lineName: (line: number) => message.lineName(from(line)),
        lineValue: (line: number) => message.lineValue(from(line)),
        // As if the folded line went on to the end of the lost one.
        lineEnd: (line: number) => message.lineEnd(line === folded ? line + 1 : from(line)),
        lineStart: (line: number) => message.lineStart(from(line)),
        valueStart: (line: number) => message.valueStart(from(line)),
        valueEnd: (line: number) => message.valueEnd(from(line)),
        lineId: (line: number) => message.lineId(from(line)),
      };
    }),
};

export const twiceVia: Planted = {
  name: "twice-via",
  what: "the first of several Via values is given twice",
  target: "parser",
  within: 2_000,
  plant: (product) =>
    withMessages(product, (message) => ({
      getAll: (field: HeaderField<unknown>) => {
        const values = message.getAll(field);
        return (field as unknown) === Via && values.length > 1 ? [values[0], ...values] : values;
      },
    })),
};

export const cutTag: Planted = {
  name: "cut-tag",
  what: "a tag ends at its first hyphen",
  target: "differential",
  within: 2_000,
  plant: (product) =>
    withMessages(product, (message) => ({
      fromTag: message.fromTag?.split("-")[0],
      toTag: message.toTag?.split("-")[0],
    })),
};

export const methodLeak: Planted = {
  name: "method-leak",
  what: "every request whose method is not known is kept for ever",
  target: "parser",
  within: 60_000,
  plant: (product) => {
    const kept: unknown[] = [];
    return {
      ...product,
      parseMessage: (text, limits) => {
        const parsed = product.parseMessage(text, limits);
        if (parsed.ok && parsed.value.isRequest && !known.has(parsed.value.method)) kept.push(parsed.value);
        return parsed;
      },
    };
  },
};

const known = new Set([
  "INVITE",
  "ACK",
  "BYE",
  "CANCEL",
  "OPTIONS",
  "REGISTER",
  "MESSAGE",
  "NOTIFY",
  "SUBSCRIBE",
  "REFER",
]);

export const endless: Planted = {
  name: "endless",
  what: "a parameter without a name is looked for and never found",
  target: "parser",
  within: 20_000,
  plant: (product) => ({
    ...product,
    parseMessage: (text, limits) => {
      while (text.includes(";;")) if (text.length < 0) break;
      return product.parseMessage(text, limits);
    },
  }),
};
