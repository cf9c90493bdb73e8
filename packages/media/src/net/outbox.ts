/**
 * Sends the packets of many frames together: made one after the other and then sent one after the other, they find the code for each in
 * the processor's caches, which system calls in between would have emptied.
 */

import type { BindSocket, DatagramSocket } from "./datagram.ts";

export class Outbox {
  readonly #bind: BindSocket;
  #isCollecting = false;
  #size = 0;
  /** Four lists rather than one of objects: they are used again for each frame. */
  readonly #sockets: (DatagramSocket | undefined)[] = [];
  readonly #octets: (Uint8Array | undefined)[] = [];
  readonly #ports: number[] = [];
  readonly #addresses: string[] = [];

  constructor(bind: BindSocket) {
    this.#bind = bind;
  }

  /** As the inner one; what its sockets send between `begin` and `end` is sent by `end`, in order. */
  readonly bind: BindSocket = async (address, port, onPacket) => {
    const socket = await this.#bind(address, port, onPacket);
    return {
      local: socket.local,
      send: (octets, remotePort, remoteAddress) => {
        if (!this.#isCollecting) {
          socket.send(octets, remotePort, remoteAddress);
          return;
        }
        const at = this.#size++;
        this.#sockets[at] = socket;
        this.#octets[at] = octets;
        this.#ports[at] = remotePort;
        this.#addresses[at] = remoteAddress;
      },
      close: () => {
        // The last packet of a stream is sent before its socket goes.
        this.#flush();
        socket.close();
      },
    };
  };

  begin(): void {
    this.#isCollecting = true;
  }

  end(): void {
    this.#isCollecting = false;
    this.#flush();
  }

  #flush(): void {
    const size = this.#size;
    this.#size = 0;
    for (let at = 0; at < size; at++) {
      this.#sockets[at]!.send(this.#octets[at]!, this.#ports[at]!, this.#addresses[at]!);
      this.#sockets[at] = undefined;
      this.#octets[at] = undefined;
    }
  }
}
