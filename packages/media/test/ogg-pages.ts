/** Packets as Ogg pages: the first two alone, then four to a page. RFC 3533 §6. Checksums are left out: our reader does not need them. */

export function oggPages(packets: readonly Uint8Array[], endGranule = 0): Uint8Array[] {
  const groups = packets.slice(0, 2).map((packet) => [packet]);
  for (let at = 2; at < packets.length; at += 4) groups.push(packets.slice(at, at + 4));
  return groups.map((group, number) => {
    const table = group.flatMap(({ length }) => [
      ...new Array<number>(Math.floor(length / 255)).fill(255),
      length % 255,
    ]);
    const header = Buffer.alloc(27);
    header.write("OggS", 0, "latin1");
    const isLast = number === groups.length - 1;
    header[5] = (number === 0 ? 2 : 0) | (isLast ? 4 : 0);
    header.writeBigInt64LE(BigInt(number < 2 ? 0 : isLast ? endGranule : (number - 1) * 4 * 960), 6);
    header.writeUInt32LE(77, 14);
    header.writeUInt32LE(number, 18);
    header[26] = table.length;
    return Buffer.concat([header, Uint8Array.from(table), ...group]);
  });
}
