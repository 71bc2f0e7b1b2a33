import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

const ADSL = "198.51.100.53";
const LTE = "9.9.9.9";
/** A VPN's own server, and what the line's DHCP client said. */
const [VPN, DHCP] = ["10.99.0.1", "198.51.100.1"];

describe.each(["resolvconf", "openresolv"])("name servers published to the real %s", (name) => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({ bed: "namespaces", release: "bookworm", job: "names.sh", args: [name], limit: 300 });
  });
  const servers = (fact: string) => job.fact(fact).trim().split(" ");

  it("stand behind a VPN's and before those of cards", () => {
    expect(servers("before")).toEqual([VPN, DHCP]);
    expect(servers("adsl")).toEqual([VPN, ADSL, DHCP]);
    expect(job.fact("resolver")).toBe('"resolver":"resolvconf"');
  });

  it("switch with the choice, and go when nothing works", () => {
    expect(servers("lte")).toEqual([VPN, LTE, DHCP]);
    expect(servers("none")).toEqual([VPN, DHCP]);
  });

  it("are put back by apply when somebody wiped them", () => {
    expect(servers("wiped")).toEqual([VPN, DHCP]);
    expect(job.facts("timeout")).toEqual([]);
  });

  it("are taken back by stop", () => {
    expect(job.saved("stop")).toContain("name servers taken back from resolvconf");
    expect(servers("after")).toEqual([VPN, DHCP]);
  });
});
