/** Dials the lines that are gone, each on a schedule of its own: the part of `waymark watch` that lasts. */

import { type LogLine, PRIORITY } from "../log.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import { messageOf } from "../state/files.ts";
import type { DialProcess } from "./dial-process.ts";
import { dialledNames, lineOf } from "./line.ts";
import {
  type DialRecord,
  type DialStep,
  dialStep,
  newRecord,
  REDIAL_TIMES,
  type RedialTimes,
  type Sight,
} from "./schedule.ts";

/** How a dial command ended, and the last thing it said. */
export interface DialEnd {
  /** null: by a signal, or not known. */
  readonly status: number | null;
  readonly words: string;
}

/** What is kept of an uplink's dialling, so that a watch that is restarted goes on where the last one was. */
export interface KeptDial {
  readonly record: DialRecord;
  /** The dial that runs. */
  readonly process: DialProcess | null;
}

/** By uplink name. */
export type KeptDials = Readonly<Record<string, KeptDial>>;

/** Everything outside that dialling touches. The real one is `machine.ts`. */
export interface DialEdge {
  /** Milliseconds of a clock that goes on from process to process and never back. */
  now(): number;
  /** 0 to 1, 1 excluded. */
  chance(): number;
  /**
   * Starts a dial command without waiting for it.
   * @param changed is called when it ends
   * @throws Error that says why it cannot be started
   */
  start(uplink: UplinkState, argv: readonly string[], changed: () => void): DialProcess;
  /** null: it runs. */
  endOf(uplink: string, process: DialProcess): DialEnd | null;
  /** Sends a signal to all processes of the dial. */
  end(process: DialProcess, signal: "SIGTERM" | "SIGKILL"): void;
  /** Whether a pppd runs that dials one of these names. */
  isDialled(names: readonly string[]): boolean;
  /** Calls back in so many milliseconds. @returns what calls it off */
  after(milliseconds: number, callback: () => void): () => void;
  load(): KeptDials;
  save(dials: KeptDials): void;
  say(lines: readonly LogLine[]): void;
}

/** Keeps the dialling of all uplinks that have a `redial`. Nothing here waits for a dial. */
export class Redialler {
  readonly #edge: DialEdge;
  readonly #times: RedialTimes;
  #kept: Record<string, KeptDial>;
  #uplinks: readonly UplinkState[] = [];
  #callOff: (() => void) | null = null;
  #stopped = false;

  constructor(edge: DialEdge, times: RedialTimes = REDIAL_TIMES) {
    this.#edge = edge;
    this.#times = times;
    this.#kept = { ...edge.load() };
  }

  /** Takes the uplinks as they are now, and dials what is to be dialled. To be called whenever one has changed. */
  look(uplinks: readonly UplinkState[]): void {
    this.#uplinks = uplinks.filter(({ uplink }) => uplink.redial !== null);
    this.#turn();
  }

  /** Looks no more. Dials that run are left running: a watch that is restarted finds them again. */
  stop(): void {
    this.#stopped = true;
    this.#callOff?.();
    this.#callOff = null;
  }

  #turn(): void {
    if (this.#stopped) return;
    this.#callOff?.();
    this.#callOff = null;
    const before = JSON.stringify(this.#kept);
    const looks = this.#uplinks.flatMap((uplink) => this.#step(uplink) ?? []);
    const names = this.#uplinks.map(({ uplink }) => uplink.name);
    // A name that is dialled no more is forgotten, once a dial of its own has ended: it may be dialled again by then.
    const isKnown = ([name, { process }]: [string, KeptDial]) =>
      names.includes(name) || (process !== null && this.#edge.endOf(name, process) === null);
    this.#kept = Object.fromEntries(Object.entries(this.#kept).filter(isKnown));
    if (JSON.stringify(this.#kept) !== before) this.#save();
    if (looks.length === 0) return;
    const wait = Math.max(0, Math.min(...looks) - this.#edge.now());
    this.#callOff = this.#edge.after(wait, () => this.#turn());
  }

  /** One step for one uplink. @returns when to look again; null: no need */
  #step(uplink: UplinkState): number | null {
    const { name, peer, redial } = uplink.uplink;
    const now = this.#edge.now();
    const known = this.#kept[name] ?? { record: newRecord(now, this.#times), process: null };
    const end = known.process === null ? null : this.#edge.endOf(name, known.process);
    if (end !== null) this.#tellEnd(uplink, end);
    const dial: Sight["dial"] = known.process === null ? "none" : (end ?? "running");
    const sight: Sight = { line: lineOf(uplink), wanted: uplink.state !== "disabled", dial };
    const argv = redial ?? [];
    const chance = this.#edge.chance();
    let step = dialStep(known.record, sight, now, chance, this.#times);
    // All processes are looked through for this, so only when it matters.
    if (step.action?.kind === "dial" && this.#edge.isDialled(dialledNames(peer, argv)))
      step = dialStep(known.record, { ...sight, line: "busy" }, now, chance, this.#times);
    const process = dial === "running" ? known.process : null;
    const running = this.#act(uplink, argv, process, step);
    this.#kept[name] = { record: step.record, process: running };
    if (running === null) return step.action?.kind === "dial" ? step.record.notBefore : step.lookAt;
    // A dial that another watch began does not tell us that it ends.
    return step.lookAt === null ? null : Math.min(step.lookAt, now + this.#times.poll);
  }

  /** Does what the step says. @returns the dial that runs now */
  #act(
    uplink: UplinkState,
    argv: readonly string[],
    process: DialProcess | null,
    { action, record }: DialStep,
  ): DialProcess | null {
    const { name } = uplink.uplink;
    if (action === null) return process;
    if (action.kind === "end") {
      const seconds = this.#times.hang / 1000;
      const text = action.force
        ? `dial of ${name}: ${argv[0]} does not end: killed`
        : `dial of ${name}: ${argv[0]} brought no line in ${seconds} s: ended`;
      this.#tell(PRIORITY.warning, text);
      if (process !== null) this.#edge.end(process, action.force ? "SIGKILL" : "SIGTERM");
      return process;
    }
    const wait = Math.round((record.notBefore - this.#edge.now()) / 1000);
    const what = `dial of ${name} (${uplink.state}): ${argv.join(" ")}`;
    this.#tell(
      PRIORITY.notice,
      record.dials === 1 ? what : `${what}: number ${record.dials}, next in ${wait} s`,
    );
    try {
      return this.#edge.start(uplink, argv, () => this.#turn());
    } catch (error) {
      this.#tell(PRIORITY.error, `dial of ${name}: ${messageOf(error)}`);
      return null;
    }
  }

  #tellEnd(uplink: UplinkState, { status, words }: DialEnd): void {
    const how = status === null ? "was ended" : status === 0 ? "is done" : `failed with status ${status}`;
    const said = words === "" ? "" : `: ${words}`;
    const priority = status === 0 ? PRIORITY.info : PRIORITY.warning;
    this.#tell(priority, `dial of ${uplink.uplink.name}: ${uplink.uplink.redial?.[0]} ${how}${said}`);
  }

  #tell(priority: LogLine["priority"], text: string): void {
    this.#edge.say([{ priority, text }]);
  }

  #save(): void {
    try {
      this.#edge.save(this.#kept);
    } catch (error) {
      this.#tell(PRIORITY.warning, `cannot keep what is being dialled: ${messageOf(error)}`);
    }
  }
}
