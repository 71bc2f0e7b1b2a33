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
  /** Made by the package's postinst when a configuration cut the machine off: the same, over reboots. */
  takenBack: "/var/lib/waymark/taken-back",
  /** Names of the devices that concern somebody, for the hooks' shell front. */
  index: "/run/waymark/index",
  /** The configuration in force, checked, with the numbers of its uplinks. */
  system: "/run/waymark/system.json",
  /** The chains that were loaded last. */
  packetFilter: "/run/waymark/packet-filter.json",
  /** What those were made from, and by which build. */
  packetFilterSource: "/run/waymark/packet-filter-source",
  /** Rules that needed no change: what they were to be made from, by which build, and how the kernel showed them. */
  settledRules: "/run/waymark/settled-rules",
  /** Holds the path of the file that metrics were last written to. */
  metrics: "/run/waymark/metrics",
  /** Whoever watches: while that process lives, hooks leave their events to it. */
  watch: "/run/waymark/watch.pid",
  /** What `waymark watch` found out about the uplinks. */
  health: "/run/waymark/health.json",
  /** Input of `ip -batch`, `ip -4 -batch` and `ip -6 -batch`, which the front gives them while Node starts. */
  look: "/run/waymark/look",
  look4: "/run/waymark/look4",
  look6: "/run/waymark/look6",
  /** Not empty: `ip` has so much to say that a pipe does not hold it, and the front has it written to `looked`. */
  lookIsLong: "/run/waymark/look-is-long",
  looked: "/run/waymark/looked",
  /** The events that waited when the front began to look at the kernel. */
  waiting: "/run/waymark/waiting",
  /** What the `ip` that the front started says on stderr. */
  ipSaid: "/run/waymark/ip-said",
  /** Lines for the `conntrack -R` that the front runs behind `ip`, and what that says on stderr. */
  release: "/run/waymark/release",
  conntrackSaid: "/run/waymark/conntrack-said",
  /** Where the front finds out whether the packet filter is loaded. */
  sign: "/run/waymark/sign",
  /** By path, the kernel's settings that were changed: a copy, since nothing else tells what they were. */
  settings: "/run/waymark/settings.json",
  /** V8's code cache. */
  code: "/run/waymark/code",
  /** A script of bash(1) that tells whether the kernel is as the last run left it. */
  seen: "/run/waymark/seen",
  /** A script of sh(1) that tells events which had nothing to do; and the same list as JSON. */
  calm: "/run/waymark/calm",
  calmEvents: "/run/waymark/calm.json",
  /** What dial commands say, and which of them run. */
  redial: "/run/waymark/redial",
  /** Notices that wait for the programs of notify.d. */
  notices: "/run/waymark/notices",
  /** The program that tells them, and the resolver; taken out of the installed file. */
  teller: "/run/waymark/teller.cjs",
  /** Programs that are told of what happens. */
  notifyDirectory: "/etc/waymark/notify.d",
  /** Name servers that the machine's resolver is to be told of; what it was told, and by whom. */
  namesWanted: "/run/waymark/names-wanted.json",
  namesDone: "/run/waymark/names-done.json",
  namesLock: "/run/waymark/names-lock",
  /** Name servers for dnsmasq's `servers-file`. */
  dnsmasqServers: "/run/waymark/dnsmasq.servers",
  /** Kept over reboots. */
  keep: "/var/lib/waymark",
  numbers: "/var/lib/waymark/numbers.json",
  lastGood: "/var/lib/waymark/last-good.json",
  manual: "/var/lib/waymark/manual.json",
} as const;
