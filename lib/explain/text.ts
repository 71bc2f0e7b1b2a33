/** An explanation for people. */

import type { Explanation } from "./explanation.ts";

/** The answer, the numbered reasons, the notes, and what the kernel says to it. */
export function explanationText(explanation: Explanation): string {
  const reasons = explanation.reasons.map((reason, place) => `  ${place + 1}. ${reason}`);
  const notes = explanation.notes.map((note) => `  note: ${note}`);
  return `${[explanation.summary, ...reasons, ...notes, ...kernelLines(explanation)].join("\n")}\n`;
}

function kernelLines({ kernel, agrees }: Explanation): string[] {
  if (kernel.length === 0) return ["  the kernel was not asked: such a question cannot be put to it"];
  if (agrees) return [`  the kernel agrees (${kernel.at(-1)?.command})`];
  return kernel
    .filter((check) => !check.agrees)
    .flatMap(({ command, expected, said, hint }) => [
      `THE KERNEL DIFFERS: ${command}`,
      `  expected: ${expected}`,
      `  the kernel: ${said}`,
      ...(hint === null ? [] : [`  ${hint}`]),
    ]);
}
