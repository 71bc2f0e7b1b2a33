import { describe, expect, it } from "vitest";
import { cpuMask } from "../../../lib/plan/settings.ts";
import { aLink, type Given, planOf, uplink } from "./support.ts";

const ETH = uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1');
const eth0 = (how = {}) => aLink("eth0", ["192.0.2.5/24"], how);

const settings = (title: string, text: string, given: Given, expected: readonly string[]) =>
  it(title, () => {
    const all = planOf(text, given).settings.map(({ path, value }) => `${path} ${value}`);
    expect(all.map((line) => line.replace("/proc/sys/net/", "").replace("/sys/class/net/", ""))).toEqual(
      expected,
    );
  });

/** Four processors, and a device with so many queues each way. */
const spread = (queues: number) => ({ cpus: 4, queues: { eth0: { receive: queues, transmit: queues } } });

const USUAL = [
  "ipv4/conf/eth0/rp_filter 2",
  "ipv4/conf/eth0/ignore_routes_with_linkdown 1",
  "ipv6/conf/eth0/ignore_routes_with_linkdown 1",
];

describe("settings", () => {
  settings("of one device", ETH, { links: [eth0()] }, USUAL);
  settings("of no device", ETH, {}, []);
  settings("forwarding, if the file says so", `${ETH}[router]\nforward = true\n`, {}, ["ipv4/ip_forward 1"]);
  settings(
    "a LAN that two stand in: each answers for its own",
    ETH + uplink("eth1", 'gateway = "192.0.2.1"\ntier = 2'),
    { links: [eth0(), aLink("eth1", ["192.0.2.6/24"])] },
    [
      ...USUAL,
      "ipv4/conf/eth0/arp_filter 1",
      ...USUAL.map((line) => line.replace("eth0", "eth1")),
      "ipv4/conf/eth1/arp_filter 1",
    ],
  );
  settings(
    "queues over four processors",
    `${uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1\nspread_cpus = true')}`,
    { links: [eth0()], spread: spread(2) },
    [
      ...USUAL,
      "eth0/queues/rx-0/rps_cpus f",
      "eth0/queues/rx-1/rps_cpus f",
      "eth0/queues/tx-0/xps_cpus 5",
      "eth0/queues/tx-1/xps_cpus a",
    ],
  );
  settings(
    "one transmit queue leaves no choice",
    uplink("eth0", 'gateway = "192.0.2.1"\ntier = 1\nspread_cpus = true'),
    { links: [eth0()], spread: spread(1) },
    [...USUAL, "eth0/queues/rx-0/rps_cpus f"],
  );
});

describe("masks of processors", () => {
  it.each([
    [1n, "1"],
    [0xfn, "f"],
    [0xffffffffn, "ffffffff"],
    [0x1ffffffffn, "1,ffffffff"],
  ])("%s", (bits, expected) => expect(cpuMask(bits)).toBe(expected));
});
