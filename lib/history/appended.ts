/** What is written to a text file while we look: `tail -F`. */

import { type FileHandle, open, stat } from "node:fs/promises";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as sleep } from "node:timers/promises";
import { isAbsent } from "../state/files.ts";

/** Not inotify: on an overlay file system it misses what happens to files. */
const PAUSE_MS = 250;
const PIECE = 64 * 1024;

/**
 * Yields the lines behind a place; goes on in the next file of that name when logrotate(8) has moved this one away, and
 * from the beginning when it was emptied. Does not end.
 * @param from byte at which to begin
 */
export async function* appendedLines(path: string, from: number): AsyncGenerator<string> {
  let file = await open(path);
  let place = from;
  let rest = "";
  let decoder = new StringDecoder("utf8");
  const piece = Buffer.alloc(PIECE);
  try {
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, PIECE, place);
      if (bytesRead > 0) {
        place += bytesRead;
        const lines = `${rest}${decoder.write(piece.subarray(0, bytesRead))}`.split("\n");
        rest = lines.pop() ?? "";
        yield* lines;
        continue;
      }
      const next = await successor(path, file, place);
      if (next === null) {
        await sleep(PAUSE_MS);
        continue;
      }
      if (next !== file) await file.close();
      file = next;
      place = 0;
      rest = "";
      decoder = new StringDecoder("utf8");
    }
  } finally {
    await file.close();
  }
}

/** The file to begin anew with; null: go on waiting. */
async function successor(path: string, file: FileHandle, place: number): Promise<FileHandle | null> {
  try {
    const [now, ours] = [await stat(path), await file.stat()];
    if (now.ino === ours.ino && now.dev === ours.dev) return ours.size < place ? file : null;
    return await open(path);
  } catch (error) {
    // Moved away, and the next one is not there yet.
    if (isAbsent(error)) return null;
    throw error;
  }
}
