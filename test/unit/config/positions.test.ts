import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findPositions, type Path } from "../../../lib/config/positions.ts";

const where = (kind: "key" | "value", title: string, text: string, path: Path, expected: string) =>
  it(title, () => {
    const { line, column } = findPositions(text)[kind](path);
    expect(`${line}:${column}`).toBe(expected);
  });
const key = where.bind(null, "key");
const value = where.bind(null, "value");

key("a key", "a = 1\nb = 2", ["b"], "2:1");
value("a value", "a = 1\n  b   =   2", ["b"], "2:11");
key("a table is at its own name", "\n[uplink.adsl]", ["uplink", "adsl"], "2:9");
key("and the table around it at its own", "[uplink.adsl]", ["uplink"], "1:2");
key("a key of a table", "[a.b]\nc = 1", ["a", "b", "c"], "2:1");
key("blanks in a header", "[ a . b ]\nc = 1", ["a", "b"], "1:7");
key("the first table of a list", "[[r]]\na = 1\n[[r]]\na = 2", ["r", 0], "1:3");
key("the second table of a list", "[[r]]\na = 1\n[[r]]\na = 2", ["r", 1], "3:3");
value("a value in the second", "[[r]]\na = 1\n[[r]]\na = 2", ["r", 1, "a"], "4:5");
key("a table below the last of a list", "[[r]]\n[[r]]\n[r.x]\ny = 1", ["r", 1, "x", "y"], "4:1");
key("a list below the last of a list", "[[r]]\n[[r.s]]\n[[r]]\n[[r.s]]\nx = 1", ["r", 1, "s", 0, "x"], "5:1");
key("a dotted key", "[a]\nb . c.d = 1", ["a", "b", "c"], "2:5");
value("a dotted key's value", "[a]\nb.c = 1", ["a", "b", "c"], "2:7");
key("a quoted key", '"a b" = 1', ["a b"], "1:1");
key("a quoted key with escapes", '"a\\u0062" = 1', ["ab"], "1:1");
key("a literal key", "'a\\b' = 1", ["a\\b"], "1:1");
key("a quoted key with a dot", '["a.b"]\nc = 1', ["a.b", "c"], "2:1");
key("an inline table", "a = { b = 1, c = 2 }", ["a", "c"], "1:14");
value("an inline table's value", "a = { b = 1, c = 2 }", ["a", "c"], "1:18");
key("a table in a list", "a = [{ b = 1 }, { b = 2 }]", ["a", 1, "b"], "1:19");
value("an element", 'a = ["x", "y"]', ["a", 1], "1:11");
value("an element on another line", "a = [\n  1, # one, [two\n  2,\n]", ["a", 1], "3:3");
value("nested lists", "a = [[1, 2], [3]]", ["a", 1, 0], "1:15");
value("a comma in a string", 'a = ["x,]", \'y,"]\', 3]', ["a", 2], "1:21");
key("after a long string", 'a = """\nb = 1\n"""\nb = 2', ["b"], "4:1");
key("after a long string that ends in quotes", 'a = """x"""""\nb = 2', ["b"], "2:1");
key("after a long literal string", "a = '''\nb = 1\\'''\nb = 2", ["b"], "3:1");
key("after an escaped quote", 'a = "\\"#" # b = 1\nb = 2', ["b"], "2:1");
key("a comment is none", "# b = 1\nb = 2", ["b"], "2:1");
key("lines that end as on Windows", "a = 1\r\nb = 2\r\n", ["b"], "2:1");
value("dates with a blank", "a = [1979-05-27 07:32:00, 2]", ["a", 1], "1:27");
value("columns count characters, not units", 'a = ["\u{1f600}", 2]', ["a", 1], "1:11");
value("absent: its table", "[a]\n", ["a", "b"], "1:2");
value("absent: the value it would be in", "a = 1", ["a", 0], "1:5");
value("absent altogether: the top", "a = 1", ["b"], "1:1");

describe("generated", () => {
  const bare = fc.stringMatching(/^[a-z][a-z0-9_-]{0,6}$/);
  const name = fc.oneof(bare, fc.string({ unit: "grapheme", maxLength: 6 }));
  const written = (text: string) => (/^[A-Za-z0-9_-]+$/.test(text) ? text : tomlString(text));
  const tomlString = (text: string) => JSON.stringify(text).replace(/\u007f/g, "\\u007f");
  const literal = fc.oneof(
    fc.integer().map(String),
    fc.boolean().map(String),
    fc.string({ unit: "grapheme", maxLength: 8 }).map(tomlString),
    fc.constantFrom('"""\nx = 1\n[y]\n"""', "'''\n# \"\n'''", "[1, [2,\n# ]\n3], { a = 1 }]", '{ q = "}" }'),
  );
  const filler = fc.constantFrom("", "# a = 1", "   ", "\t# [x]");
  const tables = fc.uniqueArray(
    fc.record({
      name,
      list: fc.boolean(),
      pairs: fc.uniqueArray(fc.record({ name, literal, blank: fc.constantFrom("", " ", "\t "), filler }), {
        selector: (pair) => pair.name,
        maxLength: 5,
      }),
    }),
    { selector: (table) => table.name, maxLength: 5 },
  );

  it("every key and value is found where it was put", () =>
    fc.assert(
      fc.property(tables, (generated) => {
        let text = "";
        const here = () => {
          const lines = text.split("\n");
          return { line: lines.length, column: [...(lines.at(-1) ?? "")].length + 1 };
        };
        const places: { path: Path; key: object; value: object }[] = [];
        for (const table of generated) {
          for (const index of table.list ? [0, 1] : [null]) {
            text += index === null ? `[${written(table.name)}]\n` : `[[${written(table.name)}]]\n`;
            for (const pair of table.pairs) {
              text += `${pair.filler}\n${pair.blank}`;
              const keyAt = here();
              text += `${written(pair.name)}${pair.blank}=${pair.blank}`;
              const path = index === null ? [table.name, pair.name] : [table.name, index, pair.name];
              places.push({ path, key: keyAt, value: here() });
              text += `${pair.literal}${pair.blank}\n`;
            }
          }
        }
        const positions = findPositions(text);
        for (const place of places) {
          expect(positions.key(place.path)).toEqual(place.key);
          expect(positions.value(place.path)).toEqual(place.value);
        }
      }),
    ));

  it("any text comes to an end", () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("[", "]", "{", "}", "=", ".", '"', "'", "\n", "#", "\\", "a", ",", " ")),
        (all) => void findPositions(all.join("")).key(["a"]),
      ),
      { numRuns: 1000 },
    ));
});
