/** The `[marks]` table: which bits of the packet mark are Waymark's, and whether they suffice. */

import * as v from "valibot";
import { mismatch, type Reading, read } from "./fields.ts";
import type { Findings } from "./findings.ts";
import { readTable } from "./table.ts";
import type { Rule, Uplink } from "./types.ts";

const DEFAULT_MASK = 0xff00;

const EXPECTED = 'neighbouring bits of a packet mark, from 0x1 to 0xffffffff, such as "0xff00"';

/** Reads a mask from `"0xff00"` or a whole number. */
function readMask(input: unknown): Reading<number> {
  const number = typeof input === "string" && /^0x[0-9a-f]{1,8}$/i.test(input) ? Number(input) : input;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 1 || number > 0xffffffff) {
    return { wrong: mismatch(input, EXPECTED) };
  }
  const step = lowestBit(number);
  const values = number / step + 1;
  return Number.isInteger(Math.log2(values))
    ? { value: number }
    : { wrong: `${mismatch(input, EXPECTED)}; did you mean "${hex(filled(number, step))}"?` };
}

const SHAPE = { entries: { mask: v.optional(read(readMask)) }, later: [] };

/** Reads the `[marks]` table, and reports a mask that has too few values for the uplinks and rules. */
export function readMarks(
  findings: Findings,
  raw: unknown,
  uplinks: readonly Uplink[],
  rules: readonly Rule[],
): { mask: number } {
  const said = raw === undefined ? {} : readTable(findings, ["marks"], raw, SHAPE);
  const mask = said?.mask ?? DEFAULT_MASK;
  const step = lowestBit(mask);
  const room = mask / step;
  const needed = marksNeeded(uplinks, rules);
  if (needed > room) {
    const bits = Math.ceil(Math.log2(needed + 1));
    const shift = Math.min(Math.log2(step), 32 - bits);
    const wide = (2 ** bits - 1) * 2 ** shift;
    findings.value(
      ["marks", "mask"],
      `found "${hex(mask)}", which has room for ${room}, but ${needed} are needed (uplinks: ${uplinks.length}, rules: ${rules.length}); expected ${bits} bits, such as "${hex(wide)}"`,
    );
  }
  return { mask };
}

/**
 * How many values other than 0 the mark must have: one for each uplink, and where there are rules one for the share
 * of each uplink that balances with others, and one for each rule that selects by group.
 */
function marksNeeded(uplinks: readonly Uplink[], rules: readonly Rule[]): number {
  if (rules.length === 0) return uplinks.length;
  const balanced = uplinks.filter((one) => uplinks.some((other) => other !== one && other.tier === one.tier));
  return uplinks.length + balanced.length + rules.filter((rule) => rule.group !== null).length;
}

/** The value of the lowest bit that is set; `>>> 0` because the bit operators of JavaScript are signed. */
function lowestBit(mask: number): number {
  return (mask & -mask) >>> 0;
}

/** The mask with the holes between its bits filled. */
function filled(mask: number, step: number): number {
  return 2 ** Math.floor(Math.log2(mask) + 1) - step;
}

function hex(mask: number): string {
  return `0x${mask.toString(16)}`;
}
