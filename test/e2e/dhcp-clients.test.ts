/** DHCP clients tell of their leases by hooks that their own shell reads (jobs/dhcp-clients.sh). */

import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

interface Uplink {
  readonly name: string;
  readonly state: string;
  readonly reason: string;
  readonly address: string | null;
  readonly gateway: string | null;
}

const CLIENTS = [
  { client: "dhclient", version: "4.4.3", release: "bookworm" },
  { client: "dhclient", version: "4.4.3", release: "trixie" },
  { client: "dhcpcd", version: "9.4.1", release: "bookworm" },
  { client: "dhcpcd", version: "10.1.0", release: "trixie" },
] as const;

/** All at once: they wait for leases most of the time. */
const jobs = new Map<string, Ended>();
beforeAll(async () => {
  const job = "dhcp-clients.sh";
  await Promise.all(
    CLIENTS.map(async ({ client, release }) => {
      jobs.set(
        `${client} ${release}`,
        await run({ bed: "namespaces", release, job, args: [client], limit: 400 }),
      );
    }),
  );
});

describe.each(CLIENTS)("$client $version, $release", ({ client, release }) => {
  let job: Ended;
  beforeAll(() => {
    job = jobs.get(`${client} ${release}`) as Ended;
  });
  const spare = "100.64.2.9 3 failed 0";
  const cable = (name: string): Uplink => {
    const status = job.json<{ uplinks: readonly Uplink[] }>(name);
    const found = status.uplinks.find((uplink) => uplink.name === "cable");
    if (found === undefined) throw new Error(`no uplink cable in ${name}`);
    return found;
  };

  it("is installed as a file that a shell reads", () => {
    expect(job.fact("hook mode")).toBe("644 root root");
  });

  it("tells of a lease: packets leave by it", () => {
    expect(job.fact("without a lease")).toBe(spare);
    expect(job.fact("with a lease")).toMatch(/^100\.64\.1\.5\d 3 failed 0$/);
    expect(cable("lease")).toMatchObject({ state: "up", gateway: "100.64.1.1" });
  });

  it("keeps its own default route in main", () => {
    expect(job.fact("main with a lease")).toMatch(/^default via 100\.64\.1\.1 dev eth0/);
  });

  it("tells of another address and router", () => {
    expect(job.fact("renumbered")).toMatch(/^100\.64\.1\.15\d 3 failed 0$/);
    expect(cable("renumbered")).toMatchObject({ state: "up", gateway: "100.64.1.2" });
    expect(job.saved("renumbered.rules")).not.toMatch(/from 100\.64\.1\.5\d /);
  });

  it("need not tell of the cable: the next packet leaves by the other line", () => {
    expect(job.fact("pulled, at once")).toBe(spare);
    expect(job.fact("plugged")).toMatch(/^100\.64\.1\.15\d 3 failed 0$/);
  });

  if (client === "dhclient") {
    it("says nothing of the cable", () => expect(job.fact("events of the cable")).toBe("0"));
  } else {
    it("says that the cable is out", () => {
      expect(cable("pulled")).toMatchObject({ state: "down", reason: "no carrier on eth0" });
    });
  }

  it("tells of a lease that has run out", () => {
    expect(job.fact("expired")).toBe(spare);
    expect(cable("expired")).toMatchObject({ state: "down", address: null });
  });

  it("tells of a lease given back", () => {
    expect(job.fact("served again")).toMatch(/^100\.64\.1\.5\d 3 failed 0$/);
    expect(job.fact("released")).toBe(spare);
    expect(cable("released")).toMatchObject({ state: "down", reason: "eth0 has no address" });
  });

  it("leaves the client's shell as it was", () => {
    expect(job.saved("changed")).toBe("");
    expect(job.saved("events").split("\n").length).toBeGreaterThan(6);
  });

  it("costs nothing for an interface that is nobody's uplink", () => {
    expect(job.fact("spool")).toBe("");
    expect(job.fact("lines about eth2")).toBe("0");
  });

  it("is taken away without a trace", () => {
    const routing = (name: string) =>
      job
        .saved(name)
        .split("\n")
        // What the clients made of eth0 and eth2 is theirs.
        .filter((text) => !/\beth[02]\b|fe80::|multicast/.test(text));
    expect(routing("stopped")).toEqual(routing("before"));
  });
});

describe("dhcpcd in the sandbox of its service, Debian 12", () => {
  let job: Ended;
  beforeAll(async () => {
    const args = ["dhcpcd-service.sh"];
    job = await run({ bed: "namespaces", release: "bookworm", job: "in-systemd.sh", args, limit: 240 });
  });

  it("is where nothing can be written and Node dies", () => {
    expect(job.fact("sandbox")).toContain("node ends with 133");
  });

  it("tells of a lease all the same", () => {
    expect(job.fact("without a lease")).toBe("100.64.2.9 3 failed 0");
    expect(job.fact("with a lease")).toBe("100.64.1.50 3 failed 0");
    expect(job.saved("journal")).toContain("dhcpcd eth0 up: choice spare -> cable");
  });

  it("and of the cable", () => expect(job.fact("pulled")).toBe("100.64.2.9 3 failed 0"));

  it("leaves no unit behind", () => expect(job.fact("units left")).toBe("0"));
});
