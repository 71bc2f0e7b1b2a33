import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

describe("under systemd", () => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({
      bed: "systemd",
      release: "bookworm",
      job: "telling-systemd.sh",
      limit: 1500,
      // It would look after the devices, and tell systemd-resolved of them.
      append: "systemd.mask=NetworkManager.service",
    });
  });
  const lines = (name: string) => job.saved(name).trim().split("\n");

  it("systemd-resolved is told of the servers in use, and has all back as it was afterwards", () => {
    expect(lines("before")).toEqual([
      "(eth0):",
      "(eth0):",
      "(eth0): no",
      "(usb0): 198.51.101.1",
      "(usb0): home.example",
      "(usb0): yes",
    ]);
    expect(lines("adsl").slice(0, 3)).toEqual(["(eth0): 198.51.100.53", "(eth0): ~.", "(eth0): yes"]);
    expect(lines("adsl").slice(3)).toEqual(lines("before").slice(3));
    expect(lines("lte")).toEqual([
      "(eth0):",
      "(eth0):",
      "(eth0): no",
      "(usb0): 9.9.9.9",
      "(usb0): home.example ~.",
      "(usb0): yes",
    ]);
    expect(lines("after")).toEqual(lines("before"));
  });

  it("programs of notify.d run in a unit of their own, whatever becomes of the hook's", () => {
    const told = (name: string) => lines(name).map((line) => line.split(" ").slice(0, 2).join(" "));
    expect(told("notes")).toEqual(["up adsl", "up lte", "address adsl", "address lte", "switch adsl"]);
    expect(told("hook-notes")).toEqual(["down adsl", "switch lte"]);
    for (const line of [...lines("notes"), ...lines("hook-notes")])
      expect(line).toMatch(/ \/system\.slice\/run-\w+\.service$/);
  });

  it("dial commands run in units of their own, outside of the service's sandbox", () => {
    expect(job.saved("dials")).toMatch(
      /^\d+ \/system\.slice\/waymark-dial-gsm-\d+\.service gsm \$\(id\) \$HOME\n$/,
    );
    expect(job.fact("written")).toBe("/usr/local/written-by-dial");
  });

  it("they outlive a restart of the service, and end with all that they started", () => {
    expect(job.fact("survivor")).toBe("sleep");
    expect(job.fact("dials after the restart")).toBe("1");
    expect(job.fact("left of the dial")).toBe("0");
    expect(job.facts("timeout")).toEqual([]);
  });
});
