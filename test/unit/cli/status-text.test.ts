import { describe, expect, it } from "vitest";
import type { RedialStatus } from "../../../lib/cli/status-redial.ts";
import type { Status } from "../../../lib/cli/status-report.ts";
import { formatStatus, latencyText, lossText } from "../../../lib/cli/status-text.ts";
import { UTC } from "../../../lib/terminal/clock.ts";
import { checked, status, uplinkStatus as uplink } from "./support.ts";

const plain = (how: Partial<Status>) => formatStatus(status(how), { colour: false, zone: UTC });
const coloured = (how: Partial<Status>) => formatStatus(status(how), { colour: true, zone: UTC });

const lines = (title: string, how: Partial<Status>, expected: readonly string[]) =>
  it(title, () => expect(plain(how).split("\n")).toEqual([...expected, ""]));

const HEAD = "  uplink  state  interface  address  gateway  tier  share  since";

describe("status for people", () => {
  lines(
    "one that is chosen, one that is not there",
    {
      uplinks: [
        uplink({}),
        uplink({
          name: "gsm",
          interface: null,
          state: "absent",
          reason: 'PPP peer "gsm" is not connected',
          address: null,
          gateway: null,
          tier: 3,
          chosen: false,
          since: null,
        }),
      ],
      choice: ["adsl"],
    },
    [
      "   uplink  state   interface  address      gateway      tier  share  since",
      "*  adsl    up      eth0       192.168.1.5  192.168.1.1  1     100 %  2026-02-03 04:05:06",
      "   gsm     absent  -          -            -            3     -      -",
      '   PPP peer "gsm" is not connected',
      "",
      "new connections: adsl",
    ],
  );
  lines(
    "what the checks found has columns of its own",
    { uplinks: [checked({ loss: 0.05 }), uplink({ name: "lte", chosen: false })], choice: ["adsl"] },
    [
      "   uplink  state  interface  address      gateway      tier  share  loss  latency  since",
      "*  adsl    up     eth0       192.168.1.5  192.168.1.1  1     100 %   5 %    20 ms  2026-02-03 04:05:06",
      "   lte     up     eth0       192.168.1.5  192.168.1.1  1     -         -        -  2026-02-03 04:05:06",
      "",
      "new connections: adsl",
    ],
  );
  const dialled = (title: string, redial: RedialStatus, expected: string) =>
    it(`a line that is away: ${title}`, () => {
      const gsm = uplink({ name: "gsm", state: "absent", reason: "PPP peer is not connected", redial });
      expect(plain({ uplinks: [gsm] })).toContain(`\n   PPP peer is not connected\n${expected}`);
    });
  const next = "2026-02-03T04:05:46.000Z";
  dialled("its first dial", { running: true, dials: 1, next: null, said: "" }, "   being dialled\n");
  dialled("a later one", { running: true, dials: 3, next: null, said: "" }, "   being dialled, number 3\n");
  dialled(
    "between two",
    { running: false, dials: 2, next, said: "Connect script failed\u001b[31m" },
    "   dialled 2 times, next dial 2026-02-03 04:05:46; it said last: Connect script failed",
  );
  dialled(
    "before the first",
    { running: false, dials: 0, next, said: "" },
    "   next dial 2026-02-03 04:05:46\n",
  );
  dialled("by somebody else", { running: false, dials: 0, next: null, said: "" }, "\n");
  lines("nothing works", {}, [HEAD, "", "no uplink works"]);
  lines("two share", { choice: ["a", "b"] }, [HEAD, "", "new connections: a and b"]);
  lines("stopped", { applied: false }, [HEAD, "", "Waymark is stopped (sudo waymark apply starts it)"]);
  lines("nobody checks", { watch: { running: false } }, [
    HEAD,
    "",
    "no uplink works",
    "waymark watch does not run: nobody checks the lines",
  ]);
  lines(
    "what went wrong",
    {
      config: { path: "/w", error: "/w:1: no" },
      errors: [{ at: "2026-02-03T04:05:06.789Z", message: "ip: exit 2" }],
    },
    [
      HEAD,
      "",
      "no uplink works",
      "the configuration is wrong; the last good one is in force:",
      "/w:1: no",
      "2026-02-03 04:05:06  ip: exit 2",
    ],
  );
  it("what steers a terminal does not get to it", () => {
    const at = "2026-02-03T04:05:06.789Z";
    expect(plain({ errors: [{ at, message: "\u001b[2Jgone" }] })).toContain("\\x1b[2Jgone");
    expect(plain({ uplinks: [uplink({ reason: "\u0007" })] })).toContain("\\x07");
  });
  it("a point-to-point link has no gateway to show", () =>
    expect(plain({ uplinks: [uplink({ gateway: null })] })).toContain("point-to-point"));
  it("times are those of the place", () => {
    const text = formatStatus(status({ uplinks: [uplink()] }), { colour: false, zone: () => -300 });
    expect(text).toContain("2026-02-02 23:05:06");
  });
});

describe("what the checks complain of", () => {
  const told = (title: string, one: ReturnType<typeof checked>, expected: string) =>
    it(title, () => expect(plain({ uplinks: [one] }).split("\n")[2]).toBe(expected));
  told("a bad line", checked({ health: "degraded", reason: "30 % loss" }), "   degraded: 30 % loss");
  told("no reason", checked({ health: "unknown" }), "   unknown");
  told("nothing", checked(), "");
  told(
    "said already",
    checked({ health: "down", reason: "no answer" }, { state: "down", reason: "no answer" }),
    "   no answer",
  );
  told(
    "down anyway",
    checked({ health: "down", reason: "no answer" }, { state: "down", reason: "no carrier on eth0" }),
    "   no carrier on eth0",
  );
  it("one of two families", () => {
    const [four] = checked().checks;
    const six = { ...four, family: 6, health: "down", reason: "no answer" } as const;
    expect(plain({ uplinks: [checked({}, { checks: [four, six] as never })] })).toContain(
      "   IPv6 down: no answer",
    );
  });
});

describe("colour for a terminal", () => {
  const colour = (title: string, one: ReturnType<typeof uplink>, code: number) =>
    it(title, () => expect(coloured({ uplinks: [one] })).toContain(`\u001b[${code}m*  adsl`));
  colour("up", uplink(), 32);
  colour("down", uplink({ state: "down" }), 31);
  colour("up and well", checked(), 32);
  colour("up, but", checked({ health: "degraded" }), 33);
  it("a reason stands back", () =>
    expect(coloured({ uplinks: [uplink({ state: "down", reason: "no carrier on eth0" })] })).toContain(
      "\u001b[90m   no carrier on eth0\u001b[0m",
    ));
});

describe("numbers", () => {
  it.each([
    [null, "-"],
    [0, "0 %"],
    [0.001, "<1 %"],
    [0.014, "1 %"],
    [1, "100 %"],
  ])("loss %s", (loss, text) => expect(lossText(loss)).toBe(text));
  it.each([
    [null, "-"],
    [0.31, "0.3 ms"],
    [9.94, "9.9 ms"],
    [10, "10 ms"],
    [812.4, "812 ms"],
  ])("latency %s", (latency, text) => expect(latencyText(latency)).toBe(text));
});
