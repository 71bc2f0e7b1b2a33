import type { Metric, Sample } from "../../../lib/metrics/exposition.ts";

const unquoted = (text: string) => text.replace(/\\(.)/g, (_, char: string) => (char === "n" ? "\n" : char));
const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const PAIR = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${PAIR}(?:,${PAIR})*)\\})? (\\S+)$`);

/**
 * Reads the text format, stricter than Prometheus does: HELP, TYPE and at least one sample for each metric, no metric
 * twice, no sample twice, a line end at the end.
 * @throws Error at the first thing that is not so
 */
export function parseExposition(text: string): Metric[] {
  if (text !== "" && !text.endsWith("\n")) throw new Error("no line end at the end");
  const metrics = new Map<string, Metric & { samples: Sample[] }>();
  let current: (Metric & { samples: Sample[] }) | null = null;
  const lines = text.split("\n").slice(0, -1);
  for (const [place, line] of lines.entries()) {
    const help = new RegExp(`^# HELP (${NAME}) (.*)$`, "s").exec(line);
    const type = new RegExp(`^# TYPE (${NAME}) (gauge|counter)$`).exec(line);
    if (help !== null) {
      const name = help[1] ?? "";
      if (current?.samples.length === 0) throw new Error(`${current.name} has no samples`);
      if (metrics.has(name)) throw new Error(`${name} comes twice`);
      const next = new RegExp(`^# TYPE ${name} (gauge|counter)$`).exec(lines[place + 1] ?? "");
      if (next === null) throw new Error(`${name} has no type`);
      current = { name, help: unquoted(help[2] ?? ""), type: next[1] as Metric["type"], samples: [] };
      metrics.set(name, current);
    } else if (type !== null) {
      if (type[1] !== current?.name || current?.samples.length !== 0)
        throw new Error(`a stray type: ${line}`);
    } else {
      const found = SAMPLE.exec(line);
      if (found === null || current === null || found[1] !== current.name)
        throw new Error(`no sample: ${line}`);
      current.samples.push({ labels: labelsOf(found[2] ?? ""), value: numberOf(found[3] ?? "") });
    }
  }
  for (const { name, samples } of metrics.values()) {
    const keys = new Set(samples.map(({ labels }) => JSON.stringify(labels)));
    if (samples.length === 0 || keys.size !== samples.length)
      throw new Error(`${name}: no sample, or one twice`);
  }
  return [...metrics.values()];
}

function labelsOf(text: string): Record<string, string> {
  const pairs = text.match(new RegExp(PAIR, "g")) ?? [];
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), unquoted(pair.slice(pair.indexOf("=") + 2, -1))]),
  );
}

function numberOf(text: string): number {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf" || text === "-Inf") return text === "+Inf" ? Infinity : -Infinity;
  if (!/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}
