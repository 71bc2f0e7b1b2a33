/** `waymark status --watch`: a picture that is kept up to date, or the status anew whenever something changed. */

import type { HealthFile } from "../health/health.ts";
import { readHealth } from "../health/read.ts";
import { escapeLine } from "../log.ts";
import { messageOf } from "../state/files.ts";
import { PATHS } from "../state/paths.ts";
import { clockText, localZone } from "../terminal/clock.ts";
import { FullScreen, obeySignals, stopJob } from "../terminal/full-screen.ts";
import { BLOCKS, LETTERS } from "../terminal/sparkline.ts";
import { Changes } from "./changes.ts";
import { openSession } from "./session.ts";
import { familiesOf } from "./status-health.ts";
import { drawStatus, type Trips } from "./status-picture.ts";
import { lookUp, type Status } from "./status-report.ts";
import { formatStatus } from "./status-text.ts";

/** The status is looked up at least this often: the kernel does not say what changed. */
const REFRESH_MS = 1000;

/**
 * Goes on until somebody ends it.
 * @param json one object a line, also on a terminal
 * @returns 0 when a key ended it
 */
export function watchStatus(json: boolean): Promise<number> {
  return process.stdout.isTTY === true && !json ? showLive() : tellChanges(json);
}

/** Prints the status at first, and whenever it is another. Ends with its reader, or by a signal. */
async function tellChanges(json: boolean): Promise<number> {
  const changes = new Changes(PATHS.run, REFRESH_MS);
  for (let told = ""; ; await changes.next()) {
    const status = await lookUp(await openSession(false), readHealth());
    const key = JSON.stringify(json ? status : withoutMeasures(status));
    if (key === told) continue;
    told = key;
    const text = formatStatus(status, { colour: false, zone: localZone });
    process.stdout.write(json ? `${key}\n` : `${clockText(Date.now(), localZone)}\n${text}\n`);
  }
}

/** For people loss and latency are no news: they are others every second. */
function withoutMeasures(status: Status): object {
  const uplinks = status.uplinks.map(({ loss, latency, checks, ...rest }) => ({
    ...rest,
    verdicts: checks.map(({ family, health }) => [family, health]),
  }));
  return { ...status, uplinks };
}

async function showLive(): Promise<number> {
  let over: () => void = () => undefined;
  const ended = new Promise<"over">((resolve) => {
    over = () => resolve("over");
  });
  let picture: (() => string[]) | null = null;
  const draw = () => {
    if (picture !== null) screen.show(picture());
  };
  const screen = new FullScreen({
    key: (key) => {
      if (key === "q" || key === "Q" || key === "\x03") over();
      if (key === "\x1a") stopJob();
    },
    end: over,
    redraw: draw,
  });
  const ignoreSignals = obeySignals(screen);
  const changes = new Changes(PATHS.run, REFRESH_MS);
  const bars = process.env.TERM === "linux" ? LETTERS : BLOCKS;
  let status: Status | null = null;
  let health: HealthFile | null = null;
  try {
    do {
      let trouble = "";
      try {
        health = readHealth();
        status = await lookUp(await openSession(false), health);
      } catch (error) {
        // What was seen last stays in sight, unless there never was anything.
        if (status === null) throw error;
        trouble = `cannot look: ${escapeLine(messageOf(error))}`;
      }
      const view = { status, trips: tripsOf(health), trouble, zone: localZone, bars };
      picture = () => drawStatus({ ...view, now: Date.now() }, screen);
      draw();
    } while ((await Promise.race([changes.next(), ended])) !== "over");
  } finally {
    changes.close();
    ignoreSignals();
    screen.close();
  }
  return 0;
}

function tripsOf(health: HealthFile | null): Record<string, Trips> {
  return Object.fromEntries(
    Object.entries(health?.uplinks ?? {}).map(([name, uplink]) => [
      name,
      Object.fromEntries(familiesOf(uplink).map(([family, { recent }]) => [family, recent])),
    ]),
  );
}
