/** Dialling on this machine: its clock, its processes, its files. */

import { existsSync, mkdirSync } from "node:fs";
import type { LogLine } from "../log.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import { readJson, writeJson } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { apartFrom } from "./apart.ts";
import { isPppdDialling, isRunning, lastLine, signalDial, startDial } from "./dial-process.ts";
import type { DialEdge, KeptDials } from "./redialler.ts";

/** Where dial commands are looked for; Debian's own order. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Another version of what is kept is not read. */
const FORMAT = 1;

interface Stored {
  readonly format: number;
  readonly dials: KeptDials;
}

/** What a dial command finds in its environment, and nothing else. */
export function dialEnvironment({ uplink, interface: device }: UplinkState): Record<string, string> {
  return {
    PATH,
    LANG: "C",
    WAYMARK_UPLINK: uplink.name,
    WAYMARK_INTERFACE: device ?? "",
    WAYMARK_PEER: uplink.peer ?? "",
  };
}

const outputIn = (directory: string, uplink: string) => `${directory}/${uplink}.out`;

/** What the watch that ran last keeps of its dials. @throws what the file system says to anybody but root */
export function keptDials(directory: string = PATHS.redial): KeptDials {
  const stored = readJson<Stored>(`${directory}/dials.json`);
  return stored?.format === FORMAT ? stored.dials : {};
}

/** The last that an uplink's dial command said; "" if that is nothing, or not to be read. */
export function lastWords(uplink: string): string {
  return lastLine(outputIn(PATHS.redial, uplink));
}

/** Milliseconds of CLOCK_MONOTONIC, which counts from the boot: the clock of what is kept. */
export const monotonic = () => Number(process.hrtime.bigint() / 1_000_000n);

/** Whether systemd-run(1) can wait for what it starts: that goes by the system bus. */
const hasSystemd = () => existsSync("/run/systemd/system") && existsSync("/run/dbus/system_bus_socket");

/**
 * @param say where what happens is told
 * @param directory holds what dial commands said, and what is kept; gone at a reboot, as the dials are
 */
export function dialMachine(
  say: (lines: readonly LogLine[]) => void,
  directory: string = PATHS.redial,
): DialEdge {
  const outputOf = (uplink: string) => outputIn(directory, uplink);
  /** Statuses of dials that were started by this process. */
  const statuses = new Map<number, number | null>();
  /** Those that have not been heard to end: they may have ended already, and their status is still to come. */
  const unheard = new Set<number>();
  return {
    now: monotonic,
    chance: Math.random,
    start: (uplink, argv, changed) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const { name } = uplink.uplink;
      const [environment, output] = [dialEnvironment(uplink), outputOf(name)];
      const apart = hasSystemd()
        ? apartFrom(name, monotonic(), argv, environment, output)
        : { argv, unit: null };
      const dial = startDial({ ...apart, environment, output }, (status) => {
        unheard.delete(dial.pid);
        statuses.set(dial.pid, status);
        changed();
      });
      unheard.add(dial.pid);
      statuses.delete(dial.pid);
      return dial;
    },
    endOf: (uplink, dial) => {
      if (isRunning(dial) || unheard.has(dial.pid)) return null;
      const status = statuses.get(dial.pid) ?? null;
      return { status, words: lastLine(outputOf(uplink)) };
    },
    end: signalDial,
    isDialled: isPppdDialling,
    after: (milliseconds, callback) => {
      const timer = setTimeout(callback, milliseconds);
      return () => clearTimeout(timer);
    },
    load: () => keptDials(directory),
    save: (dials) => writeJson(`${directory}/dials.json`, { format: FORMAT, dials }),
    say,
  };
}
