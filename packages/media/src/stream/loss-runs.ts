/** Whether losses come alone or in bursts. RFC 3611 §4.7.2: losses with fewer than Gmin packets between them are one burst. */

export const minimumGap = 16;

export interface LossRuns {
  /** Shares of packets lost within bursts and between them, 0 to 1. */
  readonly burstDensity: number;
  readonly gapDensity: number;
  /** Mean length in packets. */
  readonly burstPackets: number;
  readonly gapPackets: number;
  /** How much losses cling together beside random ones: 1 is random. G.107 §7.5. */
  readonly burstRatio: number;
}

export class LossRunMeter {
  #packets = 0;
  #lost = 0;
  #runs = 0;
  #bursts = 0;
  #burstPackets = 0;
  #burstLost = 0;
  #previousLost = false;
  /** Packets since the last loss, and the burst that may be under way. */
  #since = minimumGap;
  #burst = { packets: 0, lost: 0 };

  packet(isLost: boolean): void {
    this.#packets++;
    if (!isLost) {
      this.#since++;
      this.#previousLost = false;
      return;
    }
    this.#lost++;
    if (!this.#previousLost) this.#runs++;
    this.#previousLost = true;
    if (this.#since >= minimumGap) {
      this.#close();
      this.#burst = { packets: 1, lost: 1 };
    } else {
      this.#burst.packets += this.#since + 1;
      this.#burst.lost++;
    }
    this.#since = 0;
  }

  summary(): LossRuns {
    const { packets, lost } = this.#burst;
    const isOpen = lost > 1;
    const bursts = this.#bursts + (isOpen ? 1 : 0);
    const inBursts = this.#burstPackets + (isOpen ? packets : 0);
    const lostInBursts = this.#burstLost + (isOpen ? lost : 0);
    const inGaps = this.#packets - inBursts;
    const loss = this.#packets === 0 ? 0 : this.#lost / this.#packets;
    return {
      burstDensity: inBursts === 0 ? 0 : lostInBursts / inBursts,
      gapDensity: inGaps === 0 ? 0 : (this.#lost - lostInBursts) / inGaps,
      burstPackets: bursts === 0 ? 0 : inBursts / bursts,
      gapPackets: inGaps / (bursts + 1),
      // Random losses have runs of 1 / (1 - loss) packets.
      burstRatio: this.#runs === 0 ? 1 : Math.max(1, (this.#lost / this.#runs) * (1 - loss)),
    };
  }

  #close(): void {
    if (this.#burst.lost < 2) return;
    this.#bursts++;
    this.#burstPackets += this.#burst.packets;
    this.#burstLost += this.#burst.lost;
  }
}
