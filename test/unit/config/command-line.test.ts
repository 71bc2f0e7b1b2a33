import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCommand } from "../../../lib/config/command-line.ts";

const words = (input: unknown, ...expected: string[]) =>
  it(JSON.stringify(input), () => expect(readCommand(input)).toEqual({ value: expected }));

words("pon gsm", "pon", "gsm");
words("  pon\t gsm ", "pon", "gsm");
words("wvdial", "wvdial");
words("/usr/bin/nmcli connection up 'My SIM'", "/usr/bin/nmcli", "connection", "up", "My SIM");
words('a "b c" d', "a", "b c", "d");
words('a ""', "a", "");
words("a b\"c d\"'e f'g", "a", "bc de fg");
words("a b\\ c", "a", "b c");
words('a "b\\"c\\\\d\\e"', "a", 'b"c\\d\\e');
words("a 'b\\'", "a", "b\\");
words("a '$(x) | y > z'", "a", "$(x) | y > z");
words("a \\$b", "a", "$b");
words('a "x;y"', "a", "x;y");
words("a # ~ * ?", "a", "#", "~", "*", "?");
words(["sh", "-c", "a | b\n$c"], "sh", "-c", "a | b\n$c");
words(["/opt/two words", ""], "/opt/two words", "");

describe("is no command", () => {
  const wrong = (input: unknown, expected: string) =>
    it(JSON.stringify(input)?.slice(0, 60), () =>
      expect(readCommand(input)).toEqual({ wrong: expect.stringContaining(expected) }),
    );
  wrong("", 'found "", expected a command');
  wrong("   ", "expected a command");
  wrong('""', "expected a command");
  wrong([], "found an empty list, expected a command");
  wrong(["", "x"], "expected a command");
  wrong(["pon", 3], "found a list, expected a command");
  wrong(3, "found 3, expected a command");
  wrong("./dial", 'found "./dial", expected a program\'s name');
  wrong("bin/dial", "expected a program's name");
  wrong("~/dial", "expected a program's name");
  wrong("/bin/", "expected a program's name");
  wrong("-x", "expected a program's name");
  wrong("a 'b", "has no end");
  wrong('a "b', "has no end");
  wrong("a \\", "has no end");
  for (const character of ["|", "&", ";", "<", ">", "(", ")", "$", "`", "\n"]) {
    wrong(`a ${character} b`, "but no shell runs it");
  }
  wrong('a "$b"', "but no shell runs it");
  wrong('a "`b`"', "but no shell runs it");
  wrong(["a", "b\0"], "without NUL");
  wrong(
    Array.from({ length: 65 }, () => "a"),
    "at most 64 words",
  );
  wrong(["a", "b".repeat(4097)], "at most 4096 characters");
});

describe("any text", () => {
  it("ends in words or in a reason", () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", "'", '"', "\\", "$", "\n", "/") }), (text) => {
        const reading = readCommand(text);
        if ("value" in reading) expect(reading.value[0]).not.toBe("");
        else expect(reading.wrong).toContain("expected");
      }),
    ));
  it("in single quotes is one word", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", " ", '"', "\\", "$", "\n", "|", "`", "ü", "\u202e") }),
        (text) => {
          expect(readCommand(`a '${text}'`)).toEqual({ value: ["a", text] });
        },
      ),
    ));
});
