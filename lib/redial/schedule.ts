/**
 * When a line that is gone is dialled again. Pure: the time is handed in, in milliseconds of a clock that never goes
 * back, and so is chance.
 */

/**
 * - `alive`: there is a session, or a device that can carry packets
 * - `busy`: somebody else is dialling it: its own pppd, which may try for hours
 * - `coming`: on its way, or silent: given a while before it counts as dead
 * - `dead`: nothing is there
 */
export type Line = "alive" | "busy" | "coming" | "dead";

/** Milliseconds. */
export interface RedialTimes {
  /** From the first dial in vain to the second; doubled each time. */
  readonly first: number;
  readonly longest: number;
  /** A line that lived this long owes nothing to the failures before it. */
  readonly settled: number;
  /** For a line that is coming, or silent. */
  readonly patience: number;
  /** Behind a dial command that ended well, for what it started. */
  readonly behind: number;
  /** A dial command that runs this long without a line has hung. */
  readonly hang: number;
  /** From SIGTERM to SIGKILL. */
  readonly grace: number;
  /** Between two looks where nothing tells of a change. */
  readonly poll: number;
}

export const REDIAL_TIMES: RedialTimes = {
  first: 5_000,
  longest: 300_000,
  settled: 60_000,
  patience: 60_000,
  behind: 20_000,
  hang: 120_000,
  grace: 5_000,
  poll: 5_000,
};

/** What is remembered of an uplink's dialling; plain data. */
export interface DialRecord {
  /** Dials since the line last settled. */
  readonly dials: number;
  /** No dial before this. */
  readonly notBefore: number;
  /** Since when the line is alive; null: it is not. */
  readonly aliveSince: number | null;
  /** Since when it is coming; null: it is not. */
  readonly comingSince: number | null;
  /** When the dial that runs was begun; null: none runs. */
  readonly dialSince: number | null;
  /** Since when the dial that runs owes a line: its begin, or when the line was lost. */
  readonly owedSince: number | null;
  /** When the dial that runs was told to end. */
  readonly endingSince: number | null;
}

/** An uplink that is seen for the first time: who brings lines up at boot gets a moment to do so. */
export function newRecord(now: number, times: RedialTimes = REDIAL_TIMES): DialRecord {
  return {
    dials: 0,
    notBefore: now + times.first,
    aliveSince: null,
    comingSince: null,
    dialSince: null,
    owedSince: null,
    endingSince: null,
  };
}

/** What is seen of an uplink. */
export interface Sight {
  readonly line: Line;
  /** false: switched off by hand. */
  readonly wanted: boolean;
  /** The dial of the record: it runs, or it has ended with this status (null: unknown, or by a signal). */
  readonly dial: "none" | "running" | { readonly status: number | null };
}

export type DialAction =
  | { readonly kind: "dial" }
  /** End the dial that runs, all its process group: with SIGTERM, or, forced, with SIGKILL. */
  | { readonly kind: "end"; readonly force: boolean };

export interface DialStep {
  readonly record: DialRecord;
  readonly action: DialAction | null;
  /** When to look again, should nothing be told before; null: no need. */
  readonly lookAt: number | null;
}

/**
 * What to do about an uplink now.
 * @param now milliseconds, never less than at the step before
 * @param chance 0 to 1, 1 excluded: spreads the dials of lines that went at once
 */
export function dialStep(
  before: DialRecord,
  sight: Sight,
  now: number,
  chance: number,
  times: RedialTimes = REDIAL_TIMES,
): DialStep {
  const record = withLine(withEnd(before, sight, now, times), sight, now, times);
  if (record.dialSince !== null) return whileDialling(record, now, times);
  if (sight.line === "alive") {
    const lookAt = record.dials > 0 ? (record.aliveSince ?? now) + times.settled : null;
    return { record, action: null, lookAt };
  }
  if (!sight.wanted) {
    // Whoever switches it on again wants it now, whatever failed before.
    const forgiven = { ...record, dials: 0, notBefore: Math.min(record.notBefore, now) };
    return { record: forgiven, action: null, lookAt: null };
  }
  if (sight.line === "busy") return { record, action: null, lookAt: now + times.poll };
  const due = Math.max(
    record.notBefore,
    record.comingSince === null ? record.notBefore : record.comingSince + times.patience,
  );
  return now < due ? { record, action: null, lookAt: due } : dialNow(record, now, chance, times);
}

/** The wait behind a dial: doubled with each one, a quarter more or less by chance, never beyond the bounds. */
export function backOff(dials: number, chance: number, times: RedialTimes = REDIAL_TIMES): number {
  const plain = times.first * 2 ** Math.min(Math.max(dials, 1) - 1, 30);
  const spread = Math.min(plain, times.longest) * (0.75 + chance / 2);
  return Math.min(Math.max(Math.round(spread), times.first), times.longest);
}

function dialNow(record: DialRecord, now: number, chance: number, times: RedialTimes): DialStep {
  const dials = record.dials + 1;
  return {
    record: {
      ...record,
      dials,
      notBefore: now + backOff(dials, chance, times),
      comingSince: null,
      dialSince: now,
      owedSince: now,
    },
    action: { kind: "dial" },
    lookAt: now + times.hang,
  };
}

/** The record once the dial that ran has ended. */
function withEnd(record: DialRecord, { dial, line }: Sight, now: number, times: RedialTimes): DialRecord {
  if (record.dialSince === null || dial === "running") return record;
  // What ended well may have left something behind that is still at it: `pon` returns before pppd has dialled. What
  // ended with the line that it carried has not.
  const isAtIt =
    dial !== "none" && dial.status === 0 && line !== "alive" && record.owedSince === record.dialSince;
  const notBefore = isAtIt ? Math.max(record.notBefore, now + times.behind) : record.notBefore;
  return { ...record, notBefore, dialSince: null, owedSince: null, endingSince: null };
}

/** The record with what is seen of the line. */
function withLine(record: DialRecord, { line }: Sight, now: number, times: RedialTimes): DialRecord {
  const settled = record.aliveSince !== null && now - record.aliveSince >= times.settled;
  const rested = settled ? { ...record, dials: 0, notBefore: Math.min(record.notBefore, now) } : record;
  if (line === "alive") return { ...rested, aliveSince: record.aliveSince ?? now, comingSince: null };
  const lost = record.aliveSince !== null;
  return {
    ...rested,
    aliveSince: null,
    comingSince: line === "coming" ? (record.comingSince ?? now) : null,
    owedSince: record.dialSince !== null && lost ? now : record.owedSince,
  };
}

/** A dial command may run for hours: as long as there is a line, or has been a short while ago, that is well. */
function whileDialling(record: DialRecord, now: number, times: RedialTimes): DialStep {
  if (record.endingSince !== null) {
    const forced = record.endingSince + times.grace;
    if (now < forced) return { record, action: null, lookAt: forced };
    return { record, action: { kind: "end", force: true }, lookAt: now + times.poll };
  }
  if (record.aliveSince !== null) return { record, action: null, lookAt: null };
  const hung = (record.owedSince ?? now) + times.hang;
  if (now < hung) return { record, action: null, lookAt: hung };
  return {
    record: { ...record, endingSince: now },
    action: { kind: "end", force: false },
    lookAt: now + times.grace,
  };
}
