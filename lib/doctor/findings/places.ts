/** Directories that Waymark writes to, and the clock. */

import type { Facts } from "../facts.ts";
import { type Finding, note, run } from "../finding.ts";

/** Where something is written, and what comes of it when that fails. */
const PLACES = [
  ["/run/waymark", "Events cannot be left for the next run, and what was seen and changed is forgotten."],
  ["/var/lib/waymark", "The numbers of the uplinks and the last good configuration are lost at a reboot."],
] as const;

export function places(facts: Facts): Finding[] {
  return [...readOnly(facts), ...clock(facts)];
}

function readOnly({ files }: Facts): Finding[] {
  const mounts = (files["/proc/self/mounts"] ?? "").split("\n").flatMap((line) => {
    const [, point, type, options] = line.split(" ");
    return point === undefined ? [] : [{ point, type, options: (options ?? "").split(",") }];
  });
  return PLACES.flatMap(([path, why]): Finding[] => {
    // The last of the longest is what is seen.
    const on = mounts
      .filter(({ point }) => path === point || path.startsWith(point === "/" ? "/" : `${point}/`))
      .reduce<(typeof mounts)[number] | null>(
        (best, one) => (best === null || one.point.length >= best.point.length ? one : best),
        null,
      );
    if (on === null || !on.options.includes("ro")) return [];
    return [
      {
        id: "read-only",
        severity: "error",
        title: `${path} cannot be written: ${on.point} is mounted read-only`,
        found: [`${on.point} ${on.type} ${on.options.join(",")}`],
        why,
        remedy: [run(`mount -o remount,rw ${on.point}`), note("and see in the journal why it became so")],
      },
    ];
  });
}

/** 2024: before anything here was written. */
const LONG_AGO = Date.UTC(2024, 0, 1);
/** File systems and clocks may differ by this much without harm, in milliseconds. */
const SLACK = 2000;

function clock({ now, self }: Facts): Finding[] {
  if (now < LONG_AGO) {
    return [
      {
        id: "clock-wrong",
        severity: "warning",
        title: "the clock is wrong",
        found: [`it is ${new Date(now).toISOString()}`],
        why: "Files seem to be newer than now, so that every event is taken to concern an uplink, and what is shown as since when is wrong.",
        remedy: [
          run("timedatectl set-ntp true"),
          note("a Raspberry Pi has no clock of its own: without a network it begins where it ended"),
        ],
      },
    ];
  }
  if (self.configTime === null || self.configTime <= now + SLACK) return [];
  return [
    {
      id: "config-from-future",
      severity: "warning",
      title: "waymark.toml was changed in the future",
      found: [
        `its time is ${new Date(self.configTime).toISOString()}, now is ${new Date(now).toISOString()}`,
      ],
      why: "The hooks take everything that they know for older than the file: events that concern nobody start node too, and waymark stop does not hold.",
      remedy: [run("touch /etc/waymark/waymark.toml")],
    },
  ];
}
