import { describe, expect, it } from "vitest";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { dhcp } from "../../../lib/doctor/findings/dhcp.ts";
import { interfaces } from "../../../lib/doctor/findings/interfaces.ts";
import { leases } from "../../../lib/doctor/findings/leases.ts";
import { managers } from "../../../lib/doctor/findings/managers.ts";
import { numbers } from "../../../lib/doctor/findings/numbers.ts";
import { offload } from "../../../lib/doctor/findings/offload.ts";
import { scripts } from "../../../lib/doctor/findings/scripts.ts";
import { translation } from "../../../lib/doctor/findings/translation.ts";
import {
  DEBIAN_12,
  device,
  enabled,
  facts,
  ids,
  iptables,
  process,
  route,
  step,
  twoUplinks,
  WATCH,
  withRule,
} from "./support.ts";

const house = twoUplinks();

describe("DHCP clients of one device", () => {
  const eth0 = device("eth0");
  const look = (how: Partial<Facts>) => dhcp(facts({ house, devices: [eth0], ...how }));
  const dhclient = process("/sbin/dhclient", "-4", "-pf", "/run/dhclient.eth0.pid", "eth0");
  const dhcpcd = process("dhcpcd:", "eth0", "[ip4]", "[ip6]");

  it("one is right", () => expect(look({ processes: [dhclient] })).toEqual([]));
  it("two are one too many", () =>
    expect(ids(look({ processes: [dhclient, dhcpcd] }))).toEqual(["warning two-dhcp-clients"]));
  it("NetworkManager and dhclient", () =>
    expect(look({ processes: [dhclient], networkManager: { eth0: "connected" } })[0]?.title).toBe(
      "NetworkManager and dhclient both look after eth0 (cable)",
    ));
  it("NetworkManager's own dhclient is its own", () =>
    expect(
      look({
        processes: [process("/sbin/dhclient", "-sf", "/usr/libexec/nm-dhcp-helper", "eth0")],
        networkManager: { eth0: "connected" },
      }),
    ).toEqual([]));
  it("a NetworkManager that leaves it alone", () =>
    expect(look({ processes: [dhclient], networkManager: { eth0: "unmanaged" } })).toEqual([]));
  it("systemd-networkd with a lease, and dhcpcd", () =>
    expect(
      ids(
        look({
          processes: [dhcpcd],
          files: { [`/run/systemd/netif/leases/${eth0.index}`]: "ADDRESS=192.0.2.1\n" },
        }),
      ),
    ).toEqual(["warning two-dhcp-clients"]));
  it("those of another device", () =>
    expect(look({ processes: [process("dhclient", "eth1"), dhcpcd] })).toEqual([]));
});

describe("leases", () => {
  const look = (version: string, how: Partial<Facts> = {}) =>
    ids(
      leases(
        facts({
          house,
          versions: { ...DEBIAN_12, networkManager: version },
          networkManager: { eth0: "connected" },
          ...how,
        }),
      ),
    );

  it("are told by 1.52", () => expect(look("1.52.1")).toEqual([]));
  it("are not told by 1.42", () => expect(look("1.42.4")).toEqual(["warning leases-untold"]));
  it("are seen by watch", () => expect(look("1.42.4", { processes: [WATCH] })).toEqual([]));
  it("are another's matter", () =>
    expect(look("1.42.4", { networkManager: { eth0: "unmanaged" } })).toEqual([]));
  it("are not NetworkManager's where it does not run", () =>
    expect(look("1.42.4", { networkManager: null })).toEqual([]));
});

describe("gateways in /etc/network/interfaces", () => {
  const stanza = (name: string, ...more: string[]) =>
    [
      `auto ${name}`,
      `iface ${name} inet static`,
      "  address 192.0.2.2/24",
      ...more.map((line) => `  ${line}`),
      "",
    ].join("\n");
  const look = (text: string) => interfaces(facts({ house, files: { "/etc/network/interfaces": text } }));
  const GATEWAY = "gateway 192.0.2.1";

  it("one is right", () => expect(look(stanza("eth0", GATEWAY) + stanza("eth1"))).toEqual([]));
  it("two of one metric clash", () => {
    const found = look(stanza("eth0", GATEWAY) + stanza("usb0", GATEWAY));
    expect(ids(found)).toEqual(["warning two-gateways-one-metric"]);
    expect(step(found, "edit").to).toBe("gateway 192.0.2.1\n    metric 100");
  });
  it("two with metrics do not", () =>
    expect(look(stanza("eth0", GATEWAY) + stanza("usb0", GATEWAY, "metric 100"))).toEqual([]));
  it("two of one metric that is written clash", () =>
    expect(look(stanza("eth0", GATEWAY, "metric 5") + stanza("usb0", GATEWAY, "metric 5"))).toHaveLength(1));
  it("of one device do not", () =>
    expect(look(stanza("eth0", GATEWAY) + stanza("eth0", GATEWAY))).toEqual([]));
  it("of IPv6 are another matter", () =>
    expect(look(stanza("eth0", GATEWAY) + stanza("usb0", GATEWAY).replace("inet ", "inet6 "))).toEqual([]));
  it("in another file clash too", () =>
    expect(
      interfaces(
        facts({
          files: {
            "/etc/network/interfaces": stanza("eth0", GATEWAY),
            "/etc/network/interfaces.d/usb": stanza("usb0", GATEWAY),
          },
        }),
      ),
    ).toHaveLength(1));
});

describe("other managers", () => {
  const look = (how: Partial<Facts>) => managers(facts({ house, ...how }));

  it("none", () => expect(look({})).toEqual([]));
  it.each(["connmand", "mwan3track", "foolsm"])("%s", (program) =>
    expect(look({ processes: [process(`/usr/sbin/${program}`)] })).toHaveLength(1),
  );
  it("a script by its interpreter", () =>
    expect(look({ processes: [process("/bin/sh", "/usr/sbin/mwan3track")] })).toHaveLength(1));
  it("Shorewall with providers", () => {
    const files = { "/etc/shorewall/providers": "# name number\nADSL 1 1 - eth0 192.168.1.1 track\n" };
    expect(look({ files })).toEqual([]);
    const found = look({ files, entries: enabled("shorewall.service") });
    expect(found[0]?.found).toEqual(["/etc/shorewall/providers:2: ADSL 1 1 - eth0 192.168.1.1 track"]);
    expect(
      look({ files: { "/etc/shorewall/providers": "# none\n" }, entries: enabled("shorewall.service") }),
    ).toEqual([]);
  });
});

describe("scripts", () => {
  const look = (line: string, path = "/etc/rc.local") =>
    ids(scripts(facts({ files: { [path]: `#!/bin/sh\n${line}\nexit 0\n` } })));

  it.each([
    ["ip rule flush", "warning script-flushes-rules"],
    ["ip -6 rule flush", "warning script-flushes-rules"],
    ["/sbin/ip route flush table all", "warning script-flushes-routes"],
    ["nft flush ruleset", "warning script-flushes-filter"],
    ["conntrack -F", "warning script-flushes-connections"],
    ["echo f > /proc/net/nf_conntrack", "warning script-flushes-connections"],
    ["ip route replace default via 192.168.1.1 dev br0", "note script-sets-default"],
    ["while route del default; do :; done", "note script-sets-default"],
    ["ip ro add default dev ppp0", "note script-sets-default"],
    ["ip r d default", "note script-sets-default"],
    ["ip ru flush", "warning script-flushes-rules"],
    ["ip route add 10.0.0.0/8 dev eth1", ""],
    ["ip rule flush table 200", ""],
    ["ip rule flush proto static", ""],
    ["ip route flush table 200", ""],
    ["# ip rule flush", ""],
    ["conntrack -D -m 5", ""],
    ["echo default", ""],
  ])("%s: %s", (line, id) => expect(look(line)).toEqual(id === "" ? [] : [id]));
  it.each([
    "/etc/ppp/ip-up.d/mine",
    "/etc/network/if-up.d/x",
    "/etc/network/interfaces",
    "/etc/cron.d/check_ip",
    "/var/spool/cron/crontabs/root",
  ])("in %s", (path) => expect(look("ip rule flush", path)).toHaveLength(1));
  it("not in what is no script", () => expect(look("ip rule flush", "/etc/nftables.conf")).toEqual([]));
  it("not in Waymark's own hooks", () =>
    expect(look("WAYMARK_NODE=\nip rule flush", "/etc/ppp/ip-up.d/waymark")).toEqual([]));
});

describe("Waymark's numbers", () => {
  const look = (how: Partial<Facts>) => ids(numbers(facts(how)));

  it("are its own", () =>
    expect(
      look({
        files: {
          "/etc/iproute2/rt_protos.d/waymark.conf": "87 waymark\n",
          "/etc/iproute2/rt_tables": "200 adsl\n",
        },
      }),
    ).toEqual([]));
  it("have another name", () => {
    expect(look({ files: { "/etc/iproute2/rt_protos": "87 zebra2\n" } })).toEqual(["warning numbers-named"]);
    expect(look({ files: { "/etc/iproute2/rt_tables": "87001 adsl\n" } })).toEqual(["warning numbers-named"]);
  });
  it("are on a route of another's", () =>
    expect(look({ routes: [route({ table: 87000, protocol: 4 })] })).toEqual([
      "warning routes-in-our-tables",
    ]));
  it("are on routes of its own", () =>
    expect(look({ routes: [route({ table: 87000, protocol: 87 })] })).toEqual([]));
  it("are on a route in another's table", () =>
    expect(look({ routes: [route({ table: 254, protocol: 87 })] })).toEqual(["warning protocol-shared"]));
  it("are on a rule elsewhere", () =>
    expect(look({ rules: withRule({ priority: 5, src: "all", table: "254", protocol: "87" }) })).toEqual([
      "warning protocol-shared",
    ]));
  it("have a foreign rule among them", () => {
    const ours = withRule({
      priority: 30001,
      src: "all",
      table: "254",
      suppress_prefixlen: 0,
      protocol: "87",
    });
    const foreign = withRule({
      priority: 32764,
      not: null,
      src: "all",
      fwmark: "0xca6c",
      table: "51820",
    }).slice(-1);
    expect(look({ rules: [...ours, ...foreign] })).toEqual(["note rules-among-ours"]);
    expect(look({ rules: foreign })).toEqual([]);
  });
});

describe("flow offload", () => {
  const look = (devices: string[]) =>
    offload(
      facts({
        house,
        filter: { chains: [], flowTables: [{ owner: "nft table inet fw4", name: "ft", devices }] },
      }),
    );

  it("of an uplink", () => expect(ids(look(["eth1", "eth0"]))).toEqual(["warning flow-offload"]));
  it("of other devices", () => expect(look(["eth1"])).toEqual([]));
  it("of iptables", () =>
    expect(
      ids(
        offload(
          facts({ house, filter: iptables("*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j FLOWOFFLOAD\n") }),
        ),
      ),
    ).toEqual(["warning flow-offload"]));
  it("is taken away by name", () =>
    expect(step(look(["eth0"]), "note").text).toContain("nft delete flowtable inet fw4 ft"));
});

describe("translation by others", () => {
  const look = (target: string) =>
    ids(
      translation(
        facts({
          house,
          devices: [device("eth0", {}, ["192.168.1.5/24"]), device("usb0", {}, ["192.168.42.20/24"])],
          filter: iptables(`*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING ${target}\n`),
        }),
      ),
    );

  it("to the uplink's own address is right", () =>
    expect(look("-o eth0 -j SNAT --to-source 192.168.1.5")).toEqual([]));
  it("to another's is wrong", () =>
    expect(look("-o eth0 -j SNAT --to-source 192.168.42.20")).toEqual(["error foreign-source"]));
  it("on every device is wrong for all but one", () =>
    expect(look("-j SNAT --to-source 192.168.1.5")).toEqual(["error foreign-source"]));
  it("of some packets may be wrong", () =>
    expect(look("-s 10.0.0.0/24 -o eth0 -j SNAT --to-source 192.0.2.1")).toEqual(["warning foreign-source"]));
  it("to whatever address there is, is right", () => expect(look("-o eth0 -j MASQUERADE")).toEqual([]));
  it("on other devices is no matter", () => expect(look("-o eth1 -j SNAT --to-source 10.0.0.1")).toEqual([]));
});
