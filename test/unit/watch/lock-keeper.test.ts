import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { LockKeeper } from "../../../lib/watch/lock-keeper.ts";

const directory = mkdtempSync(join(tmpdir(), "waymark-lock-"));
afterAll(() => rmSync(directory, { recursive: true }));

const keepers: LockKeeper[] = [];
afterEach(() => {
  for (const keeper of keepers.splice(0)) keeper.stop();
});

function keeper(): LockKeeper {
  const one = new LockKeeper(directory);
  keepers.push(one);
  return one;
}

/** As a hook's front would find it. */
const isFree = () => spawnSync("flock", ["-n", directory, "true"]).status === 0;

describe("the lock of a process that lives long", () => {
  it("is held while something is done, and not before or after", async () => {
    const lock = keeper();
    expect(isFree()).toBe(true);
    expect(await lock.hold(5, async () => isFree())).toBe(false);
    // The shell gives it back on its own time.
    await lock.hold(5, async () => undefined);
    lock.stop();
    for (let tries = 0; !isFree() && tries < 500; tries++) await new Promise((next) => setTimeout(next, 10));
    expect(isFree()).toBe(true);
  });
  it("is held by one at a time, in turn", async () => {
    const lock = keeper();
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} in`);
      await new Promise((next) => setTimeout(next, 5));
      order.push(`${name} out`);
    };
    await Promise.all([lock.hold(5, work("a")), lock.hold(5, work("b"))]);
    expect(order).toEqual(["a in", "a out", "b in", "b out"]);
  });
  it("is given back when the work fails, and says what failed", async () => {
    const lock = keeper();
    await expect(lock.hold(5, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await lock.hold(5, async () => "yes")).toBe("yes");
  });
  it("is not had while another process holds it", async () => {
    const [first, second] = [keeper(), keeper()];
    await first.hold(5, () =>
      expect(second.hold(0, async () => undefined)).rejects.toThrow(/cannot take the lock .* has held it/),
    );
    expect(await second.hold(5, async () => "free")).toBe("free");
  });
  it("is not taken any more in the end", async () => {
    const lock = keeper();
    lock.stop();
    await expect(lock.hold(1, async () => undefined)).rejects.toThrow("not taken any more");
  });
});
