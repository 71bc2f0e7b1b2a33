/** A command as people write it, split into words without a shell. */

import { mismatch, type Reading } from "./fields.ts";
import { quoted } from "./show.ts";

const MOST_WORDS = 64;
const LONGEST_WORD = 4096;

/** What a shell would act on. Nobody does here, so that whoever wrote it meant something else than he would get. */
const FOR_SHELLS = new Set("|&;<>()$`\n");

const EXPECTED =
  'a command with its arguments, such as "pon gsm" or ["/usr/local/sbin/dial", "two words"]; no shell runs it';

/** Reads `"pon gsm"`, or a list of words. The program is a name to be found in PATH, or an absolute path. */
export function readCommand(input: unknown): Reading<string[]> {
  const split = typeof input === "string" ? splitWords(input) : wordsOf(input);
  if ("wrong" in split) return split;
  const words = split.value;
  const [program = ""] = words;
  if (words.length > MOST_WORDS || words.some((word) => word.length > LONGEST_WORD || word.includes("\0"))) {
    const expected = `at most ${MOST_WORDS} words of at most ${LONGEST_WORD} characters, without NUL`;
    return { wrong: mismatch(input, expected) };
  }
  if (program === "") return { wrong: mismatch(input, EXPECTED) };
  if (/^[^/].*\/|^[-~]|\/$/.test(program)) {
    return { wrong: `${mismatch(program, 'a program\'s name, such as "pon", or its absolute path')}` };
  }
  return split;
}

function wordsOf(input: unknown): Reading<string[]> {
  return Array.isArray(input) && input.every((word) => typeof word === "string")
    ? { value: input }
    : { wrong: mismatch(input, EXPECTED) };
}

/** One word, or the white space between two: quotes of both kinds, and a backslash outside single ones. */
const PIECE = /\s+|'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\]/gsy;

function splitWords(text: string): Reading<string[]> {
  const words: string[] = [];
  let word: string | null = null;
  PIECE.lastIndex = 0;
  for (let match = PIECE.exec(text); match !== null; match = PIECE.exec(text)) {
    const [piece] = match;
    const shell = forShell(piece);
    if (shell !== undefined) return { wrong: noShell(text, shell) };
    if (/^\s/.test(piece)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + meaningOf(piece);
    }
    if (PIECE.lastIndex === text.length) return { value: word === null ? words : [...words, word] };
  }
  if (text === "") return { wrong: mismatch(text, EXPECTED) };
  return { wrong: `found ${quoted(text)}, in which a quote or a backslash has no end; ${EXPECTED_END}` };
}

const EXPECTED_END = "expected each quote twice, and a character behind each backslash";

/** The first character of a piece that a shell would act on; in single quotes none, in double quotes two. */
function forShell(piece: string): string | undefined {
  if (piece.startsWith("'") || piece.startsWith("\\")) return undefined;
  const meant = piece.startsWith('"') ? piece.replace(/\\./gs, "") : piece;
  return [...meant].find((character) =>
    piece.startsWith('"') ? character === "$" || character === "`" : FOR_SHELLS.has(character),
  );
}

function noShell(text: string, character: string): string {
  const list = 'a list such as ["sh", "-c", "…"] if a shell is wanted';
  return `found ${quoted(text)}, but no shell runs it, and ${quoted(character)} would be for one; expected a program and its arguments (in single quotes what is meant literally), or ${list}`;
}

function meaningOf(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1, -1);
  if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["\\$`])/g, "$1");
  return piece.startsWith("\\") ? piece.slice(1) : piece;
}
