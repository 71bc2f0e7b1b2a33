import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMarkMatch, readMarkSet } from "../../../lib/doctor/packet-filter/nft-marks.ts";

const MARK = { meta: { key: "mark" } };
const CT = { ct: { key: "mark" } };

const set = (value: unknown, key: unknown = MARK) =>
  readMarkSet(key, value).map(
    ({ field, kind, value: bits, mask }) => `${field} ${kind} ${bits?.toString(16)} ${mask.toString(16)}`,
  );

describe("a mark that is set", () => {
  it.each([
    [1, ["packet set 1 ffffffff"]],
    [{ "|": [MARK, 0x4000] }, ["packet set 4000 4000"]],
    [{ "&": [MARK, 0xffff00ff] }, ["packet set 0 ff00"]],
    [{ "|": [{ "&": [MARK, 0xffff00ff] }, 0x100] }, ["packet set 100 ff00"]],
    [{ "^": [{ "&": [MARK, 0xffffbfff] }, 0x4000] }, ["packet set 4000 4000"]],
    [{ "^": [MARK, 0x4000] }, ["packet set undefined 4000"]],
    [CT, ["packet copy undefined ffffffff"]],
    [{ "&": [CT, 0xff] }, ["packet copy undefined ffffffff"]],
    [
      {
        map: {
          key: { numgen: {} },
          data: {
            set: [
              [0, 0x100],
              [1, 0x200],
            ],
          },
        },
      },
      ["packet set 100 ffffffff", "packet set 200 ffffffff"],
    ],
    [{ map: { key: { meta: { key: "iifname" } }, data: "@m" } }, ["packet set undefined ffffffff"]],
    [{ "|": [MARK, CT] }, ["packet set undefined ffffffff"]],
  ])("to %j", (value, expected) => expect(set(value)).toEqual(expected));
  it("of a connection", () => expect(set(5, CT)).toEqual(["connection set 5 ffffffff"]));
  it("of a connection to the packet's", () =>
    expect(set(MARK, CT)).toEqual(["connection copy undefined ffffffff"]));
  it("is none for other keys", () => expect(set(5, { meta: { key: "priority" } })).toEqual([]));
  it("writes the bits that it says, and no other", () => {
    const bits = fc.nat({ max: 0xffffffff });
    const steps = fc.array(fc.tuple(fc.constantFrom("&" as const, "|" as const, "^" as const), bits), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(steps, bits, (operations, packet) => {
        let expression: unknown = MARK;
        let result = packet;
        for (const [operator, constant] of operations) {
          expression = { [operator]: [expression, constant] };
          result =
            (operator === "&"
              ? result & constant
              : operator === "|"
                ? result | constant
                : result ^ constant) >>> 0;
        }
        for (const { value, mask } of readMarkSet(MARK, expression)) {
          expect((result & ~mask) >>> 0).toBe((packet & ~mask) >>> 0);
          if (value !== null) expect((result & mask) >>> 0).toBe(value);
        }
      }),
    );
  });
});

describe("a mark that is asked for", () => {
  const match = (left: unknown, right: unknown) => {
    const use = readMarkMatch(left, right);
    return use === null ? null : `${use.field} ${use.value?.toString(16)} ${use.mask.toString(16)}`;
  };

  it.each([
    [MARK, 0xca6c, "packet ca6c ffffffff"],
    [{ "&": [MARK, 0xff00] }, 0x100, "packet 100 ff00"],
    [{ "&": [CT, 0xff] }, 0, "connection 0 ff"],
    [MARK, { set: [1, 2] }, "packet undefined ffffffff"],
    [{ meta: { key: "iif" } }, 1, null],
    [{ payload: { protocol: "tcp", field: "dport" } }, 22, null],
    [null, 1, null],
  ])("%j %j: %s", (left, right, expected) => expect(match(left, right)).toBe(expected));
});
