import { describe, expect, it } from "vitest";
import { replaceRoute } from "../../../lib/kernel/route.ts";
import { type Desired, NOTHING } from "../../../lib/plan/desired.ts";
import { route } from "../../../lib/plan/routes.ts";
import { planRecheck } from "../../../lib/reconcile/verify.ts";

const ASKED = { ipv6Rules: false, tables: null };
const LONG = 200_000;

const DEFAULT = route(4, 87000, { device: "up0", gateway: "10.9.0.1", metric: 256, source: "10.9.0.2" });
const GUARD = route(4, 87001, { type: "unreachable", metric: 4294967295 });
const WANTED: Desired = { ...NOTHING, routes: [DEFAULT, GUARD] };

const recheck = planRecheck([DEFAULT, GUARD].map(replaceRoute), LONG, ASKED, new Set());

/** As `ip` prints them, that leaves out what it was asked for: table and metric. */
const shown = {
  dst: "default",
  gateway: "10.9.0.1",
  dev: "up0",
  protocol: "87",
  prefsrc: "10.9.0.2",
  flags: [],
};
const guard = { type: "7", dst: "default", protocol: "87", flags: [] };

const says = (...lists: string[]) => lists.map((list) => `${list}\n`).join("");

describe("what is shown again behind a change", () => {
  it("is everything where that is short", () => {
    const { lines, shows } = planRecheck([replaceRoute(DEFAULT)], 1000, ASKED, new Set());
    expect(lines).toContain("rule show");
    expect(shows).toBe("all");
  });

  it("is what was touched where everything is long", () => {
    expect(recheck.lines).toEqual([
      "route show table 87000 metric 256",
      "route show table 87001 metric 4294967295",
    ]);
    expect(recheck.shows).toBeNull();
  });

  it("is everything again where very much was touched", () => {
    const changes = Array.from({ length: 40 }, (_, metric) => replaceRoute({ ...DEFAULT, metric }));
    expect(planRecheck(changes, LONG, ASKED, new Set()).shows).toBe("all");
  });

  it("a route that was replaced and then deleted is looked for once", () =>
    expect(
      planRecheck([replaceRoute(GUARD), replaceRoute(GUARD)], LONG, ASKED, new Set()).lines,
    ).toHaveLength(1));

  it("IPv6 routes are none of it", () =>
    expect(
      planRecheck([replaceRoute(route(6, 87001, { device: "up0" }))], LONG, ASKED, new Set()).lines,
    ).toEqual([]));

  it("a rule leads to none", () =>
    expect(planRecheck(["rule add priority 30000 lookup 87000"], LONG, ASKED, new Set()).lines).toEqual([]));
});

describe("what the kernel did not keep", () => {
  it("nothing, if all is there", () =>
    expect(recheck.leftUndone(WANTED, says(JSON.stringify([shown]), JSON.stringify([guard])))).toEqual([]));

  it("a route that is missing, from a table that is a lone bracket", () => {
    const [message, ...others] = recheck.leftUndone(WANTED, says("[", JSON.stringify([guard])));
    expect(message).toContain("route replace default via 10.9.0.1 dev up0 table 87000 metric 256");
    expect(others).toEqual([]);
  });

  it("whose bracket stands before the next list", () =>
    expect(recheck.leftUndone(WANTED, `[${says(JSON.stringify([guard]))}`)).toHaveLength(1));

  it("whose brackets are several", () => {
    const third = route(4, 87310, { type: "unreachable", destination: "192.0.2.53", metric: 4294967295 });
    const { leftUndone } = planRecheck([DEFAULT, third, GUARD].map(replaceRoute), LONG, ASKED, new Set());
    expect(leftUndone(WANTED, `[[${says(JSON.stringify([guard]))}`)).toHaveLength(1);
    expect(leftUndone(WANTED, "[[[\n")).toHaveLength(2);
  });

  it("a route that is another", () =>
    expect(
      recheck.leftUndone(WANTED, says(JSON.stringify([{ ...shown, dev: "up1" }]), JSON.stringify([guard]))),
    ).toHaveLength(1));

  it("a route of ours that should be gone", () => {
    const wanted = { ...WANTED, routes: [GUARD] };
    const [message] = recheck.leftUndone(wanted, says(JSON.stringify([shown]), JSON.stringify([guard])));
    expect(message).toContain("ip route del default via 10.9.0.1 dev up0 table 87000 metric 256");
  });

  it("somebody else's route in the same place is theirs", () => {
    const wanted = { ...WANTED, routes: [GUARD] };
    const foreign = JSON.stringify([{ ...shown, protocol: "4" }]);
    expect(recheck.leftUndone(wanted, says(foreign, JSON.stringify([guard])))).toEqual([]);
  });
});
