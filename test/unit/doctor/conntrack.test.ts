import { describe, expect, it } from "vitest";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { conntrack } from "../../../lib/doctor/findings/conntrack.ts";
import { commands, facts, ids, iptables, TWO, twoUplinks } from "./support.ts";

const BASE = "/proc/sys/net/netfilter/nf_conntrack_";
const look = (how: Partial<Facts>) => conntrack(facts({ house: twoUplinks(), ...how }));
const used = (count: number, most: number) =>
  look({ settings: { [`${BASE}count`]: `${count}`, [`${BASE}max`]: `${most}` } });

describe("connection tracking", () => {
  it("is all right", () => expect(look({ settings: { [`${BASE}tcp_loose`]: "1" } })).toEqual([]));
  it("does not pick up", () =>
    expect(ids(look({ settings: { [`${BASE}tcp_loose`]: "0" } }))).toEqual(["warning conntrack-not-loose"]));
  it.each([
    [899, 1000, 0],
    [900, 1000, 1],
    [1000, 1000, 1],
    [5, 0, 0],
  ])("with %i of %i entries is full: %i", (count, most, full) =>
    expect(used(count, most)).toHaveLength(full),
  );
  it("is given more room", () =>
    expect(commands(used(1000, 1000))).toEqual(["sysctl -w net.netfilter.nf_conntrack_max=4000"]));
  it.each(["-j NOTRACK", "-j CT --notrack", "-p udp -j CT --notrack"])("is passed by with %s", (target) =>
    expect(
      ids(look({ filter: iptables(`*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING ${target}\n`) })),
    ).toEqual(["warning conntrack-bypassed"]),
  );
  it("is no matter where nothing is pinned", () => {
    const house = twoUplinks(TWO.replaceAll("interface", "pin = false\ninterface"));
    expect(conntrack(facts({ house, settings: { [`${BASE}tcp_loose`]: "0" } }))).toEqual([]);
  });
});
