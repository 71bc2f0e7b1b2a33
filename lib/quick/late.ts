/** The program proper, loaded when it is first wanted. */

export type Program = typeof import("../hook.ts");

export function loadProgram(): Promise<Program> {
  return import("../hook.ts");
}

export type CommandLine = typeof import("../cli/main.ts");

export function loadCommand(): Promise<CommandLine> {
  return import("../cli/main.ts");
}

export function isFromCache(): boolean {
  return false;
}

/** Nothing is compiled late here. */
export function keepCode(_kind: string): void {}
