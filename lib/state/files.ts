/** Small files that are either whole or absent. */

import { isAscii } from "node:buffer";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** The text of a file; null if there is none. @throws what else goes wrong (EACCES, EIO, EISDIR) */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/** `readText` for what is very long and mostly plain: bytes need not be decoded one by one where all are ASCII. */
export function readLongText(path: string): string | null {
  try {
    const bytes = readFileSync(path);
    return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/**
 * The text of a file that somebody named; null if there is none.
 * @throws Error that says why it cannot be read, also if it is none to be read to its end (a directory, a pipe)
 */
export function readRegular(path: string): string | null {
  try {
    if (!statSync(path).isFile()) throw new Error("it is not a regular file");
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isAbsent(error)) return null;
    throw new Error(`cannot be read: ${messageOf(error)}`);
  }
}

/** What a file holds as JSON; null if there is no such file or it cannot be understood (a disk that was full once). */
export function readJson<T>(path: string): T | null {
  const text = readText(path);
  if (text === null) return null;
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}

/**
 * Writes a file under another name and puts it in place: readers see the old text or the new.
 * @param mode permission bits; 0o644 if not given
 * @throws what the file system says (ENOSPC, EROFS …); the old file is then still there
 */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    try {
      writeFileSync(draft, text, { mode });
    } catch (error) {
      if (!isAbsent(error)) throw error;
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      writeFileSync(draft, text, { mode });
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Removes a file that may be gone already. Not `rmSync`, which compiles a good deal before it removes anything.
 * @throws what else goes wrong
 */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** `writeWhole` of JSON. */
export function writeJson(path: string, value: unknown): void {
  writeWhole(path, `${JSON.stringify(value)}\n`);
}

/** Tells a file from any other version of it: device, inode, size and both times; "absent" if there is none. */
export function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = statSync(path);
    return `${dev}:${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  } catch (error) {
    if (isAbsent(error)) return "absent";
    throw error;
  }
}

/** Whether an error says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** The words of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
