import { expect, it } from "vitest";
import { configOf, problemsOf } from "./reading.ts";

const UPLINK = '[uplink.a]\ninterface = "eth0"\n';

const mask = (written: string, expected: number) =>
  it(`${written} is ${expected}`, () =>
    expect(configOf(`marks.mask = ${written}\n${UPLINK}`).marks.mask).toBe(expected));

mask('"0xff00"', 0xff00);
mask('"0XFF"', 0xff);
mask("0xff00", 0xff00);
mask("255", 255);
mask('"0x1"', 1);
mask('"0x80000000"', 0x80000000);
mask('"0xffffffff"', 0xffffffff);
mask('"0xff000000"', 0xff000000);

it("is 0xff00 unless written", () => expect(configOf(UPLINK).marks.mask).toBe(0xff00));
it("nor in an empty table", () => expect(configOf(`${UPLINK}[marks]`).marks.mask).toBe(0xff00));

const BITS = 'expected neighbouring bits of a packet mark, from 0x1 to 0xffffffff, such as "0xff00"';
const wrong = (written: string, expected: string) =>
  it(`${written} is wrong`, () =>
    expect(problemsOf(`marks.mask = ${written}\n${UPLINK}`)).toEqual([
      `w:1:14: [marks] mask: found ${expected}`,
    ]));

wrong("0", `0, ${BITS}`);
wrong("-1", `-1, ${BITS}`);
wrong('"0x0"', `"0x0", ${BITS}`);
wrong('"0x100000000"', `"0x100000000", ${BITS}`);
wrong("0x100000000", `4294967296, ${BITS}`);
wrong('"ff00"', `"ff00", ${BITS}`);
wrong('"0xf0f0"', `"0xf0f0", ${BITS}; did you mean "0xfff0"?`);
wrong('"0x80000001"', `"0x80000001", ${BITS}; did you mean "0xffffffff"?`);

const uplinks = (count: number, keys = "") =>
  Array.from(
    { length: count },
    (_, n) => `[uplink.u${n}]\ninterface = "e${n}"\ntier = ${n + 1}\n${keys}`,
  ).join("");
const rule = '[[rule]]\nuser = 0\nvia = "u0"\n';

const room = (title: string, text: string, ...expected: string[]) =>
  it(title, () => expect(problemsOf(text)).toEqual(expected));

room("three uplinks fit two bits", `marks.mask = 0x300\n${uplinks(3)}`);
room(
  "four do not",
  `marks.mask = 0x300\n${uplinks(4)}`,
  'w:1:14: [marks] mask: found "0x300", which has room for 3, but 4 are needed (uplinks: 4, rules: 0); expected 3 bits, such as "0x700"',
);
room(
  "at the upper end the suggestion grows downwards",
  `marks.mask = 0xc0000000\n${uplinks(4)}`,
  'w:1:14: [marks] mask: found "0xc0000000", which has room for 3, but 4 are needed (uplinks: 4, rules: 0); expected 3 bits, such as "0xe0000000"',
);
room("rules by themselves need none", `marks.mask = 0x300\n${uplinks(3)}${rule}`);
room(
  "each rule that selects by group needs one",
  `marks.mask = 0x300\n${uplinks(3)}${rule}[[rule]]\ngroup = 1\nvia = "u1"`,
  'w:1:14: [marks] mask: found "0x300", which has room for 3, but 4 are needed (uplinks: 3, rules: 2); expected 3 bits, such as "0x700"',
);
const balanced = '[uplink.u0]\ninterface = "e0"\n[uplink.u1]\ninterface = "e1"\n';
room("two balanced uplinks fit two bits without rules", `marks.mask = 0x300\n${balanced}`);
room(
  "with rules each balanced uplink needs a second",
  `marks.mask = 0x300\n${balanced}${rule}`,
  'w:1:14: [marks] mask: found "0x300", which has room for 3, but 4 are needed (uplinks: 2, rules: 1); expected 3 bits, such as "0x700"',
);
room(
  "without a mask in the file the top is meant",
  `${uplinks(250).replaceAll(/tier = \d+/g, "")}${rule}`,
  'w:1:1: [marks] mask: found "0xff00", which has room for 255, but 500 are needed (uplinks: 250, rules: 1); expected 9 bits, such as "0x1ff00"',
);
