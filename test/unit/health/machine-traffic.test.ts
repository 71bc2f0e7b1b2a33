import { describe, expect, it } from "vitest";
import { busy, heard, newHealth, restarted, wakeAt } from "../../../lib/health/machine.ts";
import { aCheck } from "./simulation.ts";

describe("traffic while nobody answers", () => {
  /** An answer at 0, then four losses a second until then; traffic is seen with each from 1 s to `until`. */
  function silence(until: number, end: number, why?: string, answered = true) {
    let health = newHealth(aCheck(), 4, 0);
    if (answered) health = heard(health, { outcome: "answered", target: "a", sentAt: 0, rtt: 10 }, 0);
    for (let now = 1000; now <= end; now += 250) {
      if (now <= until) health = busy(health, now);
      health = heard(health, { outcome: "lost", target: "a", sentAt: now - 500, ...(why && { why }) }, now);
    }
    return health;
  }

  it("keeps a line up that worked", () => expect(silence(5000, 5000).verdict).toBe("up"));
  it("for an interval beyond its end", () => expect(silence(5000, 5750).verdict).toBe("up"));
  it("and no longer", () => expect(silence(5000, 6000).verdict).toBe("down"));
  it("for three times the silence of others at most", () => expect(silence(9000, 8750).verdict).toBe("up"));
  it("and then it is down", () => expect(silence(9000, 9000).verdict).toBe("down"));
  it("makes nothing later that has ended before", () => expect(silence(1500, 3000).verdict).toBe("down"));
  it("does not speak for a line that never answered", () =>
    expect(silence(5000, 5000, undefined, false).verdict).toBe("down"));
  it("nor against a plain word", () => expect(silence(5000, 5000, "host unreachable").verdict).toBe("down"));
  it("says when to look again", () => expect(wakeAt(silence(5000, 5000))).toBe(6000));
  it("is of its session only", () => expect(restarted(silence(5000, 5000), 5000).busyAt).toBeNull());
});
