/** Stands in for late.ts in the built hooks. */

import type { Program } from "./late.ts";
import { keepCode, loadPart } from "./late-part.ts";

export async function loadProgram(): Promise<Program> {
  return loadPart<Program>("program");
}

export { keepCode };
