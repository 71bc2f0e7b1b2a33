import { describe, expect, it } from "vitest";
import { eventRecord, formatRecord, isWanted } from "../../../lib/history/record.ts";
import { UTC } from "../../../lib/terminal/clock.ts";

const AT = Date.parse("2026-11-21T11:57:28.123Z");
const SWITCH =
  "ifplugd eth0 down: choice adsl -> lte: adsl down: no carrier on eth0; gsm up 10.0.0.7 on ppp0: 4 changes in 12 ms";
const line = (text: string, priority: number | null = 5) => eventRecord(AT, priority, text);

describe("a record", () => {
  it("of a switch", () =>
    expect(line(SWITCH)).toEqual({
      at: "2026-11-21T11:57:28.123Z",
      priority: "notice",
      trigger: "ifplugd eth0 down",
      choice: { from: ["adsl"], to: ["lte"], why: "adsl down: no carrier on eth0" },
      differences: ["gsm up 10.0.0.7 on ppp0"],
      changes: 4,
      milliseconds: 12,
      message: SWITCH,
    }));
  it("of an error", () =>
    expect(line("ip route add: exit 2", 3)).toMatchObject({
      priority: "error",
      trigger: null,
      changes: null,
    }));
  it("without a priority", () => expect(line("x", null).priority).toBeNull());
  it("what steers a terminal, or begins a new line, is spelt out", () =>
    expect(line("a\u001b[2J\nb\u009b").message).toBe("a\\x1b[2J; b\\x9b"));
});

describe("which are wanted", () => {
  const wanted = (title: string, text: string, priority: number | null, filter: object, expected: boolean) =>
    it(title, () =>
      expect(isWanted(line(text, priority), { uplink: null, since: null, all: false, ...filter })).toBe(
        expected,
      ),
    );
  wanted("a change", SWITCH, 5, {}, true);
  wanted("nothing to do", "ifplugd eth0 up: nothing to do", 6, {}, false);
  wanted("nothing to do, asked for", "ifplugd eth0 up: nothing to do", 6, { all: true }, true);
  wanted("nothing to do, from a log without priorities", "ifplugd eth0 up: nothing to do", null, {}, false);
  wanted("a change, from a log without priorities", SWITCH, null, {}, true);
  wanted("an error, from a log without priorities", "ip: exit 2", null, {}, true);
  wanted("its uplink", SWITCH, 5, { uplink: "gsm" }, true);
  wanted("an uplink in the choice", SWITCH, 5, { uplink: "lte" }, true);
  wanted("a part of a name", SWITCH, 5, { uplink: "ads" }, false);
  wanted("a name that ends alike", "x: adsl-2 down: y: 1 change", 5, { uplink: "adsl" }, false);
  wanted("joined names", "x: choice none -> a+b: c: 1 change", 5, { uplink: "b" }, true);
  wanted("old", SWITCH, 5, { since: AT + 1 }, false);
  wanted("just so", SWITCH, 5, { since: AT }, true);
});

describe("for people", () => {
  const text = (title: string, message: string, priority: number | null, expected: string) =>
    it(title, () =>
      expect(formatRecord(line(message, priority), { colour: false, zone: UTC })).toBe(
        `2026-11-21 11:57:28  ${expected}`,
      ),
    );
  text(
    "a switch",
    SWITCH,
    5,
    "choice adsl -> lte: adsl down: no carrier on eth0; gsm up 10.0.0.7 on ppp0  (ifplugd eth0 down: 4 changes in 12 ms)",
  );
  text("a repair", "ifplugd eth0 up: 1 change", 5, "ifplugd eth0 up: 1 change");
  text("nothing", "ifplugd eth0 up: nothing to do", 6, "ifplugd eth0 up: nothing to do");
  text("an error", "ip: exit 2", 3, "error: ip: exit 2");
  text("a warning", "odd", 4, "warning: odd");
  text("a word", "hello", 6, "hello");
  text("unknown", "hello", null, "hello");
  it("colour", () => {
    const told = formatRecord(line(SWITCH), { colour: true, zone: UTC });
    expect(told).toContain("\u001b[1mchoice adsl -> lte: adsl down: no carrier on eth0\u001b[0m; gsm up");
    expect(formatRecord(line("no", 3), { colour: true, zone: UTC })).toContain(
      "\u001b[31merror: no\u001b[0m",
    );
  });
});
