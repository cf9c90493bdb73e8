/** Takes packets out of an Ogg stream, page by page. RFC 3533 §6. Only the first logical stream is read. */

/** RFC 3533 §6: what a page needs before its segment table. */
const headerBytes = 27;
/** Pages have at most 255 segments of 255 octets. */
const maxPageBytes = headerBytes + 255 + 255 * 255;
/** A packet of Opus in Ogg stays far below; RFC 7845 §6 suggests to refuse beyond 61,440 octets a stream. */
const maxPacketBytes = 61_440;

export interface OggPacket {
  readonly payload: Uint8Array;
  /** Of the page, where this is the last packet that ends on it; -1 otherwise. */
  readonly granule: number;
  /** The last packet of its stream: its page says so (§6). */
  readonly isLast: boolean;
}

export class OggDemuxer {
  /** Pages that were left out: broken, or of another stream. */
  skipped = 0;
  #pending: Uint8Array = new Uint8Array(0);
  #serial: number | undefined;
  #partial: Uint8Array[] = [];
  #partialBytes = 0;

  /** The packets that are complete with these octets. */
  push(octets: Uint8Array): OggPacket[] {
    const all = new Uint8Array(this.#pending.length + octets.length);
    all.set(this.#pending);
    all.set(octets, this.#pending.length);
    const packets: OggPacket[] = [];
    let at = 0;
    while (at + headerBytes <= all.length) {
      if (all[at] !== 0x4f || all[at + 1] !== 0x67 || all[at + 2] !== 0x67 || all[at + 3] !== 0x53) {
        // RFC 3533 §3: after damage the next page is found by its pattern.
        at++;
        continue;
      }
      const segments = all[at + 26]!;
      if (at + headerBytes + segments > all.length) break;
      const table = all.subarray(at + headerBytes, at + headerBytes + segments);
      const bodyAt = at + headerBytes + segments;
      const bodyBytes = table.reduce((sum, length) => sum + length, 0);
      if (bodyAt + bodyBytes > all.length) break;
      this.#page(all.subarray(at, bodyAt), table, all.subarray(bodyAt, bodyAt + bodyBytes), packets);
      at = bodyAt + bodyBytes;
    }
    this.#pending = all.slice(Math.max(at, all.length - maxPageBytes));
    return packets;
  }

  #page(header: Uint8Array, table: Uint8Array, body: Uint8Array, packets: OggPacket[]): void {
    const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
    const serial = view.getUint32(14, true);
    this.#serial ??= serial;
    if (header[4] !== 0 || serial !== this.#serial) {
      this.skipped++;
      return;
    }
    const isContinued = (header[5]! & 1) !== 0;
    if (!isContinued) this.#forget();
    // A page that continues what we do not have begins with a rest that is of no use.
    let isUseless = isContinued && this.#partial.length === 0;
    const granule = Number(view.getBigInt64(6, true));
    const endsStream = (header[5]! & 4) !== 0;
    const ending = table.findLastIndex((length) => length < 255);
    let at = 0;
    for (const [segment, length] of table.entries()) {
      if (!isUseless && this.#partialBytes + length <= maxPacketBytes) {
        this.#partial.push(body.subarray(at, at + length));
        this.#partialBytes += length;
      }
      at += length;
      if (length === 255) continue;
      const isEnding = segment === ending;
      if (!isUseless) {
        packets.push({
          payload: this.#join(),
          granule: isEnding ? granule : -1,
          isLast: isEnding && endsStream,
        });
      }
      this.#forget();
      isUseless = false;
    }
    // What goes on in the next page must not keep this one alive.
    if (this.#partial.length > 0) this.#partial = [this.#join()];
  }

  #join(): Uint8Array {
    const packet = new Uint8Array(this.#partialBytes);
    let at = 0;
    for (const part of this.#partial) {
      packet.set(part, at);
      at += part.length;
    }
    return packet;
  }

  #forget(): void {
    this.#partial = [];
    this.#partialBytes = 0;
  }
}
