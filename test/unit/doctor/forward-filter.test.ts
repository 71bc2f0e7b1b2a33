import { describe, expect, it } from "vitest";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { forwardFilter } from "../../../lib/doctor/findings/forward-filter.ts";
import { aLink } from "../plan/support.ts";
import { commands, device, facts, house, ids, iptables, TWO, twoUplinks } from "./support.ts";

const ROUTER = `${TWO}[router]\nforward = true\n`;
const devices = [
  device("eth0", {}, ["192.168.1.5/24"]),
  device("usb0", {}, ["192.168.42.20/24"]),
  device("eth1", {}, ["10.0.0.1/24"]),
  device("docker0", { kind: "bridge" }, ["172.17.0.1/16"]),
];
const CUT = ["error forward-dropped"];

const look = (filter: string, how: Partial<Facts> = {}) =>
  forwardFilter(
    facts({ house: twoUplinks(ROUTER), devices, filter: iptables(`*filter\n${filter}`), ...how }),
  );

const DOCKER = `:FORWARD DROP [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A DOCKER-USER -j RETURN
`;
const UFW = `:FORWARD DROP [0:0]
:ufw-before-forward - [0:0]
:ufw-user-forward - [0:0]
-A FORWARD -j ufw-before-forward
-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A ufw-before-forward -p icmp -m icmp --icmp-type 8 -j ACCEPT
-A ufw-before-forward -j ufw-user-forward
`;

describe("a forward chain", () => {
  it("that accepts", () => expect(look(":FORWARD ACCEPT [0:0]\n")).toEqual([]));
  it("that drops", () => expect(ids(look(":FORWARD DROP [0:0]\n"))).toEqual(CUT));
  it("that only knows Docker", () => expect(ids(look(DOCKER))).toEqual(CUT));
  it("that only knows Docker is mended in DOCKER-USER", () =>
    expect(commands(look(DOCKER))).toEqual([
      "iptables -I DOCKER-USER -i eth1 -o eth0 -j ACCEPT",
      "iptables -I DOCKER-USER -i eth1 -o usb0 -j ACCEPT",
      "iptables -I DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    ]));
  it("that is so mended", () => {
    const rules = commands(look(DOCKER)).map((command) => command.replace("iptables -I", "-A"));
    expect(look(DOCKER.replace("-A DOCKER-USER -j RETURN", rules.join("\n")))).toEqual([]);
  });
  it("of ufw", () => {
    const found = look(UFW);
    expect(ids(found)).toEqual(CUT);
    expect(commands(found)).toEqual([
      "ufw route allow in on eth1 out on eth0",
      "ufw route allow in on eth1 out on usb0",
    ]);
  });
  it("of ufw, told what may pass", () =>
    expect(
      look(
        `${UFW}-A ufw-user-forward -i eth1 -o eth0 -j ACCEPT\n-A ufw-user-forward -i eth1 -o usb0 -j ACCEPT\n`,
      ),
    ).toEqual([]));
  it("that lets one uplink only", () =>
    expect(look(`${UFW}-A ufw-user-forward -i eth1 -o eth0 -j ACCEPT\n`)[0]?.found).toEqual([
      "eth1 to usb0 (new): iptables, table filter: policy drop of chain FORWARD",
    ]));
  it("that lets questions, but no answers", () =>
    expect(look(":FORWARD DROP [0:0]\n-A FORWARD -i eth1 -j ACCEPT\n")[0]?.found[0]).toContain(
      "eth0 to eth1 (established)",
    ));
  it("that may let it is given the benefit of the doubt", () =>
    expect(
      look(
        ":FORWARD DROP [0:0]\n-A FORWARD -p tcp -m tcp --dport 443 -j ACCEPT\n-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT\n",
      ),
    ).toEqual([]));
  it("of iptables-legacy counts beside the other", () => {
    const filter = iptables("*filter\n:FORWARD DROP [0:0]\n", "iptables-legacy");
    expect(commands(look("", { filter }))[0]).toBe("iptables-legacy -I FORWARD -i eth1 -o eth0 -j ACCEPT");
  });
  it("is no matter where nothing is routed", () =>
    expect(look(":FORWARD DROP [0:0]\n", { house: twoUplinks() })).toEqual([]));
  it("is less of a matter where the kernel routes unasked", () =>
    expect(
      ids(
        look(":FORWARD DROP [0:0]\n", {
          house: twoUplinks(),
          devices: devices.slice(0, 3),
          settings: { "/proc/sys/net/ipv4/ip_forward": "1" },
        }),
      ),
    ).toEqual(["warning forward-dropped"]));
  it("is no matter where the kernel routes for containers only", () => {
    const how = { house: twoUplinks(), settings: { "/proc/sys/net/ipv4/ip_forward": "1" } };
    expect(look(DOCKER, how)).toEqual([]);
  });
  it("is not known where nft does not tell", () => expect(look("", { filter: null })).toEqual([]));
});

describe("a one-armed router", () => {
  const text = '[uplink.adsl]\ninterface = "eth0"\ngateway = "192.168.1.1"\nnat = "none"\nlan = true\n';
  const ONE_ARMED = house(text, { links: [aLink("eth0", ["192.168.1.5/24"])] });
  const DROPS = ":FORWARD ACCEPT [0:0]\n-A FORWARD -m conntrack --ctstate INVALID -j DROP\n";
  const arm = (filter: string) =>
    look(filter, { house: ONE_ARMED, devices: [device("eth0", {}, ["192.168.1.5/24"])] });

  it("may not drop what is invalid", () => {
    const found = arm(DROPS);
    expect(ids(found)).toEqual(["error one-armed-invalid-dropped"]);
    expect(commands(found)).toEqual(["iptables -I FORWARD -i eth0 -o eth0 -j ACCEPT"]);
  });
  it("may drop it behind an exception", () =>
    expect(arm(DROPS.replace("-A", "-A FORWARD -i eth0 -o eth0 -j ACCEPT\n-A"))).toEqual([]));
  it("may drop it elsewhere", () => expect(arm(DROPS.replace("-m", "-i eth7 -m"))).toEqual([]));
});
