/** Stands in for late.ts in the built files. */

import { loadPart } from "../quick/late-part.ts";
import type { Reader } from "./late.ts";

export async function loadReader(): Promise<Reader> {
  return loadPart<Reader>("reader");
}
