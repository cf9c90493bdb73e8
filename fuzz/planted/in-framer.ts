/** Bugs in how a stream is cut. */

import type { Planted } from "./contract.ts";

export const lineEndCut: Planted = {
  name: "line-end-cut",
  what: "the LF of an empty line is lost where a piece ends within the line",
  target: "framer",
  within: 5_000,
  plant: (product) => ({
    ...product,
    createFramer: (limits) => {
      const framer = product.createFramer(limits);
      let last = "";
      return {
        get bufferedBytes() {
          return framer.bufferedBytes;
        },
        push(octets) {
          const lost = last.endsWith("\r\n\r") && octets.startsWith("\n");
          last = octets;
          return framer.push(lost ? octets.slice(1) : octets);
        },
      };
    },
  }),
};

export const hoarding: Planted = {
  name: "hoarding",
  what: "a head without an end is held whatever its length",
  target: "framer",
  within: 5_000,
  plant: (product) => ({
    ...product,
    createFramer: (limits) => product.createFramer({ ...limits, headerBytes: limits.headerBytes * 4 }),
  }),
};
