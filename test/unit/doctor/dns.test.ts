import { describe, expect, it } from "vitest";
import type { Facts } from "../../../lib/doctor/facts.ts";
import { dns } from "../../../lib/doctor/findings/dns.ts";
import { facts, house, ids, process, step, TWO, twoUplinks } from "./support.ts";

const resolv = (...servers: string[]) => servers.map((server) => `nameserver ${server}\n`).join("");
const asked = (files: Record<string, string>, how: Partial<Facts> = {}) =>
  dns(facts({ house: twoUplinks(), files, ...how }));
const direct = (...servers: string[]) => ids(asked({ "/etc/resolv.conf": resolv(...servers) }));
const ONE_LINE = ["warning dns-by-one-uplink"];

describe("name servers", () => {
  it("on the internet are reached by all", () => expect(direct("9.9.9.9")).toEqual([]));
  it("at the router of one line are reached by that one", () =>
    expect(direct("192.168.1.1")).toEqual(ONE_LINE));
  it("in the network of one line are too", () => expect(direct("192.168.42.53")).toEqual(ONE_LINE));
  it("of one line and the internet's are not all lost", () =>
    expect(direct("192.168.1.1", "9.9.9.9")).toEqual([]));
  it("of both lines are not all lost", () => expect(direct("192.168.1.1", "192.168.42.129")).toEqual([]));
  it("two of one line are both lost", () => expect(direct("192.168.1.1", "192.168.1.2")).toEqual(ONE_LINE));
  it("behind the third are never asked", () =>
    expect(direct("192.168.1.1", "192.168.1.2", "192.168.1.3", "9.9.9.9")).toEqual(ONE_LINE));
  it("may have a zone", () => expect(direct("192.168.1.1%eth0")).toEqual(ONE_LINE));
  it("may be left to Waymark", () => {
    const found = asked({ "/etc/resolv.conf": resolv("192.168.1.1") });
    const { text } = step(found, "append");
    expect(
      asked({ "/etc/resolv.conf": resolv("192.168.1.1") }, { house: twoUplinks(`${TWO}${text}`) }),
    ).toEqual([]);
    const files = {
      "/etc/resolv.conf": resolv("192.168.1.1"),
      "/etc/waymark/waymark.toml": '[dns]\npublish = "none"\n',
    };
    expect(step(asked(files), "edit").to).toBe('publish = "auto"');
  });
  it("may be none", () => expect(direct()).toEqual(["warning dns-none"]));
  it("are no matter where there is one line", () =>
    expect(
      dns(
        facts({
          house: house('[uplink.a]\ninterface = "eth0"\n'),
          files: { "/etc/resolv.conf": resolv("192.168.1.1") },
        }),
      ),
    ).toEqual([]));
  it("are Waymark's where it publishes them", () =>
    expect(
      asked(
        { "/etc/resolv.conf": resolv("192.168.1.1") },
        { house: twoUplinks(`${TWO}[dns]\npublish = "auto"\n`) },
      ),
    ).toEqual([]));
});

describe("a resolver of this machine", () => {
  const LOCAL = { "/etc/resolv.conf": resolv("127.0.0.1") };
  const dnsmasq = { processes: [process("/usr/sbin/dnsmasq", "-k")] };

  it("that is not known is left alone", () => expect(asked(LOCAL)).toEqual([]));
  it("systemd-resolved asks servers of its own", () => {
    const stub = { "/etc/resolv.conf": resolv("127.0.0.53") };
    expect(ids(asked({ ...stub, "/run/systemd/resolve/resolv.conf": resolv("192.168.1.1") }))).toEqual(
      ONE_LINE,
    );
    expect(asked({ ...stub, "/run/systemd/resolve/resolv.conf": resolv("9.9.9.9") })).toEqual([]);
  });
  it.each([
    ["server=192.168.1.1\n", 1],
    ["server=9.9.9.9@usb0\n", 1],
    ["server=9.9.9.9#53@usb0\n", 1],
    ["server=9.9.9.9\n", 0],
    ["server=/lan/192.168.1.1\nserver=9.9.9.9\n", 0],
    ["#server=9.9.9.9\nserver=192.168.1.1\n", 1],
  ])("dnsmasq asks those of %j: %i", (text, count) =>
    expect(asked({ ...LOCAL, "/etc/dnsmasq.d/up.conf": text }, dnsmasq)).toHaveLength(count),
  );
  it("dnsmasq asks those of its file", () => {
    const conf = { ...LOCAL, "/etc/dnsmasq.conf": "resolv-file=/run/dnsmasq/resolv.conf\n" };
    const found = asked({ ...conf, "/run/dnsmasq/resolv.conf": resolv("192.168.1.1") }, dnsmasq);
    expect(ids(found)).toEqual(ONE_LINE);
    expect(step(found, "note").text).toContain("/etc/dnsmasq.d/waymark.conf");
  });
  it("dnsmasq reads no file with no-resolv", () =>
    expect(
      asked(
        {
          ...LOCAL,
          "/etc/dnsmasq.conf": "no-resolv\nserver=9.9.9.9\n",
          "/run/dnsmasq/resolv.conf": resolv("192.168.1.1"),
        },
        dnsmasq,
      ),
    ).toEqual([]));
});
