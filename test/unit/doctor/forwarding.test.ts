import { describe, expect, it } from "vitest";
import { forwarding } from "../../../lib/doctor/findings/forwarding.ts";
import { commands, facts, ids, step, TWO, twoLines, twoUplinks } from "./support.ts";

const OFF = { "/proc/sys/net/ipv4/ip_forward": "0" };
const look = (text: string, settings: Record<string, string> = OFF, files: Record<string, string> = {}) =>
  forwarding(facts({ house: twoUplinks(text), settings, files }));
const NEEDED = ["error forwarding-off"];

describe("forwarding", () => {
  it("is off, and nobody needs it", () => expect(look(TWO)).toEqual([]));
  it("is off, though the file says true", () =>
    expect(ids(look(`${TWO}[router]\nforward = true\n`))).toEqual(NEEDED));
  it("is off, though a rule is for what comes in", () =>
    expect(ids(look(`${TWO}[[rule]]\ninterface = "eth1"\nvia = "lte"\n`))).toEqual(NEEDED));
  it("is off, though an uplink has LAN clients", () =>
    expect(ids(look(TWO.replace("[uplink.lte]", "lan = true\n[uplink.lte]")))).toEqual(NEEDED));
  it("is on", () =>
    expect(look(`${TWO}[router]\nforward = true\n`, { "/proc/sys/net/ipv4/ip_forward": "1" })).toEqual([]));
  it("is asked for in waymark.toml where it is not yet", () =>
    expect(step(look(`${TWO}[[rule]]\ninterface = "eth1"\nvia = "lte"\n`), "append").text).toBe(
      "[router]\nforward = true\n",
    ));
  it("is switched off by a file, which is named", () =>
    expect(
      look(`${TWO}[router]\nforward = true\n`, OFF, { "/etc/sysctl.conf": "net.ipv4.ip_forward=0\n" })[0]
        ?.found,
    ).toContain("/etc/sysctl.conf:1: net.ipv4.ip_forward=0"));
});

describe("router advertisements", () => {
  const conf = (key: string) => `/proc/sys/net/ipv6/conf/eth0/${key}`;
  const heard = (accept: string, forward: string, disabled = "0") =>
    look(TWO, {
      [conf("accept_ra")]: accept,
      [conf("forwarding")]: forward,
      [conf("disable_ipv6")]: disabled,
    });

  it("are ignored by a router", () => {
    const found = heard("1", "1");
    expect(ids(found)).toEqual(["warning router-advertisements-ignored"]);
    expect(commands(found)).toEqual(["sysctl -w net.ipv6.conf.eth0.accept_ra=2"]);
  });
  it("are heard with 2", () => expect(heard("2", "1")).toEqual([]));
  it("are heard where nothing is forwarded", () => expect(heard("1", "0")).toEqual([]));
  it("are somebody else's matter with 0", () => expect(heard("0", "1")).toEqual([]));
  it("are no matter without IPv6", () => expect(heard("1", "1", "1")).toEqual([]));
  it("do not come on lines", () =>
    expect(
      forwarding(
        facts({
          house: twoLines(),
          settings: {
            "/proc/sys/net/ipv6/conf/ppp0/accept_ra": "1",
            "/proc/sys/net/ipv6/conf/ppp0/forwarding": "1",
          },
        }),
      ),
    ).toEqual([]));
});
