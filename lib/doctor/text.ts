/** Findings for people. */

import { escapeLine } from "../log.ts";
import type { Finding, Severity, Step } from "./finding.ts";

const COLOUR: Readonly<Record<Severity, number>> = { error: 31, warning: 33, note: 36 };

/**
 * All findings, each with what was found, why it matters and what to do, and a line of totals.
 * @param colour escape sequences for a terminal
 */
export function findingsText(findings: readonly Finding[], colour: boolean): string {
  const paint = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const blocks = findings.map(({ id, severity, title, found, why, remedy }) =>
    [
      `${paint(COLOUR[severity], `${severity}:`)} ${paint(1, escapeLine(title))} ${paint(90, `[${id}]`)}`,
      ...found.map((line, place) => `  ${place === 0 ? "found " : "      "} ${escapeLine(line)}`),
      `  why    ${escapeLine(why)}`,
      ...remedyLines(remedy),
    ].join("\n"),
  );
  return `${[...blocks, totals(findings)].join("\n\n")}\n`;
}

function remedyLines(remedy: readonly Step[]): string[] {
  if (remedy.length === 0) return ["  do     nothing has to be done"];
  return remedy.flatMap(stepLines).map((line, place) => `  ${place === 0 ? "do    " : "      "} ${line}`);
}

function stepLines(step: Step): string[] {
  switch (step.do) {
    case "run":
      return [`sudo ${escapeLine(step.command)}`];
    case "write":
      return [`write ${escapeLine(step.path)}:`, ...fileLines(step.text)];
    case "append":
      return [`add to ${escapeLine(step.path)}:`, ...fileLines(step.text)];
    case "edit":
      return step.to === null
        ? [`in ${escapeLine(step.path)} take out:`, ...fileLines(step.line)]
        : [`in ${escapeLine(step.path)} replace:`, ...fileLines(step.line), "with:", ...fileLines(step.to)];
    case "note":
      return [escapeLine(step.text)];
  }
}

function fileLines(text: string): string[] {
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `    ${escapeLine(line)}`);
}

function totals(findings: readonly Finding[]): string {
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const words = (["error", "warning", "note"] as const).flatMap((severity) => {
    const number = count(severity);
    return number === 0 ? [] : [`${number} ${severity}${number === 1 ? "" : "s"}`];
  });
  if (words.length === 0) return "nothing here works against Waymark";
  return `${words.join(", ")}${count("error") === 0 ? "; nothing breaks the routing" : ""}`;
}
