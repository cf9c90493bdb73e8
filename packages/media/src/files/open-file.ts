/** A source for a file, by what its first octets say it is. */

import type { Source } from "../audio/source.ts";
import { badFile } from "../errors.ts";
import { FileFeed } from "./file-feed.ts";
import { OggOpusSource } from "./opus-source.ts";
import { parseWav } from "./wav.ts";
import { WavSource } from "./wav-source.ts";

export interface FileSource extends Source {
  /** Frames that were silent because the disk was too slow. */
  readonly starved: number;
}

/** Rejects with `MEDIA_BAD_FILE`. */
export async function openFile(path: string, loop = false): Promise<FileSource> {
  let feed: FileFeed;
  try {
    feed = await FileFeed.open(path);
  } catch (error) {
    throw badFile.from(error, path, (error as Error).message);
  }
  const start = feed.peek();
  if (start[0] === 0x4f && start[1] === 0x67) {
    const opened = await OggOpusSource.open(feed, loop);
    if (opened.ok) return opened.value;
    throw badFile(path, opened.error.message);
  }
  const format = parseWav(start);
  if (!format.ok) {
    feed[Symbol.dispose]();
    throw badFile(path, format.error.message);
  }
  feed.take(format.value.dataAt);
  return new WavSource(feed, format.value, loop);
}
