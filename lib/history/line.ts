/**
 * The line that an event leaves in the journal, written and read back. Pure.
 *
 *     nm-dispatcher eth0 down: choice adsl -> lte: adsl down: no carrier on eth0; gsm up 10.0.0.7 on ppp0: 4 changes in 12 ms
 */

/** What a line of the journal says. */
export interface EventLine {
  /** What woke us: `ppp-ip-up ppp0 up`, `waymark enable adsl`. */
  readonly trigger: string;
  /** As `differences` gives them. */
  readonly differences: readonly string[];
  /** How many commands changed something in the kernel. */
  readonly changes: number;
  /** Milliseconds; null: not measured. */
  readonly took: number | null;
}

export function formatLine({ trigger, differences, changes, took }: EventLine): string {
  const count = `${changes} ${changes === 1 ? "change" : "changes"}${took === null ? "" : ` in ${took} ms`}`;
  const parts = [trigger, differences.join("; "), changes === 0 ? "nothing to do" : count];
  return parts.filter((part) => part !== "").join(": ");
}

/** @returns null for a line that tells of something else: an error, a warning */
export function parseLine(text: string): EventLine | null {
  const found = /^([^:]+): (?:(.*): )?(?:nothing to do|(\d+) changes?(?: in (\d+) ms)?)$/s.exec(text);
  if (found === null) return null;
  const [, trigger = "", middle = "", changes, took] = found;
  return {
    trigger,
    differences: middle === "" ? [] : middle.split("; "),
    changes: Number(changes ?? 0),
    took: took === undefined ? null : Number(took),
  };
}

/** How the choice changed, and why. */
export interface ChoiceChange {
  /** Names; empty: nothing worked. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly why: string;
}

/** Reads `choice adsl -> lte+gsm: …`. @returns null for any other difference */
export function parseChoice(difference: string): ChoiceChange | null {
  const found = /^choice (\S+) -> (\S+): (.*)$/s.exec(difference);
  if (found === null) return null;
  const [, from = "", to = "", why = ""] = found;
  const names = (text: string) => (text === "none" ? [] : text.split("+"));
  return { from: names(from), to: names(to), why };
}
