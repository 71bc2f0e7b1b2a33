import { describe, expect, it } from "vitest";
import type { Status, UplinkStatus } from "../../../lib/cli/status.ts";
import { formatStatus } from "../../../lib/cli/status-text.ts";

const uplink = (how: Partial<UplinkStatus>): UplinkStatus => ({
  name: "adsl",
  interface: "eth0",
  state: "up",
  reason: "",
  address: "192.168.1.5",
  gateway: "192.168.1.1",
  address6: null,
  gateway6: null,
  tier: 1,
  weight: 1,
  mark: "0x100",
  table: 87001,
  chosen: true,
  drained: false,
  share: 1,
  since: "2026-02-03T04:05:06.789Z",
  ...how,
});

const status = (how: Partial<Status>): Status => ({
  uplinks: [],
  choice: [],
  applied: true,
  config: { path: "/etc/waymark/waymark.toml", error: null },
  errors: [],
  ...how,
});

const lines = (title: string, how: Partial<Status>, expected: readonly string[]) =>
  it(title, () => expect(formatStatus(status(how), false).split("\n")).toEqual([...expected, ""]));

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
  lines("nothing works", {}, [HEAD, "", "no uplink works"]);
  lines("two share", { choice: ["a", "b"] }, [HEAD, "", "new connections: a and b"]);
  lines(
    "what went wrong",
    { config: { path: "/w", error: "/w:1: no" }, errors: [{ at: "2026", message: "ip: exit 2" }] },
    [
      HEAD,
      "",
      "no uplink works",
      "the configuration is wrong; the last good one is in force:",
      "/w:1: no",
      "2026  ip: exit 2",
    ],
  );
  it("a point-to-point link has no gateway to show", () =>
    expect(formatStatus(status({ uplinks: [uplink({ gateway: null })] }), false)).toContain(
      "point-to-point",
    ));
  it("colour for a terminal", () => {
    const text = formatStatus(
      status({ uplinks: [uplink({ state: "down", reason: "no carrier on eth0" })] }),
      true,
    );
    expect(text).toContain("\u001b[31m*  adsl");
    expect(text).toContain("\u001b[90m   no carrier on eth0\u001b[0m");
  });
});
