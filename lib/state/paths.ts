/** Where things lie. */

export const PATHS = {
  config: "/etc/waymark/waymark.toml",
  configDirectory: "/etc/waymark",
  /** Gone at a reboot; the directory itself is the lock. */
  run: "/run/waymark",
  /** Events that hooks left for whoever holds the lock next. */
  events: "/run/waymark/events",
  state: "/run/waymark/state.json",
  /** Made by `stop`: the hooks keep still as long as it is newer than the configuration. */
  stopped: "/run/waymark/stopped",
  /** Names of the devices that concern somebody, for the hooks' shell front. */
  index: "/run/waymark/index",
  /** The configuration in force, checked, with the numbers of its uplinks. */
  system: "/run/waymark/system.json",
  /** The chains that were loaded last. */
  packetFilter: "/run/waymark/packet-filter.json",
  /** Input of `ip -batch`, and of `ip -6 -batch`, which the front gives them while Node starts. */
  look: "/run/waymark/look",
  look6: "/run/waymark/look6",
  /** V8's code cache. */
  code: "/run/waymark/code",
  /** What was there when a run last ended well. */
  seen: "/run/waymark/seen.json",
  seenLook: "/run/waymark/seen.look",
  /** Kept over reboots. */
  keep: "/var/lib/waymark",
  numbers: "/var/lib/waymark/numbers.json",
  lastGood: "/var/lib/waymark/last-good.json",
  manual: "/var/lib/waymark/manual.json",
} as const;
