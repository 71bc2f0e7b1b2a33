/** The program text of `main.ts`, where there is a built file to take it from. */

/** @returns null: this is no built file */
export function tellerCode(): string | null {
  return null;
}
