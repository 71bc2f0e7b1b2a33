/** Marks in nft's JSON: which bits an expression compares or writes. */

import { ALL_BITS, type MarkUse } from "./model.ts";

export type MarkValue = number | string | Readonly<Record<string, unknown>>;

type Field = MarkUse["field"];

/** `{"meta": {"key": "mark"}}` or `{"ct": {"key": "mark"}}` */
function fieldOf(expression: unknown): Field | null {
  const { meta, ct } = (expression ?? {}) as Readonly<Record<string, { key?: unknown } | undefined>>;
  if (meta?.key === "mark") return "packet";
  return ct?.key === "mark" ? "connection" : null;
}

function pairOf(expression: unknown, operator: string): readonly [unknown, unknown] | null {
  const pair = ((expression ?? {}) as Readonly<Record<string, unknown>>)[operator];
  return Array.isArray(pair) && pair.length === 2 ? [pair[0], pair[1]] : null;
}

/** `mark 0x1`, `mark & 0xff == 0x1`; null: it is not about a mark. */
export function readMarkMatch(left: unknown, right: unknown): MarkUse | null {
  const masked = pairOf(left, "&");
  const field = fieldOf(masked?.[0] ?? left);
  if (field === null) return null;
  const mask = typeof masked?.[1] === "number" ? masked[1] : ALL_BITS;
  return { field, kind: "match", value: typeof right === "number" ? right : null, mask };
}

/** `mark set VALUE`: nothing for other keys. */
export function readMarkSet(key: unknown, value: unknown): MarkUse[] {
  const field = fieldOf(key);
  if (field === null) return [];
  const { kept, bits, copied } = written(value, field);
  const mask = (ALL_BITS & ~kept) >>> 0;
  if (copied) return [{ field, kind: "copy", value: null, mask }];
  return bits.map((one) => ({ field, kind: "set", value: one === null ? null : (one & mask) >>> 0, mask }));
}

interface Written {
  /** Bits that stay as they are. */
  readonly kept: number;
  /** What the others become: one of these; null: not known. */
  readonly bits: readonly (number | null)[];
  /** The value is the other field's. */
  readonly copied: boolean;
}

const UNKNOWN: Written = { kept: 0, bits: [null], copied: false };

function written(value: unknown, field: Field): Written {
  if (typeof value === "number") return { kept: 0, bits: [value >>> 0], copied: false };
  const from = fieldOf(value);
  if (from !== null)
    return from === field ? { kept: ALL_BITS, bits: [0], copied: false } : { ...UNKNOWN, copied: true };
  for (const operator of ["&", "|", "^"] as const) {
    const pair = pairOf(value, operator);
    if (pair === null) continue;
    const [left, right] = pair;
    if (typeof right !== "number") return UNKNOWN;
    return combined(operator, written(left, field), right >>> 0);
  }
  const elements = (value as { map?: { data?: { set?: unknown } } } | null)?.map?.data?.set;
  if (!Array.isArray(elements)) return UNKNOWN;
  const bits = (elements as [unknown, unknown][]).map(([, to]) => (typeof to === "number" ? to >>> 0 : null));
  return { kept: 0, bits, copied: false };
}

/** `&` decides the bits it clears, `|` those it sets; `^` turns those around, which only counts as known where known. */
function combined(operator: "&" | "|" | "^", left: Written, right: number): Written {
  const map = (change: (bits: number) => number) =>
    left.bits.map((bits) => (bits === null ? null : change(bits) >>> 0));
  switch (operator) {
    case "&":
      return { ...left, kept: (left.kept & right) >>> 0, bits: map((bits) => bits & right) };
    case "|":
      return { ...left, kept: (left.kept & ~right) >>> 0, bits: map((bits) => bits | right) };
    case "^":
      return {
        ...left,
        kept: (left.kept & ~right) >>> 0,
        bits: (left.kept & right) === 0 ? map((bits) => bits ^ right) : [null],
      };
  }
}
