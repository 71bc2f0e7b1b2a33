/** What holds of `waymark watch` as a service, wherever it runs: under systemd, in its sandbox, on Debian 12 and 13. */

import { beforeAll, expect, it } from "vitest";
import { parseExposition } from "../unit/metrics/grammar.ts";
import { type Ended, type Job, run } from "./bed.ts";

/** The most that `systemd-analyze security` may say: 0 is no exposure, 10 is all there is. */
const EXPOSURE = 3;
/** Kilobytes that are resident. */
const MEMORY = 70 * 1024;
const STREAMS = ["udp", "new", "tcp", "icmp"] as const;

const lines = (text: string) => text.split("\n").filter(Boolean);
/** What systemctl shows: by unit, by property. */
export const units = (text: string) =>
  text
    .trim()
    .split("\n\n")
    .map((block) => Object.fromEntries(lines(block).map((line) => line.split(/=(.*)/s, 2))));

/** Runs the job before the tests. @returns what is left of it */
export function jobOf(what: Job): () => Ended {
  let ended: Ended | undefined;
  beforeAll(async () => {
    ended = await run(what);
  });
  return () => {
    if (ended === undefined) throw new Error(`${what.job} was not run`);
    return ended;
  };
}

export const RELEASES = [
  { debian: "Debian 12", release: "bookworm" },
  { debian: "Debian 13", release: "trixie" },
] as const;

/** What holds wherever it runs. */
export function facts(job: () => Ended): void {
  it("waits for nothing in vain", () => expect(job().facts("timeout")).toEqual([]));

  it("is ready, well, and no more exposed than it must be", () => {
    expect(units(job().saved("unit"))).toEqual([
      {
        Type: "notify",
        NotifyAccess: "all",
        ActiveState: "active",
        SubState: "running",
        UnitFileState: "enabled",
        Result: "success",
        NRestarts: "0",
        StatusText: "first up, second up, gsm absent",
        WatchdogUSec: "1min",
      },
    ]);
    const [pid, writer] = job().fact("heard").split(" ");
    expect(writer).toBe(`"pid":${pid}`);
    // CAP_DAC_OVERRIDE, CAP_SETGID, CAP_NET_ADMIN, CAP_NET_RAW.
    expect(job().saved("process")).toMatch(/^CapEff:\t0000000000003042\nCapBnd:\t0000000000003042$/m);
    expect(job().saved("process")).toMatch(/^NoNewPrivs:\t1\nSeccomp:\t2$/m);
    const [, exposure] =
      /Overall exposure level for waymark-watch.service: ([\d.]+)/.exec(job().saved("security")) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(EXPOSURE);
  });

  it("sends each probe out by its uplink, and those of sockets as the group of probes", () => {
    expect(job().saved("process")).toMatch(/^Gid:\t2000000087\t2000000087\t/m);
    const packets = [
      ...job()
        .saved("probes")
        .matchAll(/counter packets (\d+) .*comment "(.*)"/g),
    ];
    expect(Object.fromEntries(packets.map(([, count, what]) => [what, Number(count) > 0]))).toEqual({
      "first by its own": true,
      "first by another": false,
      "second by its own": true,
      "second by another": false,
      "not of the group": false,
    });
  });

  it("leaves a line that died silently, comes back to it, and tells the programs of notify.d", () => {
    const first = ["up first", "up second", "address first", "address second", "switch first"];
    expect(lines(job().saved("notes"))).toEqual(first);
    expect(lines(job().saved("notes-of-death"))).toEqual([
      ...first,
      "down first",
      "switch second",
      "up first",
      "switch first",
    ]);
  });

  it("puts back what others wipe", () => {
    expect(job().saved("wiped-after")).toBe(job().saved("wiped-before"));
    expect(job().saved("wiped-before")).toContain("table inet waymark");
  });

  it("sees the pppd of others, and dials when it has gone", () => {
    expect(job().fact("dials beside pppd")).toBe("none");
    expect(job().fact("dials")).toBe("gsm");
  });

  it("may change the settings of interfaces and of their queues", () => {
    const [cpus = "", mask = ""] = job().fact("queues").split(" ");
    // There is nothing to spread over a single one.
    expect(Number.parseInt(mask, 16)).toBe(Number(cpus) < 2 ? 0 : 2 ** Number(cpus) - 1);
  });

  it("keeps what has to be kept over a reboot", () =>
    expect(job().fact("kept")).toBe("numbers.json last-good.json"));

  it("writes measures that Prometheus reads", () => {
    const metrics = parseExposition(job().saved("metrics"));
    const latencies = metrics.find(({ name }) => name === "waymark_uplink_latency_seconds")?.samples ?? [];
    expect(latencies.map(({ labels }) => labels)).toEqual([
      { uplink: "first", family: "ipv4" },
      { uplink: "second", family: "ipv4" },
    ]);
    for (const { value } of latencies) expect(value).toBeGreaterThan(0);
    expect(metrics.find(({ name }) => name === "waymark_watch_running")?.samples[0]?.value).toBe(1);
    expect(lines(job().saved("metrics-stopped"))).toEqual(["waymark_watch_running 0"]);
  });

  it.each(STREAMS)("restarted and stopped, it costs no packet: %s", (kind) => {
    const [, sent, lost, seen] =
      new RegExp(`^${kind} sent (\\d+) lost (\\d+).* seen (.*)$`, "m").exec(job().saved("stream")) ?? [];
    expect(Number(sent)).toBeGreaterThan(100);
    expect(lost).toBe("0");
    if (kind === "udp" || kind === "new") expect(seen).toBe("192.0.2.2");
  });

  it("restarted and stopped, it touches nothing", () => {
    expect(job().fact("restarted")).toBe("active");
    expect(job().fact("stopped")).toBe("inactive success gone");
    expect(job().saved("monitor-ip")).toBe("");
    expect(job().saved("monitor-nft")).toBe("");
    for (const then of ["restarted", "stopped"])
      expect(job().saved(`traffic-${then}`)).toBe(job().saved("traffic-before"));
  });

  it("is started anew when it is killed and when it hangs, and takes up what was handed to it", () => {
    expect(job().saved("hung")).toBe("Watchdog timeout\n");
    expect(job().fact("handed to the hung one")).toBe("1 1");
    expect(job().fact("restarts")).toBe("2");
    expect(job().fact("failed").trim()).toBe("");
    expect(job().saved("journal")).toMatch(/ifupdown uplink0 down: choice first -> second/);
  });

  it("takes no more memory than it may", () => expect(Number(job().fact("memory"))).toBeLessThan(MEMORY));

  it("keeps still behind waymark stop", () => expect(job().fact("behind stop")).toBe("no metrics 0 active"));
}
