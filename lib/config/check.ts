/** `[check]` for every uplink, and `[uplink.NAME.check]`, which overrides it key by key. */

import * as v from "valibot";
import { mismatch, oneOf, oneOrMore, text, wholeNumber } from "./fields.ts";
import { type Findings, placeOf } from "./findings.ts";
import type { Path } from "./positions.ts";
import { duration, formatDuration, formatShare, share } from "./quantities.ts";
import { quoted } from "./show.ts";
import { isTable, readTable, type Table } from "./table.ts";
import { EXAMPLE, readTarget } from "./targets.ts";
import type { Check, CheckMethod, CheckTarget } from "./types.ts";

const METHODS = ["ping", "tcp", "dns", "http"] as const;
const MOST_TARGETS = 8;
/** So many probes to one target may be on their way at once. */
const MOST_PENDING = 10;

const SHAPE = {
  entries: {
    method: v.optional(oneOf(METHODS)),
    targets: v.optional(oneOrMore(text("a list of targets", () => true))),
    interval: v.optional(duration(100, 3_600_000)),
    timeout: v.optional(duration(50, 60_000)),
    down_after: v.optional(wholeNumber(1, 100)),
    up_after: v.optional(wholeNumber(1, 100)),
    quorum: v.optional(wholeNumber(1, MOST_TARGETS)),
    window: v.optional(wholeNumber(5, 100)),
    max_loss: v.optional(share),
    max_latency: v.optional(duration(1, 60_000)),
    down_loss: v.optional(share),
    down_latency: v.optional(duration(1, 60_000)),
    expect: v.optional(wholeNumber(100, 599)),
    keyword: v.optional(
      text("text of 1 to 200 characters on one line", (word) => /^[^\p{Cc}]{1,200}$/u.test(word)),
    ),
    query: v.optional(
      text('a name to look up, such as "example.org", or "." for the root', (name) =>
        /^(?=.{1,253}$)(?:\.|[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)$/i.test(name),
      ),
    ),
  },
  later: [],
} as const;

type Said = v.InferOutput<v.ObjectSchema<typeof SHAPE.entries, undefined>>;

/** One of the two tables: what it says, and where. */
interface Source {
  readonly path: Path;
  readonly raw: Table;
  /** Without the keys that are wrong, which were reported. */
  readonly said: Said;
}

/** Which method wants which keys. */
const OF_METHOD: Readonly<Record<string, CheckMethod>> = { expect: "http", keyword: "http", query: "dns" };

/** Makes the checks of the uplinks; the problems of what they share are reported once. */
export interface CheckReader {
  /** The check of the uplink whose table says `raw` for it; null: it is not checked, or its check is wrong. */
  of(name: string, raw: unknown): Check | null;
  /** Reports what no uplink makes use of; to be called behind the last one. */
  finish(): void;
}

/** @param raw what the document says for `check` */
export function checkReader(findings: Findings, raw: unknown): CheckReader {
  const shared = raw === undefined ? null : sourceOf(findings, ["check"], raw);
  const once = reportOnce(findings);
  const methods = new Set<CheckMethod>();
  return {
    of: (name, own) => {
      if (own === false || (own === undefined && shared === null)) return null;
      const path = ["uplink", name, "check"];
      if (own !== undefined && !isTable(own)) {
        findings.value(path, mismatch(own, "a table, or false: not checked"));
        return null;
      }
      const special = own === undefined ? null : sourceOf(findings, path, own);
      const sources = [special, shared].flatMap((source) => source ?? []);
      const said: Said = { ...shared?.said, ...special?.said };
      methods.add(said.method ?? "ping");
      return new Reader(once, sources, said).check();
    },
    finish: () => {
      if (shared !== null && methods.size > 0) reportUnused(findings, shared, methods);
    },
  };
}

function sourceOf(findings: Findings, path: Path, raw: unknown): Source | null {
  const said = readTable(findings, path, raw, SHAPE);
  return said === null || !isTable(raw) ? null : { path, raw, said };
}

/** Two uplinks that share a mistake made one. */
function reportOnce(findings: Findings): Pick<Findings, "key" | "value"> {
  const seen = new Set<string>();
  const first = (path: Path, message: string) => {
    const id = JSON.stringify([path, message]);
    return seen.has(id) ? false : seen.add(id) === seen;
  };
  return {
    key: (path, message) => {
      if (first(path, message)) findings.key(path, message);
    },
    value: (path, message) => {
      if (first(path, message)) findings.value(path, message);
    },
  };
}

/** A key of the shared table that belongs to a method that no uplink is checked by. */
function reportUnused(findings: Findings, { path, raw }: Source, methods: ReadonlySet<CheckMethod>): void {
  for (const [key, method] of Object.entries(OF_METHOD)) {
    if (raw[key] !== undefined && !methods.has(method)) findings.key([...path, key], misplaced(path, key));
  }
}

function misplaced(path: Path, key: string): string {
  return `${placeOf(path)}: found ${key}, which is for method = ${quoted(OF_METHOD[key] ?? "")} only; remove it`;
}

/** Puts together what the tables say of one uplink's check. */
class Reader {
  readonly #report: Pick<Findings, "key" | "value">;
  /** The uplink's own table before the shared one. */
  readonly #sources: readonly Source[];
  readonly #said: Said;

  constructor(report: Pick<Findings, "key" | "value">, sources: readonly Source[], said: Said) {
    this.#report = report;
    this.#sources = sources;
    this.#said = said;
  }

  check(): Check | null {
    const said = this.#said;
    const method = said.method ?? "ping";
    const http = method === "http";
    // A method that is wrong was reported; its targets cannot be judged.
    const targets = this.#isWrong("method") ? null : this.#targets(method);
    const check: Check = {
      method,
      targets: targets ?? [],
      interval: said.interval ?? 1000,
      timeout: said.timeout ?? 1000,
      downAfter: said.down_after ?? 3,
      upAfter: said.up_after ?? 5,
      quorum: said.quorum ?? 1,
      window: said.window ?? 20,
      maxLoss: said.max_loss ?? null,
      maxLatency: said.max_latency ?? null,
      downLoss: said.down_loss ?? null,
      downLatency: said.down_latency ?? null,
      expect: http ? (said.expect ?? (said.keyword === undefined ? 204 : 200)) : null,
      keyword: http ? (said.keyword ?? null) : null,
      query: method === "dns" ? (said.query?.toLowerCase() ?? ".") : null,
    };
    this.#reportMisplaced(method);
    this.#reportContradictions(check);
    return targets === null ? null : check;
  }

  /** The path of the table that a key counts from; undefined: none has it. */
  #home(key: string): Path | undefined {
    return this.#sources.find(({ raw }) => raw[key] !== undefined)?.path;
  }

  #isWrong(key: keyof Said): boolean {
    return this.#home(key) !== undefined && this.#said[key] === undefined;
  }

  #targets(method: CheckMethod): CheckTarget[] | null {
    const home = this.#home("targets");
    if (home === undefined) {
      const path = this.#sources[0]?.path ?? [];
      const example = `such as targets = [${quoted(EXAMPLE[method])}]`;
      this.#report.key(path, `${placeOf(path)}: no targets; expected whom to ask, ${example}`);
      return null;
    }
    const texts = this.#said.targets;
    if (texts === undefined) return null;
    const path = [...home, "targets"];
    if (texts.length > MOST_TARGETS) {
      this.#report.value(path, `found ${texts.length} targets, expected at most ${MOST_TARGETS}`);
    }
    const found = new Map<string, CheckTarget>();
    texts.forEach((written, place) => {
      const reading = readTarget(method, written);
      if ("wrong" in reading) {
        this.#report.value([...path, place], `${reading.wrong}${this.#because(home, "method", method)}`);
      } else if (found.has(reading.value.name)) {
        this.#report.value(
          [...path, place],
          `found ${quoted(written)} a second time, expected each target once`,
        );
      } else found.set(reading.value.name, reading.value);
    });
    return found.size === texts.length ? [...found.values()] : null;
  }

  /** Where a key stands that makes another table's key wrong; nothing if both stand in one table. */
  #because(home: Path, key: string, value: string): string {
    const from = this.#home(key);
    return from === undefined || from === home ? "" : ` (${placeOf(from)} ${key} = ${quoted(value)})`;
  }

  #reportMisplaced(method: CheckMethod): void {
    const own = this.#sources.find(({ path }) => path[0] === "uplink");
    if (own === undefined || this.#isWrong("method")) return;
    for (const [key, of] of Object.entries(OF_METHOD)) {
      if (own.raw[key] !== undefined && of !== method) {
        this.#report.key([...own.path, key], misplaced(own.path, key));
      }
    }
  }

  #reportContradictions(check: Check): void {
    const { targets, quorum, maxLatency, downLatency, maxLoss, downLoss } = check;
    const [interval, timeout] = [check.interval, check.timeout].map(formatDuration);
    if (targets.length > 0 && quorum > targets.length) {
      this.#contradiction("quorum", `${quorum}`, `at most the number of targets, ${targets.length}`);
    }
    if (check.timeout > MOST_PENDING * check.interval) {
      const most = `at most ${MOST_PENDING} intervals of "${interval}"`;
      this.#contradiction("timeout", `"${timeout}"`, most, "interval", interval);
    }
    if (maxLatency !== null && maxLatency > check.timeout) {
      const most = `at most the timeout, "${timeout}"`;
      this.#contradiction("max_latency", `"${formatDuration(maxLatency)}"`, most, "timeout", timeout);
    }
    if (downLatency !== null && maxLatency !== null && downLatency < maxLatency) {
      const most = formatDuration(maxLatency);
      const least = `at least max_latency, "${most}"`;
      this.#contradiction("down_latency", `"${formatDuration(downLatency)}"`, least, "max_latency", most);
    }
    if (downLoss !== null && maxLoss !== null && downLoss < maxLoss) {
      const most = formatShare(maxLoss);
      const least = `at least max_loss, "${most}"`;
      this.#contradiction("down_loss", `"${formatShare(downLoss)}"`, least, "max_loss", most);
    }
  }

  /** A key that does not go together with another one; no default goes against anything that may be written. */
  #contradiction(key: string, found: string, expected: string, other = "", value = ""): void {
    const home = this.#home(key);
    if (home === undefined) return;
    const because = this.#because(home, other, value);
    this.#report.value([...home, key], `found ${found}, expected ${expected}${because}`);
  }
}
