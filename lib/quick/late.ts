/** The program proper, loaded when it is first wanted. */

export type Program = typeof import("../hook.ts");

export function loadProgram(): Promise<Program> {
  return import("../hook.ts");
}

/** Nothing is compiled late here. */
export function keepCode(): void {}
