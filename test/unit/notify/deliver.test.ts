import { expect, it } from "vitest";
import type { LogLine } from "../../../lib/log.ts";
import { deliverNotices, type NoticeEdge, type ProgramEnd } from "../../../lib/notify/deliver.ts";
import type { Programs } from "../../../lib/notify/programs.ts";
import type { Batch } from "../../../lib/notify/queue.ts";

const WELL: ProgramEnd = { status: 0, why: null, words: "" };

/** A queue in memory; what waits is `down a`, `up a`. */
class Desk implements NoticeEdge {
  readonly queue = new Map<string, Batch>();
  readonly heard: string[] = [];
  readonly told: string[] = [];
  found: Programs = { run: ["/n/mail"], refused: [] };
  held = false;
  locks = 0;
  ends: (path: string, what: string) => ProgramEnd | Promise<ProgramEnd> = () => WELL;
  /** Called when the lock is given back, before anybody looks again. */
  unlocked: () => void = () => undefined;

  put(name: string, ...events: string[]): void {
    const notice = (text: string) => {
      const [event = "", uplink = ""] = text.split(" ");
      return { WAYMARK_EVENT: event, WAYMARK_UPLINK: uplink };
    };
    this.queue.set(name, events.map(notice));
  }

  async lock(): Promise<(() => Promise<void>) | null> {
    if (this.held) return null;
    this.held = true;
    this.locks++;
    return async () => {
      this.held = false;
      this.unlocked();
    };
  }

  waiting(): string[] {
    return [...this.queue.keys()].sort();
  }

  read(name: string): Batch {
    return this.queue.get(name) ?? [];
  }

  remove(name: string): void {
    this.queue.delete(name);
  }

  programs(): Programs {
    return this.found;
  }

  async run(path: string, env: Readonly<Record<string, string>>): Promise<ProgramEnd> {
    const what = `${env.WAYMARK_EVENT} ${env.WAYMARK_UPLINK}`;
    this.heard.push(`${path} begins ${what}`);
    const end = await this.ends(path, what);
    this.heard.push(`${path} ends ${what}`);
    return end;
  }

  /** A moment, in which others get on. */
  wait(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  say(lines: readonly LogLine[]): void {
    this.told.push(...lines.map(({ text }) => text));
  }
}

it("tells in order, one thing at a time, and takes away what was told", async () => {
  const desk = new Desk();
  desk.put("2", "up a");
  desk.put("1", "down a", "switch b");
  await deliverNotices(desk);
  expect(desk.heard).toEqual(
    ["down a", "switch b", "up a"].flatMap((what) => [`/n/mail begins ${what}`, `/n/mail ends ${what}`]),
  );
  expect(desk.waiting()).toEqual([]);
});

it("a slow program keeps no other waiting", async () => {
  const desk = new Desk();
  desk.found = { run: ["/n/mail", "/n/slow"], refused: [] };
  desk.put("1", "down a", "up a");
  let release: (end: ProgramEnd) => void = () => undefined;
  const held = new Promise<ProgramEnd>((resolve) => {
    release = resolve;
  });
  desk.ends = (path) => (path === "/n/slow" ? held : WELL);
  const done = deliverNotices(desk);
  while (!desk.heard.includes("/n/mail ends up a")) await desk.wait();
  // Neither with what waited then, nor with what comes later.
  desk.put("2", "switch b");
  while (!desk.heard.includes("/n/mail ends switch b")) await desk.wait();
  expect(desk.heard.filter((line) => line.startsWith("/n/slow"))).toEqual(["/n/slow begins down a"]);
  expect(desk.waiting()).toEqual(["1", "2"]);
  release(WELL);
  await done;
  expect(desk.heard.at(-1)).toBe("/n/slow ends switch b");
  expect(desk.waiting()).toEqual([]);
});

it("what comes while it tells is told too", async () => {
  const desk = new Desk();
  desk.put("1", "down a");
  desk.ends = (_path, what) => {
    if (what === "down a") desk.put("2", "up a");
    return WELL;
  };
  await deliverNotices(desk);
  expect(desk.heard.at(-1)).toBe("/n/mail ends up a");
  expect(desk.locks).toBe(1);
});

it("what comes between its last look and the lock given back is not left lying", async () => {
  const desk = new Desk();
  desk.put("1", "down a");
  desk.unlocked = () => {
    desk.unlocked = () => undefined;
    desk.put("2", "up a");
  };
  await deliverNotices(desk);
  expect(desk.heard.at(-1)).toBe("/n/mail ends up a");
  expect(desk.locks).toBe(2);
});

it("leaves it to whoever has the lock", async () => {
  const desk = new Desk();
  desk.put("1", "down a");
  desk.held = true;
  await deliverNotices(desk);
  expect(desk.heard).toEqual([]);
  expect(desk.waiting()).toEqual(["1"]);
});

it("takes no lock for an empty queue", async () => {
  const desk = new Desk();
  await deliverNotices(desk);
  expect(desk.locks).toBe(0);
});

it("says what a program did wrong, and goes on", async () => {
  const desk = new Desk();
  desk.put("1", "down a", "up a", "switch ");
  const ends: Record<string, ProgramEnd> = {
    "down a": { status: 1, why: null, words: "no such host" },
    "up a": { status: null, why: "ended after 30 s", words: "" },
    "switch ": { status: null, why: null, words: "" },
  };
  desk.ends = (_path, what) => ends[what] ?? WELL;
  await deliverNotices(desk);
  expect(desk.told).toEqual([
    "/n/mail (down a): ended with status 1: no such host",
    "/n/mail (up a): ended after 30 s",
    "/n/mail (switch): was ended by a signal",
  ]);
});

it("says once what it refuses to run", async () => {
  const desk = new Desk();
  desk.found = { run: [], refused: ["/n/mail: can be written by everybody"] };
  desk.put("1", "down a");
  desk.remove = (name) => {
    desk.queue.delete(name);
    if (name === "1") desk.put("2", "up a");
  };
  await deliverNotices(desk);
  expect(desk.told).toEqual(["not run: /n/mail: can be written by everybody"]);
});

it("gives the lock back when something breaks", async () => {
  const desk = new Desk();
  desk.put("1", "down a");
  desk.remove = () => {
    throw new Error("EROFS");
  };
  await expect(deliverNotices(desk)).rejects.toThrow("EROFS");
  expect(desk.held).toBe(false);
});
