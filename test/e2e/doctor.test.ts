import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly { id: string; severity: string; title: string; found: readonly string[] }[];
}

describe.each(["bookworm", "trixie"] as const)("the doctor among real daemons (%s)", (release) => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({ bed: "namespaces", release, job: "doctor.sh", limit: 240 });
  });
  const isOld = release === "bookworm";

  const report = (name: string) => job.json(name) as Report;
  const ids = (name: string) => report(name).findings.map(({ id }) => id);
  const titles = (name: string, id: string) =>
    report(name)
      .findings.filter((finding) => finding.id === id)
      .map(({ title }) => title);

  it("finds nobody at the cables at first", () => {
    expect(titles("bare", "carrier-unwatched")).toEqual([
      "nobody tells Waymark of the cable of eth0, usb0 (cable, lte)",
    ]);
    expect(job.fact("bare")).toBe("0");
  });

  it("sees NetworkManager, and an ifplugd where there is one", () => {
    expect(titles("managed", "carrier-unwatched")).toEqual(
      isOld ? [] : ["nobody tells Waymark of the cable of usb0 (lte)"],
    );
  });

  it("knows which NetworkManager tells of renewed leases", () => {
    expect(ids("managed").includes("leases-untold")).toBe(isOld);
  });

  it("sees two programs at one device, and which", () => {
    expect(ids("managed")).not.toContain("two-dhcp-clients");
    expect(titles("two-clients", "two-dhcp-clients")).toEqual([
      "NetworkManager and dhclient both look after eth0 (cable)",
    ]);
  });

  it("knows dhcpcd by what it calls itself", () => {
    expect(job.saved("dhcpcd-processes")).toMatch(/dhcpcd: usb0/);
    expect(ids("dhcpcd")).not.toContain("two-dhcp-clients");
  });

  it("finds that a local dnsmasq asks one line only", () => {
    expect(titles("names", "dns-by-one-uplink")).toEqual(["every name server is reached by cable only"]);
  });

  it("finds the hooks that are not run", () => {
    const found = ids("hooks");
    for (const id of ["hook-owner", "ip-up-local", "dangling-link"]) expect(found).toContain(id);
    expect(job.fact("hooks")).toBe("1");
    expect(job.saved("text")).toMatch(/\[hook-owner\]\n {2}found {2}\/etc\/NetworkManager\//);
  });

  it.each([
    ["nft-reverse-path", "error reverse-path-rule"],
    ["nft-collide", "error marks-collide"],
    ["nft-overlap", "warning marks-overlap"],
    ["nft-save", "warning marks-overlap"],
    ["nft-untracked", "warning conntrack-bypassed"],
    ["nft-forward", "warning forward-dropped"],
    ["nft-source", "error foreign-source"],
    ["iptables", "error reverse-path-rule"],
    ["iptables", "warning marks-overlap"],
    ["iptables", "warning forward-dropped"],
  ])("reads packet filters as this release prints them: %s, %s", (name, expected) => {
    expect(report(name).findings.map(({ id, severity }) => `${severity} ${id}`)).toContain(expected);
  });

  it("finds no fault with one that lets the LAN out", () =>
    expect(ids("nft-forward-open")).not.toContain("forward-dropped"));

  it("knows that waymark watch runs", () => {
    const untold = ["carrier-unwatched", "leases-untold"];
    expect(ids("watched").filter((id) => untold.includes(id))).toEqual([]);
  });
});
