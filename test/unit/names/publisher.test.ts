import { expect, it } from "vitest";
import type { LogLine } from "../../../lib/log.ts";
import { type Done, isStale, NOTHING_DONE, type Resolver } from "../../../lib/names/done.ts";
import {
  type NamesEdge,
  type Publishing,
  publishNames,
  withdrawNames,
} from "../../../lib/names/publisher.ts";
import type { Wanted } from "../../../lib/names/wanted.ts";

const entry = (uplink: string, ...servers: string[]) => ({
  uplink,
  interface: `${uplink}0`,
  index: 7,
  servers,
});
const ADSL: Wanted = { publish: "auto", entries: [entry("adsl", "9.9.9.9")], round: 0 };
const LTE: Wanted = { ...ADSL, entries: [entry("lte", "8.8.8.8")] };
const NOTHING: Wanted = { ...ADSL, entries: [] };

/** A machine with resolvers that note what they are told. */
class Desk implements NamesEdge {
  want: Wanted = NOTHING_DONE.wanted;
  kept: Done = NOTHING_DONE;
  found: Resolver | null = "resolvconf";
  held = false;
  readonly told: string[] = [];
  readonly said: string[] = [];
  /** How many calls fail. */
  failures = 0;
  waited = 0;
  unsettled = 0;
  unlocked: () => void = () => undefined;

  async lock(): Promise<(() => Promise<void>) | null> {
    if (this.held) return null;
    this.held = true;
    return async () => {
      this.held = false;
      this.unlocked();
    };
  }

  wanted(): Wanted {
    return this.want;
  }

  done(): Done {
    return this.kept;
  }

  keep(done: Done): void {
    this.kept = structuredClone(done);
  }

  detect(): Resolver | null {
    return this.found;
  }

  publishing(resolver: Resolver): Publishing {
    const tell = (text: string) => {
      this.told.push(`${resolver}: ${text}`);
      if (this.failures-- > 0) throw new Error("no luck");
    };
    return {
      remember: async (entries, before) => {
        const links = entries.map(({ interface: device, index }) => [
          device,
          before[device] ?? { index, servers: [], domains: [], defaultRoute: false },
        ]);
        return { ...before, ...Object.fromEntries(links) };
      },
      publish: async (entries, before) => {
        tell(entries.flatMap(({ servers }) => servers).join(" "));
        return Object.fromEntries(
          Object.entries(before).filter(([device]) => entries.some((one) => one.interface === device)),
        );
      },
      withdraw: async (before) => tell(`back ${Object.keys(before).join(" ")}`),
    };
  }

  unsettle(): void {
    this.unsettled++;
  }

  async wait(milliseconds: number): Promise<void> {
    this.waited += milliseconds;
  }

  say(lines: readonly LogLine[]): void {
    this.said.push(...lines.map(({ priority, text }) => `<${priority}> ${text}`));
  }
}

function desk(want: Wanted): Desk {
  const made = new Desk();
  made.want = want;
  return made;
}

it("tells the resolver that there is, and remembers whom", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  expect(one.told).toEqual(["resolvconf: 9.9.9.9"]);
  expect(one.kept).toMatchObject({ resolver: "resolvconf", wanted: ADSL, failed: false });
  expect(one.said).toEqual(["<6> name servers: 9.9.9.9 (adsl) to resolvconf"]);
});

it("tells nothing twice", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  await publishNames(one);
  expect(one.told).toHaveLength(1);
});

it("tells once more, and quietly, what somebody may have wiped", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  one.want = { ...one.want, round: 1 };
  await publishNames(one);
  expect(one.told).toEqual(["resolvconf: 9.9.9.9", "resolvconf: 9.9.9.9"]);
  expect(one.said).toHaveLength(1);
});

it("switches with the choice", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  one.want = LTE;
  await publishNames(one);
  expect(one.told.at(-1)).toBe("resolvconf: 8.8.8.8");
  expect(Object.keys(one.kept.before)).toEqual(["lte0"]);
});

it("takes everything back when nothing works", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  one.want = NOTHING;
  await publishNames(one);
  expect(one.told.at(-1)).toBe("resolvconf: back adsl0");
  expect(one.kept).toEqual({ wanted: NOTHING, resolver: null, before: {}, failed: false });
});

it("goes over to another resolver, taking back what the first was told", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  one.want = { ...ADSL, publish: "systemd-resolved" };
  await publishNames(one);
  expect(one.told).toEqual(["resolvconf: 9.9.9.9", "resolvconf: back adsl0", "systemd-resolved: 9.9.9.9"]);
});

it("says that nobody is there to be told", async () => {
  const one = desk(ADSL);
  one.found = null;
  await publishNames(one);
  expect(one.told).toEqual([]);
  expect(one.said[0]).toMatch(/none of dnsmasq, systemd-resolved and resolvconf is there/);
  expect(isStale(one.want, one.kept)).toBe(false);
});

it("tries again, and again, and leaves it to the next event then", async () => {
  const one = desk(ADSL);
  one.failures = 2;
  await publishNames(one);
  expect(one.told).toHaveLength(3);
  expect(one.kept.failed).toBe(false);
  const other = desk(ADSL);
  other.failures = 99;
  await publishNames(other);
  expect(other.told).toHaveLength(4);
  expect(other.waited).toBe(26_000);
  expect(isStale(other.want, other.kept)).toBe(true);
  expect(other.unsettled).toBe(4);
});

it("what was begun and did not work out is known, and taken back", async () => {
  const one = desk(ADSL);
  one.failures = 99;
  await publishNames(one);
  expect(one.kept).toMatchObject({ resolver: "resolvconf", before: { adsl0: { index: 7 } } });
  one.failures = 0;
  one.want = NOTHING;
  await publishNames(one);
  expect(one.told.at(-1)).toBe("resolvconf: back adsl0");
});

it("what comes between its last look and the lock given back is not left lying", async () => {
  const one = desk(ADSL);
  one.unlocked = () => {
    one.unlocked = () => undefined;
    one.want = LTE;
  };
  await publishNames(one);
  expect(one.told.at(-1)).toBe("resolvconf: 8.8.8.8");
});

it("leaves it to whoever has the lock", async () => {
  const one = desk(ADSL);
  one.held = true;
  await publishNames(one);
  expect(one.told).toEqual([]);
});

it("a stop takes everything back", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  one.want = NOTHING_DONE.wanted;
  expect(await withdrawNames(one)).toEqual([]);
  expect(one.told.at(-1)).toBe("resolvconf: back adsl0");
  expect(one.kept).toEqual(NOTHING_DONE);
});

it("a stop says what it could not take back, and who is in its way", async () => {
  const one = desk(ADSL);
  await publishNames(one);
  one.want = NOTHING_DONE.wanted;
  one.failures = 99;
  expect(await withdrawNames(one)).toEqual(["name servers could not be taken back from resolvconf"]);
  const other = desk(ADSL);
  await publishNames(other);
  other.want = NOTHING_DONE.wanted;
  other.held = true;
  expect(await withdrawNames(other, 1_000)).toEqual([
    "name servers could not be taken back: somebody else is at it",
  ]);
});
