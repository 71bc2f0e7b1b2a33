/**
 * `waymark watch`: the same run as a hook's, made by a process that is there already. It follows the kernel, takes the
 * hooks' events, checks the health of the lines, dials those that are gone, and says what happened.
 */

import { existsSync, type FSWatcher, mkdirSync, readFileSync, utimesSync, watch } from "node:fs";
import { basename } from "node:path";
import { runForEvents } from "../event-run.ts";
import { type Follower, startFollowing, type Wake } from "../follow/follow.ts";
import type { FamilyHealth, HealthFile, UplinkHealth } from "../health/health.ts";
import { parseHealth, startTimeOf } from "../health/parse.ts";
import { readHealth } from "../health/read.ts";
import { isLoaded } from "../kernel/canary.ts";
import { carriedBy } from "../kernel/carried.ts";
import { formatLines, type LogLine, PRIORITY } from "../log.ts";
import { writeMetrics } from "../metrics/write.ts";
import { PROBE_GROUP } from "../plan/layout.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import { openProber, type Prober } from "../probe/prober.ts";
import { dialMachine } from "../redial/machine.ts";
import { Redialler } from "../redial/redialler.ts";
import { messageOf, readText, removeFile, writeJson, writeWhole } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { noteError, readState } from "../state/read-state.ts";
import type { UplinkRecord } from "../state/record.ts";
import { clearSpool, readSpool } from "../state/spool.ts";
import { isStopped } from "../state/stopped.ts";
import type { System } from "../state/system.ts";
import { LineHealths } from "./line-health.ts";
import { LockKeeper } from "./lock-keeper.ts";
import { ServiceManager } from "./service-manager.ts";

/** What /proc/PID/comm says of it, and what the hooks' front looks for. */
const TITLE = "waymark-watch";
/** Whole seconds; `waymark apply` with a very large prefix file holds the lock for some. */
const PATIENCE = 60;
/** A run that takes longer is stuck: systemd then starts the service anew. Milliseconds. */
const STUCK = 120_000;
/**
 * Hooks leave their events to the watch while the time of its file lies before them: it says so every few seconds for some
 * more. So they do everything themselves when it hangs, long before systemd begins it anew. Milliseconds.
 */
const ALIVE_EVERY = 5000;
const ALIVE_FOR = 20_000;
/** What an earlier watch knew holds for so long, milliseconds. */
const OLD = 600_000;
/** Measures change between the runs too, milliseconds. */
const METRICS_EVERY = 15_000;

export class Watch {
  readonly #lock = new LockKeeper(PATHS.run);
  readonly #manager = new ServiceManager();
  readonly #prober: Prober;
  readonly #healths: LineHealths;
  readonly #redialler: Redialler;
  readonly #follower: Follower;
  readonly #watchers: FSWatcher[] = [];
  readonly #startTime = startTimeOf(readFileSync("/proc/self/stat", "utf8")) ?? "";
  #system: System | null = null;
  #uplinks: readonly UplinkState[] = [];
  #runningSince: number | null = null;
  #metrics: NodeJS.Timeout | null = null;
  #alive: NodeJS.Timeout | null = null;
  /** Why metrics could not be written the last time. */
  #unwritten: readonly string[] = [];

  constructor() {
    this.#claim();
    const before = lastHealths();
    this.#store(before);
    this.#prober = openProber({ say: (line) => this.#say([line]) });
    this.#redialler = new Redialler(dialMachine((lines) => this.#say(lines)));
    this.#healths = new LineHealths(
      {
        now: () => performance.now(),
        epoch: () => Date.now() - performance.now(),
        prober: this.#prober,
        carried: carriedBy,
        changed: () => this.#follower.wake("told"),
        store: (uplinks) => this.#store(uplinks),
      },
      before,
    );
    this.#follower = startFollowing({
      look: (wake) => this.#look(wake),
      pathsChanged: () => this.#prober.pathsChanged(),
      filterIsThere: () => this.#filterIsThere(),
      say: (line) => this.#say([line]),
      concerns: (device) => this.#concerns(device),
    });
  }

  /** Runs until it is told to end. @returns the exit status */
  async run(): Promise<number> {
    this.#watchFiles();
    await this.#follower.ready;
    this.#manager.ready(() => this.#isWell());
    this.#metrics = setInterval(() => this.#writeMetrics(), METRICS_EVERY);
    const signal = await new Promise<string>((resolve) => {
      for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(name, () => resolve(name));
    });
    this.#manager.stopping();
    await this.#end();
    this.#say([{ priority: PRIORITY.info, text: `watch: ended by ${signal}` }]);
    return 0;
  }

  async #end(): Promise<void> {
    // Hooks do it themselves from here on.
    if (this.#alive !== null) clearInterval(this.#alive);
    removeFile(PATHS.watch);
    if (this.#metrics !== null) clearInterval(this.#metrics);
    for (const watcher of this.#watchers) watcher.close();
    this.#healths.stop();
    this.#redialler.stop();
    await Promise.all([this.#follower.stop(), this.#prober.stop()]);
    this.#writeMetrics(null);
    this.#lock.stop();
  }

  /** @throws Error if somebody watches already */
  #claim(): void {
    const other = watcherNow();
    if (other !== null) throw new Error(`process ${other} watches already (systemctl status waymark-watch)`);
    mkdirSync(PATHS.events, { recursive: true, mode: 0o700 });
    process.title = TITLE;
    this.#joinProbeGroup();
    writeWhole(PATHS.watch, `${process.pid}\n`);
    this.#saysAlive();
    this.#alive = setInterval(() => this.#saysAlive(), ALIVE_EVERY);
  }

  #isWell(): boolean {
    return this.#runningSince === null || performance.now() - this.#runningSince < STUCK;
  }

  #saysAlive(): void {
    if (!this.#isWell()) return;
    const until = new Date(Date.now() + ALIVE_FOR);
    try {
      utimesSync(PATHS.watch, until, until);
    } catch {
      // Somebody took it away, or /run cannot be written to: hooks do everything themselves.
    }
  }

  /**
   * Sockets of this group are no ordinary traffic: they leave by the line that they are to check. The command's front has
   * seen to it, or else it is tried here; without it tcp, dns and http checks say that they cannot run, and the rest works.
   */
  #joinProbeGroup(): void {
    if (process.getegid?.() === PROBE_GROUP) return;
    try {
      process.setegid?.(PROBE_GROUP);
    } catch (error) {
      const text = `watch: cannot join the group of health checks: ${messageOf(error)}`;
      this.#say([{ priority: PRIORITY.warning, text }]);
    }
  }

  /** One run; @returns how many changes it made */
  async #look(wake: Wake): Promise<number> {
    this.#runningSince = performance.now();
    try {
      if (isStopped()) return this.#keepStill();
      const { report, changes } = await this.#lock.hold(PATIENCE, () => this.#reconcile(wake));
      if (report !== null) this.#uplinks = report.uplinks;
      if (report !== null) this.#healths.follow(report.uplinks, report.nameServers);
      this.#redialler.look(this.#uplinks);
      this.#prober.pathsChanged();
      this.#writeMetrics();
      this.#manager.status(statusText(this.#uplinks));
      return changes;
    } catch (error) {
      noteError(messageOf(error), Date.now());
      throw error;
    } finally {
      this.#runningSince = null;
    }
  }

  async #reconcile({ causes, devices }: Wake) {
    // `stop` may have had the lock before us.
    if (isStopped()) return { report: null, changes: 0 };
    const events = readSpool(Date.now());
    const about = [...devices].sort().join(" ");
    const trigger = ["watch", [...causes].sort().join("+"), about].filter((word) => word !== "").join(" ");
    const thorough = causes.has("filter") || causes.has("missed");
    const run = await runForEvents(events, {
      session: null,
      thorough,
      trigger,
      // Not by way of the file: what is known counts, also while nothing can be written.
      healths: () => this.#healths.uplinks,
    });
    const { system, report } = run;
    this.#sayConfigError(system);
    this.#system = system;
    const late = run.prepareNext().map((text) => ({ priority: PRIORITY.warning, text }));
    const lines = [...run.lines, ...late];
    const changes = report?.changes.length ?? 0;
    // A look that nobody asked for and that found nothing is no news.
    const news = events.length > 0 || changes > 0 || lines.some(({ priority }) => priority !== PRIORITY.info);
    if (news || lines.some(({ text }) => !text.endsWith("nothing to do") || text.split(": ").length > 2))
      this.#say(lines);
    clearSpool(events);
    return { report, changes };
  }

  /** A file that cannot be used changes nothing: who edits it while it is watched is told so, once. */
  #sayConfigError({ config, error }: System): void {
    if (error === null || config === null || error === this.#system?.error) return;
    const [first = "", ...more] = error.split("\n");
    const others = more.length === 0 ? "" : ` (and ${more.length} more: waymark check)`;
    const text = `watch: ${first}${others}; the last good configuration stays in force`;
    this.#say([{ priority: PRIORITY.warning, text }]);
  }

  /** Behind `waymark stop`: whoever checks lines would take them up again. */
  #keepStill(): number {
    this.#uplinks = [];
    this.#healths.follow([], {});
    this.#redialler.look([]);
    this.#manager.status('stopped by "waymark stop"');
    return 0;
  }

  #watchFiles(): void {
    const wake = () => this.#follower.wake("told");
    this.#watchers.push(watch(PATHS.events, wake));
    const config = basename(PATHS.config);
    if (existsSync(PATHS.configDirectory)) {
      this.#watchers.push(watch(PATHS.configDirectory, (_, name) => (name === config ? wake() : undefined)));
    }
    const stopped = [PATHS.stopped, PATHS.state].map((path) => basename(path));
    // `stop`, and what `enable`, `disable` and `apply` did.
    this.#watchers.push(
      watch(PATHS.run, (_, name) => (name !== null && stopped.includes(name) ? this.#otherRun() : undefined)),
    );
    for (const watcher of this.#watchers) {
      watcher.on("error", (error) => {
        this.#say([{ priority: PRIORITY.warning, text: `watch: cannot follow files: ${messageOf(error)}` }]);
      });
    }
  }

  /** A run of ours stores the state too; that is no reason for another one. */
  #otherRun(): void {
    if (this.#runningSince === null) this.#follower.wake("told");
  }

  async #filterIsThere(): Promise<boolean | null> {
    const fingerprint = readState().packetFilter;
    return fingerprint === null ? null : isLoaded(fingerprint);
  }

  #concerns(device: string): boolean {
    const uplinks = this.#system?.config?.uplinks;
    if (uplinks === undefined) return true;
    const known = this.#uplinks.some((uplink) => uplink.interface === device);
    const named = uplinks.some((uplink) => uplink.interface === device || uplink.carrier === device);
    return known || named || (uplinks.some(({ peer }) => peer !== null) && /^ppp/.test(device));
  }

  #store(uplinks: HealthFile["uplinks"]): void {
    const file: HealthFile = {
      pid: process.pid,
      startTime: this.#startTime,
      written: Date.now(),
      uplinks,
    };
    try {
      writeJson(PATHS.health, file);
    } catch (error) {
      this.#say([
        { priority: PRIORITY.warning, text: `watch: cannot keep ${PATHS.health}: ${messageOf(error)}` },
      ]);
    }
  }

  /** @param health null: nobody checks any more */
  #writeMetrics(health: HealthFile | null = readHealth()): void {
    // `stop` took the file away.
    if (this.#system === null || isStopped()) return;
    const state = readState();
    const warnings = writeMetrics(this.#system, state, health);
    // What stops it every quarter of a minute is said once.
    const news = warnings.filter((text) => !this.#unwritten.includes(text));
    this.#unwritten = warnings;
    this.#say(news.map((text) => ({ priority: PRIORITY.warning, text })));
  }

  #say(lines: readonly LogLine[]): void {
    if (lines.length > 0) process.stdout.write(formatLines(lines));
  }
}

/** The process that watches now; null: nobody. */
function watcherNow(): number | null {
  const pid = Number(readText(PATHS.watch)?.trim() ?? "0");
  if (!Number.isSafeInteger(pid) || pid < 2 || pid === process.pid) return null;
  try {
    return readText(`/proc/${pid}/comm`)?.trim() === TITLE ? pid : null;
  } catch {
    // It ended while it was read (ESRCH).
    return null;
  }
}

/**
 * What the watch before this one knew, if that is not long ago. A line that is in use and of which nothing is known is
 * taken for well until it is disproved: that somebody begins to look is no reason to leave it.
 */
function lastHealths(): HealthFile["uplinks"] {
  const file = parseHealth(readText(PATHS.health) ?? "");
  const known = file !== null && Date.now() - file.written < OLD ? file.uplinks : {};
  const uplinks = Object.entries(readState().uplinks);
  const inUse = uplinks.filter(([name, { state }]) => state === "up" && known[name] === undefined);
  return { ...Object.fromEntries(inUse.map(([name, record]) => [name, presumed(record)])), ...known };
}

function presumed({ address4, address6, since }: UplinkRecord): UplinkHealth {
  const family: FamilyHealth = { verdict: "up", reason: "", since, loss: null, latency: null, recent: [] };
  const families = {
    ...(address4 === null ? {} : { 4: family }),
    ...(address6 === null ? {} : { 6: family }),
  };
  return { verdict: "up", reason: "", since, families };
}

function statusText(uplinks: readonly UplinkState[]): string {
  return uplinks.map(({ uplink, state }) => `${uplink.name} ${state}`).join(", ") || "nothing is configured";
}
