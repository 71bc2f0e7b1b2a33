/** Stands in for late.ts in the built hooks. */

import type { CommandLine, Program } from "./late.ts";
import { isFromCache, keepCode, loadPart } from "./late-part.ts";

export async function loadProgram(): Promise<Program> {
  return loadPart<Program>("program");
}

export async function loadCommand(): Promise<CommandLine> {
  return loadPart<CommandLine>("command");
}

export { isFromCache, keepCode };
