import { describe, expect, it } from "vitest";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { networkd } from "../../../lib/doctor/findings/networkd.ts";
import { enabled, facts, ids, process, step, WATCH } from "./support.ts";

const RUNS = { processes: [process("/lib/systemd/systemd-networkd")] };
const NETWORK = { "/etc/systemd/network/lan.network": "[Match]\nName=eth0\n" };

const said = (files: Record<string, string>, how: Partial<Facts> = RUNS) =>
  ids(networkd(facts({ ...how, files: { ...NETWORK, ...files } })));

const OFF = "[Network]\nManageForeignRoutingPolicyRules=no\nManageForeignRoutes=no\n";
const FOREIGN = ["error networkd-deletes-rules"];

describe("systemd-networkd", () => {
  it("that is not there is no matter", () => expect(said({}, {})).toEqual([]));
  it("deletes rules by default", () => expect(said({})).toEqual(FOREIGN));
  it("counts when it is only enabled", () =>
    expect(said({}, { entries: enabled("systemd-networkd.service") })).toEqual(FOREIGN));
  it("may be told to leave them", () => expect(said({ "/etc/systemd/networkd.conf": OFF })).toEqual([]));
  it("must be told of both", () =>
    expect(said({ "/etc/systemd/networkd.conf": "[Network]\nManageForeignRoutes=no\n" })).toEqual(FOREIGN));
  it.each(["no", "false", "0", "off", "N"])("takes %s for no", (word) =>
    expect(said({ "/etc/systemd/networkd.conf": OFF.replaceAll("=no", `=${word}`) })).toEqual([]),
  );
  it("reads the section Network only", () =>
    expect(said({ "/etc/systemd/networkd.conf": OFF.replace("Network", "DHCPv4") })).toEqual(FOREIGN));
  it("does not read comments", () =>
    expect(said({ "/etc/systemd/networkd.conf": OFF.replaceAll("Manage", "#Manage") })).toEqual(FOREIGN));
  it("goes by drop-ins before the file", () =>
    expect(
      said({
        "/etc/systemd/networkd.conf": OFF,
        "/usr/lib/systemd/networkd.conf.d/90-x.conf": "[Network]\nManageForeignRoutes=yes\n",
      }),
    ).toEqual(FOREIGN));
  it("goes by the last drop-in, whichever directory it is in", () =>
    expect(
      said({
        "/usr/lib/systemd/networkd.conf.d/90-x.conf": OFF,
        "/etc/systemd/networkd.conf.d/10-x.conf": OFF.replaceAll("=no", "=yes"),
      }),
    ).toEqual([]));
  it("goes by the last drop-in, though it is in /usr/lib, to its disadvantage too", () =>
    expect(
      said({
        "/etc/systemd/networkd.conf.d/10-x.conf": OFF,
        "/usr/lib/systemd/networkd.conf.d/90-x.conf": OFF.replaceAll("=no", "=yes"),
      }),
    ).toEqual(FOREIGN));
  it("goes by the drop-in in /etc of two with one name", () =>
    expect(
      said({
        "/etc/systemd/networkd.conf.d/10-x.conf": OFF,
        "/usr/lib/systemd/networkd.conf.d/10-x.conf": OFF.replaceAll("=no", "=yes"),
      }),
    ).toEqual([]));
  it("reads the file in /usr/lib where there is none in /etc", () =>
    expect(said({ "/usr/lib/systemd/networkd.conf": OFF })).toEqual([]));
  it("reads no drop-in that does not end in .conf", () =>
    expect(said({ "/etc/systemd/networkd.conf.d/10-x.conf.bak": OFF })).toEqual(FOREIGN));
  it("is repaired by watch", () =>
    expect(said({}, { processes: [...RUNS.processes, WATCH] })).toEqual(["warning networkd-deletes-rules"]));
  it("is a warning while it has nothing to configure", () =>
    expect(ids(networkd(facts(RUNS)))).toEqual(["warning networkd-deletes-rules"]));
  it("is told off by the drop-in of the remedy", () => {
    const { path, text } = step(networkd(facts(RUNS)), "write");
    expect(said({ [path]: text })).toEqual([]);
  });
});
