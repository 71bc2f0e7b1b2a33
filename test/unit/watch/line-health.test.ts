import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HealthFile } from "../../../lib/health/health.ts";
import type { ProbeResult } from "../../../lib/health/probe-result.ts";
import type { Prober, ProbeSpec } from "../../../lib/probe/prober.ts";
import { LineHealths } from "../../../lib/watch/line-health.ts";
import { aLink, type Given, planOf, uplink } from "../plan/support.ts";

const CHECK = '[check]\ntargets = ["192.0.2.1"]\n';
const FILE = `${uplink("a", "tier = 1")}${uplink("b", "tier = 2")}${CHECK}`;
const aLine = (name: string, place: number, carrier = true) =>
  aLink(name, [`100.64.${place}.7 peer 100.64.0.1`], { pointToPoint: true, carrier, index: 20 + place });

interface Running {
  readonly spec: ProbeSpec;
  readonly tell: (result: ProbeResult) => void;
}

/** Probes that are sent nowhere. */
class FakeProber implements Prober {
  readonly running = new Map<string, Running>();
  started = 0;
  start(spec: ProbeSpec, tell: (result: ProbeResult) => void) {
    this.started++;
    this.running.set(spec.interface, { spec, tell });
    const mine = this.running.get(spec.interface);
    return {
      stop: async () => {
        if (this.running.get(spec.interface) === mine) this.running.delete(spec.interface);
      },
    };
  }
  pathsChanged() {}
  async stop() {}
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

function house(before: HealthFile["uplinks"] = {}) {
  /** Bytes a second; and by which device. */
  const traffic = { rate: 0, asked: new Set<string>() };
  const prober = new FakeProber();
  const changed = vi.fn();
  const stored: HealthFile["uplinks"][] = [];
  const edge = {
    now: () => performance.now(),
    epoch: () => Date.now() - performance.now(),
    prober,
    carried: (device: string) => {
      traffic.asked.add(device);
      const bytes = (traffic.rate * performance.now()) / 1000;
      return { received: bytes / 1000, bytes };
    },
    changed,
    store: (uplinks: HealthFile["uplinks"]) => void stored.push(uplinks),
  };
  const healths = new LineHealths(edge, before);
  const follow = (given: Given, text = FILE) => healths.follow(planOf(text, given).uplinks, {});
  const answer = (device: string) => {
    const sentAt = performance.now();
    prober.running.get(device)?.tell({ outcome: "answered", target: "192.0.2.1", sentAt, rtt: 10 });
  };
  const verdicts = () =>
    Object.fromEntries(Object.entries(healths.uplinks).map(([name, { verdict }]) => [name, verdict]));
  return { prober, changed, stored, healths, follow, answer, verdicts, traffic };
}

/** Three probes are lost, a second apart. */
function die(device: string, prober: FakeProber): void {
  for (let probe = 0; probe < 4; probe++) {
    const sentAt = performance.now();
    vi.advanceTimersByTime(1000);
    prober.running.get(device)?.tell({ outcome: "lost", target: "192.0.2.1", sentAt });
  }
}

/** So many probes are lost, four a second. */
function fallSilent(device: string, prober: FakeProber, count: number): void {
  for (let probe = 0; probe < count; probe++) {
    const sentAt = performance.now();
    vi.advanceTimersByTime(250);
    prober.running.get(device)?.tell({ outcome: "lost", target: "192.0.2.1", sentAt });
  }
}

/** What the watch before knew of a line that is down. */
const DEAD = {
  verdict: "down",
  reason: "dead",
  since: 0,
  families: { 4: { verdict: "down", reason: "dead", since: 0, loss: 1, latency: null, recent: [null] } },
} as const;

const LINKS = [aLine("a", 0), aLine("b", 1)];

describe("lines that are checked", () => {
  it("are those that have a path, by their own device, address and mark", () => {
    const { prober, follow } = house();
    follow({ links: LINKS });
    expect([...prober.running.keys()]).toEqual(["a", "b"]);
    expect(prober.running.get("b")?.spec).toMatchObject({ address: "100.64.1.7", mark: 0x200, family: 4 });
  });
  it("go on while nothing changes", () => {
    const { prober, follow } = house();
    follow({ links: LINKS });
    follow({ links: LINKS });
    expect(prober.started).toBe(2);
  });
  it("not without a carrier, and not switched off by hand", () => {
    const { prober, follow } = house();
    follow({ links: [aLine("a", 0, false), aLine("b", 1)], state: { manual: { b: "disabled" } } });
    expect([...prober.running.keys()]).toEqual([]);
  });
  it("not without a check", () => {
    const { prober, follow, healths } = house();
    follow({ links: LINKS }, FILE.replace(CHECK, ""));
    expect([prober.started, healths.uplinks]).toEqual([0, {}]);
  });
  it("begin anew with another address", () => {
    const { prober, follow, answer, verdicts } = house();
    follow({ links: LINKS });
    answer("a");
    follow({ links: [aLine("a", 5), aLine("b", 1)] });
    expect(prober.started).toBe(3);
    expect(prober.running.get("a")?.spec.address).toBe("100.64.5.7");
    expect(verdicts()).toMatchObject({ a: "checking" });
  });
  it("end with their line", () => {
    const { prober, follow, verdicts } = house();
    follow({ links: LINKS });
    follow({ links: LINKS.slice(0, 1) });
    expect([...prober.running.keys()]).toEqual(["a"]);
    expect(Object.keys(verdicts())).toEqual(["a"]);
  });
  it("that were down are not trusted again because they were gone for a moment", () => {
    const { prober, follow, answer, verdicts } = house();
    follow({ links: LINKS });
    answer("a");
    die("a", prober);
    expect(verdicts()).toMatchObject({ a: "down" });
    follow({ links: LINKS.slice(1) });
    follow({ links: [aLine("a", 5), aLine("b", 1)] });
    expect(verdicts()).toMatchObject({ a: "down" });
    answer("a");
    expect(verdicts()).toMatchObject({ a: "down" });
    for (let second = 0; second < 12; second++) {
      vi.advanceTimersByTime(1000);
      answer("a");
    }
    expect(verdicts()).toMatchObject({ a: "up" });
  });
  it("that were well are asked once when they come again", () => {
    const { follow, answer, verdicts } = house();
    follow({ links: LINKS });
    answer("a");
    follow({ links: LINKS.slice(1) });
    follow({ links: LINKS });
    expect(verdicts()).toMatchObject({ a: "checking" });
    answer("a");
    expect(verdicts()).toMatchObject({ a: "up" });
  });
  it.each([
    ["their uplink", uplink("b", "tier = 2") + CHECK, FILE],
    ["another check", FILE, FILE.replace("192.0.2.1", "192.0.2.2")],
  ])("are forgotten with %s", (_, meanwhile, then) => {
    const { prober, follow, answer, verdicts } = house();
    follow({ links: LINKS });
    answer("a");
    die("a", prober);
    follow({ links: LINKS.slice(1) }, meanwhile);
    follow({ links: LINKS }, then);
    expect(verdicts()).toMatchObject({ a: "checking" });
  });
  it("send nothing when it is over", () => {
    const { prober, follow, healths } = house();
    follow({ links: LINKS });
    healths.stop();
    expect(prober.running.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("verdicts", () => {
  it("are stored before anybody is told", () => {
    const { changed, stored, follow, answer } = house();
    follow({ links: LINKS });
    const seen: string[] = [];
    changed.mockImplementation(() => seen.push(stored.at(-1)?.a?.verdict ?? "none"));
    answer("a");
    expect(seen).toEqual(["up"]);
  });
  it("come from silence alone too", () => {
    const { changed, follow, answer, verdicts } = house();
    follow({ links: LINKS });
    answer("a");
    answer("b");
    changed.mockClear();
    vi.advanceTimersByTime(120_000);
    expect(changed).toHaveBeenCalled();
    expect(verdicts().a).not.toBe("up");
  });
  it("measures alone tell nobody, and are stored within a second or so", () => {
    const { changed, stored, follow, answer } = house();
    follow({ links: LINKS });
    answer("a");
    changed.mockClear();
    const count = stored.length;
    answer("a");
    expect([changed.mock.calls.length, stored.length]).toEqual([0, count]);
    vi.advanceTimersByTime(1100);
    expect(stored.length).toBeGreaterThan(count);
    expect(stored.at(-1)?.a?.families[4]?.latency).toBe(10);
  });
  it("of the watch before hold until they are disproved", () => {
    const { follow, verdicts } = house({ a: DEAD });
    follow({ links: LINKS });
    expect(verdicts()).toEqual({ a: "down", b: "checking" });
  });
  it("of a line that is down hurry nobody", () => {
    const { follow, prober } = house({ a: DEAD });
    follow({ links: LINKS });
    expect(prober.running.get("a")?.spec.overdue()).toBe(null);
    expect(prober.running.get("b")?.spec.overdue()).toBeGreaterThan(0);
  });
});

describe("a silent line that carries traffic", () => {
  function silent(links = LINKS, text = FILE) {
    const home = house();
    home.follow({ links }, text);
    home.answer("a");
    home.traffic.rate = 100_000;
    return home;
  }

  it("is not down when its time is over", () => {
    const { prober, verdicts } = silent();
    fallSilent("a", prober, 20);
    expect(verdicts()).toMatchObject({ a: "up" });
  });
  it("is down an interval behind the end of its traffic", () => {
    const { prober, verdicts, traffic } = silent();
    fallSilent("a", prober, 20);
    traffic.rate = 0;
    fallSilent("a", prober, 3);
    expect(verdicts()).toMatchObject({ a: "up" });
    fallSilent("a", prober, 3);
    expect(verdicts()).toMatchObject({ a: "down" });
  });
  it("is down at last: it may be one way only", () => {
    const { prober, verdicts } = silent();
    fallSilent("a", prober, 35);
    expect(verdicts()).toMatchObject({ a: "up" });
    fallSilent("a", prober, 3);
    expect(verdicts()).toMatchObject({ a: "down" });
  });
  it("is down in time if others may be on the same wire", () => {
    const { prober, verdicts, traffic } = silent(
      [aLink("a", ["198.51.100.7/24"]), aLine("b", 1)],
      FILE.replace("tier = 1", 'tier = 1\ngateway = "198.51.100.1"'),
    );
    fallSilent("a", prober, 14);
    expect([verdicts().a, traffic.asked.has("a")]).toEqual(["down", false]);
  });
  it("is not looked at in peace", () => {
    const { answer, traffic } = silent();
    for (let second = 0; second < 10; second++) {
      vi.advanceTimersByTime(1000);
      answer("a");
    }
    expect(traffic.asked.has("a")).toBe(false);
  });
});
