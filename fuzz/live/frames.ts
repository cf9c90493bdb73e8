/** WebSocket frames as a client sends them, sound and not. RFC 6455 §5.2. */

import type { Random } from "../input/random.ts";

const opcodes = [1, 2, 1, 2, 1, 2, 0, 8, 9, 10, 3, 15];

/** Messages as frames: masked, in fragments or whole, now and then with an odd opcode, length or reserved bit. */
export function makeFrames(random: Random, octets: string): Buffer {
  const payload = Buffer.from(octets, "latin1");
  const count = random.chance(0.3) ? 1 + random.int(6) : 1;
  const size = Math.ceil(payload.length / count);
  const frames: Buffer[] = [];
  for (let n = 0; n < count; n++) {
    const part = payload.subarray(n * size, (n + 1) * size);
    const isOdd = random.chance(0.15);
    const opcode = isOdd ? random.pick(opcodes) : n === 0 ? 2 : 0;
    const final = n === count - 1 && !(isOdd && random.chance(0.3)) ? 0x80 : 0;
    const reserved = isOdd && random.chance(0.2) ? 0x10 << random.int(3) : 0;
    frames.push(frame(random, final | reserved | opcode, part, isOdd));
  }
  return Buffer.concat(frames);
}

function frame(random: Random, first: number, part: Buffer, isOdd: boolean): Buffer {
  const lie = isOdd && random.chance(0.3) ? random.int(200_000) : part.length;
  const isMasked = !(isOdd && random.chance(0.2));
  const head = [first];
  const mask = isMasked ? 0x80 : 0;
  if (lie < 126 && !(isOdd && random.chance(0.2))) head.push(mask | lie);
  else if (lie < 65_536) head.push(mask | 126, lie >> 8, lie & 255);
  else head.push(mask | 127, 0, 0, 0, 0, (lie >> 24) & 255, (lie >> 16) & 255, (lie >> 8) & 255, lie & 255);
  if (!isMasked) return Buffer.concat([Buffer.from(head), part]);
  const key = Buffer.from([random.int(256), random.int(256), random.int(256), random.int(256)]);
  const masked = Buffer.from(part);
  for (let at = 0; at < masked.length; at++) masked[at]! ^= key[at & 3]!;
  return Buffer.concat([Buffer.from(head), key, masked]);
}
