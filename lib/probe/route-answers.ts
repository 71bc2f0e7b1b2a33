/** Reads what `ip -N -j -force -batch -` says to `route get fibmatch …` and `link show dev …`. Pure. */

import type { Result } from "../kernel/command.ts";
import type { RouteAnswer } from "./path.ts";

/** What one line of the batch was answered: JSON, or the words of a refusal. */
export type BatchAnswer = { readonly json: unknown } | { readonly words: string };

/**
 * Tells the answers to the lines apart: one line of JSON for each that was not refused; for each that was, words on
 * stderr and behind them `Command failed -:3` with its number.
 * @returns null when it cannot be told which answer belongs to what
 */
export function batchAnswers(count: number, { stdout, stderr }: Result): BatchAnswer[] | null {
  const refused = new Map<number, string>();
  let words = "";
  for (const line of stderr.split("\n")) {
    const failed = /^Command failed -:(\d+)$/.exec(line);
    if (failed === null) {
      if (line.trim() !== "") words = line.trim();
      continue;
    }
    refused.set(Number(failed[1]), words.replace(/^RTNETLINK answers: /, ""));
    words = "";
  }
  const said = stdout.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "[");
  if (said.length + refused.size !== count) return null;
  try {
    return Array.from({ length: count }, (_, place) => {
      const why = refused.get(place + 1);
      return why === undefined ? { json: JSON.parse(said.shift() ?? "") as unknown } : { words: why };
    });
  } catch {
    return null;
  }
}

interface JsonRoute {
  dev?: unknown;
  type?: unknown;
  nexthops?: unknown;
}

/** RTN_LOCAL of linux/rtnetlink.h, as -N prints it. */
const LOCAL: readonly unknown[] = ["2", "local"];

export function routeAnswer(answer: BatchAnswer): RouteAnswer {
  if ("words" in answer) return { kind: "refused", words: answer.words };
  const [route] = (Array.isArray(answer.json) ? answer.json : []) as (JsonRoute | undefined)[];
  const hops = Array.isArray(route?.nexthops) ? (route.nexthops as (JsonRoute | null)[]) : [];
  const devices = [route?.dev, ...hops.map((hop) => hop?.dev)].filter((name) => typeof name === "string");
  return { kind: "route", devices: devices as string[], local: LOCAL.includes(route?.type) };
}

/** The device's index, which another device of the same name would not have; null: there is no such device. */
export function linkIndex(answer: BatchAnswer): number | null {
  if ("words" in answer) return null;
  const [link] = (Array.isArray(answer.json) ? answer.json : []) as ({ ifindex?: unknown } | undefined)[];
  return typeof link?.ifindex === "number" ? link.ifindex : null;
}
