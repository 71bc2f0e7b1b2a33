/** The programs of /etc/waymark/notify.d: which of the files there are run, by run-parts' rules, and which are refused. */

import { existsSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isAbsent, messageOf } from "../state/files.ts";

export interface Programs {
  /** Absolute paths in the order of their names, byte by byte. */
  readonly run: readonly string[];
  /** `/etc/waymark/notify.d/mail: belongs to user 1000, not to root` */
  readonly refused: readonly string[];
}

/** run-parts(8): other names are passed over without a word, such as `mail.dpkg-old`. */
const isName = (name: string) => /^[A-Za-z0-9_-]+$/.test(name);

/** Names that may be programs; none where there is no such directory. One system call or two. */
export function programNames(directory: string): string[] {
  // An error is dearer than a question.
  if (!existsSync(directory)) return [];
  try {
    return readdirSync(directory).filter(isName).sort();
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/**
 * Looks every file over. They are run by root: so each must be root's, as must all directories that lead to it, and
 * nobody else may write them. What is not executable is passed over without a word.
 */
export function findPrograms(directory: string): Programs {
  const run: string[] = [];
  const refused: string[] = [];
  for (const name of programNames(directory)) {
    const path = `${directory}/${name}`;
    try {
      const file = statSync(path);
      if (!file.isFile() || (file.mode & 0o111) === 0) continue;
      const why = whyRefused(file, foldersOf(realpathSync(path)));
      if (why === null) run.push(path);
      else refused.push(`${path}: ${why}`);
    } catch (error) {
      // A link to nothing, or a file that went meanwhile.
      if (!isAbsent(error)) refused.push(`${path}: ${messageOf(error)}`);
    }
  }
  return { run, refused };
}

/** Who may change a file: stat(2)'s owner and permission bits. */
export interface Owned {
  readonly uid: number;
  readonly mode: number;
}

/** The directories that lead to a file, the nearest first. @param path without symbolic links */
function foldersOf(path: string): [string, Owned][] {
  const folder = dirname(path);
  return [[folder, statSync(folder)], ...(folder === "/" ? [] : foldersOf(folder))];
}

/** Why root does not run a file; null: nothing speaks against it. */
export function whyRefused(file: Owned, folders: readonly (readonly [string, Owned])[]): string | null {
  const own = whyNotRoots(file);
  if (own !== null) return own;
  const [open] = folders.flatMap(([folder, owned]) => {
    const why = whyNotRoots(owned);
    return why === null ? [] : [`its directory ${folder} ${why}`];
  });
  return open ?? null;
}

function whyNotRoots({ uid, mode }: Owned): string | null {
  if (uid !== 0) return `belongs to user ${uid}, not to root`;
  if ((mode & 0o020) !== 0) return "can be written by its group";
  return (mode & 0o002) !== 0 ? "can be written by everybody" : null;
}
