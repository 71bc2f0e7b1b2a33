/**
 * Follows the kernel: whenever something changes that may concern the uplinks, it has somebody look.
 *
 *     const follower = startFollowing({
 *       look: async (wake) => (await reconcileUnderLock(wake)).changes.length,
 *       pathsChanged: () => prober.pathsChanged(),
 *       filterIsThere: () => isLoaded(fingerprint),
 *       say: (line) => …journal…,
 *       concerns: (device) => devices.has(device),
 *     });
 *     await follower.ready;       // from here on nothing is missed; a look for what was before follows by itself
 *     follower.wake("told");      // an event came from a hook: look now, in turn
 *     await follower.stop();      // both monitors are gone
 *
 * A change that a look itself makes wakes it once more, finds nothing to do, and that is that.
 */

import { PRIORITY as LOG, type LogLine } from "../log.ts";
import { messageOf } from "../state/files.ts";
import type { Cause } from "./cause.ts";
import type { FightNews } from "./fight.ts";
import { listenToIp } from "./ip-monitor.ts";
import type { Heard } from "./monitor.ts";
import { listenToNft } from "./nft-monitor.ts";
import { begin, calmAt, end, newPace, nextAt, passed, told } from "./pace.ts";

export interface Wake {
  readonly causes: ReadonlySet<Cause>;
  /** Devices that link and address changes were about. */
  readonly devices: ReadonlySet<string>;
  /** performance.now() when the first change was heard of. */
  readonly since: number;
}

export interface FollowOptions {
  /**
   * Brings everything to what it should be, never two at once.
   * @returns how many changes it made. A rejection is said and counts as none.
   */
  look(wake: Wake): Promise<number>;
  /** Routes or rules that are not ours changed: a packet may go another way now. At most every five seconds. */
  pathsChanged(): void;
  /** Whether our table of the packet filter is loaded; null: cannot be told. Asked only while `nft monitor` cannot be used. */
  filterIsThere(): Promise<boolean | null>;
  /** For the journal. */
  say(line: LogLine): void;
  /** Whether changes of a device matter; the others' are passed over. */
  concerns(device: string): boolean;
}

export interface Follower {
  /** Both monitors listen, or it is known that they cannot. */
  readonly ready: Promise<void>;
  /** Has a look made soon: see `DELAYS`. */
  wake(cause: Cause): void;
  /** Ends the monitors. A look that runs is waited for. */
  stop(): Promise<void>;
}

export function startFollowing(options: FollowOptions): Follower {
  return new KernelFollower(options);
}

/** Behind the first change of somebody else's routes, and between two such calls, milliseconds. */
const PATHS = { quiet: 500, every: 5000 } as const;
/** No more names are kept between two looks. */
const MOST_DEVICES = 64;

class KernelFollower implements Follower {
  readonly ready: Promise<void>;
  readonly #options: FollowOptions;
  readonly #monitors: readonly { readonly ready: Promise<void>; stop(): Promise<void> }[];
  #pace = newPace(performance.now());
  #devices = new Set<string>();
  /** What of ours was taken away last, in the tool's words. */
  #removed = "";
  #timer: NodeJS.Timeout | null = null;
  #paths: NodeJS.Timeout | null = null;
  #pathsAt = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: FollowOptions) {
    this.#options = options;
    const { say, filterIsThere } = options;
    const heard = (what: Heard) => this.#heard(what);
    this.#monitors = [listenToIp({ heard, say }), listenToNft({ heard, say, filterIsThere })];
    this.ready = Promise.all(this.#monitors.map(({ ready }) => ready)).then(() => undefined);
  }

  wake(cause: Cause): void {
    this.#pace = told(this.#pace, cause, performance.now());
    this.#arrange();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of [this.#timer, this.#paths]) if (timer !== null) clearTimeout(timer);
    await Promise.all([...this.#monitors.map((monitor) => monitor.stop()), this.#running]);
  }

  #heard(heard: Heard): void {
    if (heard.kind === "others") {
      this.#othersChanged();
      return;
    }
    if (heard.device !== undefined) {
      if (!this.#options.concerns(heard.device)) return;
      if (this.#devices.size < MOST_DEVICES) this.#devices.add(heard.device);
    }
    if (heard.removed !== undefined) this.#removed = heard.removed;
    this.wake(heard.kind);
  }

  /** Sets the timer to when something is next due. */
  #arrange(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#stopped) return;
    const times = [nextAt(this.#pace), calmAt(this.#pace)].flatMap((time) => time ?? []);
    if (times.length === 0) return;
    const wait = Math.max(0, Math.min(...times) - performance.now());
    this.#timer = setTimeout(() => this.#due(), wait);
  }

  #due(): void {
    const now = performance.now();
    const at = nextAt(this.#pace);
    if (at !== null && now >= at) {
      this.#running = this.#look(now);
      return;
    }
    const { pace, news } = passed(this.#pace, now);
    this.#pace = pace;
    this.#tell(news);
    this.#arrange();
  }

  async #look(now: number): Promise<void> {
    const { pace, causes, since } = begin(this.#pace, now);
    this.#pace = pace;
    const devices = this.#devices;
    this.#devices = new Set();
    let changes = 0;
    try {
      changes = await this.#options.look({ causes, devices, since });
    } catch (error) {
      this.#options.say({ priority: LOG.error, text: `cannot look after the routing: ${messageOf(error)}` });
    }
    const ended = end(this.#pace, changes, performance.now());
    this.#pace = ended.pace;
    this.#tell(ended.news);
    this.#arrange();
  }

  #tell(news: FightNews): void {
    if (news === "begun") {
      const what = this.#removed === "" ? "" : ` (last: ${this.#removed})`;
      this.#options.say({
        priority: LOG.warning,
        text: `something on this machine keeps changing or deleting Waymark's routing${what}: it is put back ever more slowly from now on, at least every 30 s; "waymark doctor" knows the usual culprits`,
      });
    } else if (news === "over") {
      this.#options.say({ priority: LOG.notice, text: "nobody touches Waymark's routing any more" });
    }
  }

  #othersChanged(): void {
    if (this.#paths !== null || this.#stopped) return;
    const now = performance.now();
    const wait = Math.max(PATHS.quiet, this.#pathsAt + PATHS.every - now);
    this.#paths = setTimeout(() => {
      this.#paths = null;
      this.#pathsAt = performance.now();
      this.#options.pathsChanged();
    }, wait);
  }
}
