/** Room for packets on their way: cut from larger pieces, since a buffer of its own costs more than the packet in it. */

const slabBytes = 65_536;

export class PacketSlab {
  #slab = new ArrayBuffer(0);
  #used = 0;

  /** Octets that nobody else has; what is in them is of no meaning. */
  take(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(Math.max(slabBytes, bytes));
      this.#used = 0;
    }
    const octets = new Uint8Array(this.#slab, this.#used, bytes);
    this.#used += bytes;
    return octets;
  }
}
