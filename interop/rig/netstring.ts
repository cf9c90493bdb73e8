/** Netstrings of JSON, as baresip's ctrl_tcp speaks them: `17:{"command":"help"},`. */

export function encodeNetstring(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value), "utf8");
  return Buffer.concat([Buffer.from(`${text.length}:`), text, Buffer.from(",")]);
}

/** Collects chunks; gives each whole value once. */
export class NetstringReader {
  #rest = Buffer.alloc(0);

  push(chunk: Buffer): unknown[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const values: unknown[] = [];
    for (;;) {
      const colon = this.#rest.indexOf(":");
      if (colon < 0) return values;
      const length = Number(this.#rest.subarray(0, colon).toString("latin1"));
      if (!Number.isInteger(length))
        throw new Error(`not a netstring: ${this.#rest.subarray(0, 40).toString("latin1")}`);
      if (this.#rest.length < colon + 1 + length + 1) return values;
      values.push(JSON.parse(this.#rest.subarray(colon + 1, colon + 1 + length).toString("utf8")));
      this.#rest = this.#rest.subarray(colon + 1 + length + 1);
    }
  }
}
