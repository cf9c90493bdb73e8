/**
 * Follows the frames of a WebSocket stream without reading what is in them: whether a frame, or a message in fragments, is under
 * way. RFC 6455 §5.2, §5.4.
 */

/**
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
 * |I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
 * |N|V|V|V|       |S|             |   (if payload len==126/127)   |
 * +-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
 */
export class FrameFollower {
  /** Octets of the frame's head so far, and how many it has; its length is known once the second octet is. */
  #head = 0;
  #headBytes = 2;
  #first = 0;
  #length = 0;
  #extended = 0;
  /** Octets of payload that are still to come. */
  #missing = 0;
  #isFragmented = false;

  /** Whether more must come before what has begun is whole. */
  get isPending(): boolean {
    return this.#isFragmented || this.#head > 0 || this.#missing > 0;
  }

  /** Takes the next octets; true when, somewhere in them, nothing was under way. */
  push(octets: Uint8Array): boolean {
    let completed = false;
    let at = 0;
    while (at < octets.length) {
      if (this.#missing > 0) {
        const here = Math.min(this.#missing, octets.length - at);
        this.#missing -= here;
        at += here;
        if (this.#missing === 0) completed = this.#end() || completed;
        continue;
      }
      this.#onHead(octets[at++]!);
      if (this.#head < this.#headBytes) continue;
      this.#head = 0;
      this.#headBytes = 2;
      this.#missing = this.#length;
      if (this.#missing === 0) completed = this.#end() || completed;
    }
    return completed;
  }

  #onHead(octet: number): void {
    const at = this.#head++;
    if (at === 0) this.#first = octet;
    else if (at === 1) {
      const short = octet & 0x7f;
      this.#extended = short === 126 ? 2 : short === 127 ? 8 : 0;
      this.#length = this.#extended === 0 ? short : 0;
      this.#headBytes = 2 + this.#extended + ((octet & 0x80) === 0 ? 0 : 4);
      // Lengths that no number holds exactly are refused by who reads the frame.
    } else if (at < 2 + this.#extended) this.#length = this.#length * 256 + octet;
  }

  /** The frame is whole; whether nothing is under way now. A control frame may stand between fragments, and ends nothing then. */
  #end(): boolean {
    const isControl = (this.#first & 0x08) !== 0;
    if (!isControl) this.#isFragmented = (this.#first & 0x80) === 0;
    return !this.#isFragmented;
  }
}
