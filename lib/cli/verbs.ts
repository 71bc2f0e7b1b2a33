/** The verbs of the command: what each is called with and what its help says. */

export interface Verb {
  readonly usage: string;
  readonly summary: string;
  readonly details: string;
  /** The words behind the first belong to another program. */
  readonly runsAnother?: true;
  /** Runs the verb with the words behind it. @returns the exit status */
  readonly run: (words: readonly string[]) => Promise<number>;
}

export const VERBS: Readonly<Record<string, Verb>> = {
  status: {
    usage: "status [--json] [--watch]",
    summary: "shows each uplink, the choice in force, and what went wrong last",
    details:
      "Colour and a table on a terminal, plain text when piped. --json prints a stable form that\nwaymark(8) describes. --watch goes on: a live view on a terminal (q ends it); piped, the status\nanew whenever something changed, with --json one object a line. Changes nothing.",
    run: async (words) => (await import("./status.ts")).statusVerb(words),
  },
  check: {
    usage: "check [FILE]",
    summary: "validates a configuration",
    details:
      "FILE is /etc/waymark/waymark.toml if not given. Prints every problem with file, line and\ncolumn, and ends with 1 if there is one.",
    run: async (words) => (await import("./check.ts")).checkVerb(words),
  },
  plan: {
    usage: "plan",
    summary: "prints the ip and nft input that `apply` would run now, and nothing else",
    details: "Prints nothing when there is nothing to do. Changes nothing.",
    run: async (words) => (await import("./plan.ts")).planVerb(words),
  },
  apply: {
    usage: "apply [--boot]",
    summary: "brings the kernel to what the configuration asks, and prints what changed",
    details:
      "A configuration that is wrong changes nothing and ends with 1; the last good one stays in\nforce. --boot, for the service at start-up, applies the last good one instead.",
    run: async (words) => (await import("./apply.ts")).applyVerb(words),
  },
  explain: {
    usage: "explain DEST [--from SRC] [--iif IF] [--user U] [--protocol P --port N] [--json]",
    summary: "says which uplink a packet would take, and why",
    details:
      "DEST and SRC are addresses. --iif is the interface it comes in by; without it the packet is\nthis machine's own, of user U. Walks the rules as the kernel does and asks the kernel too;\nends with 1 if the two differ.",
    run: async (words) => (await import("./explain.ts")).explainVerb(words),
  },
  enable: {
    usage: "enable UPLINK [--persist]",
    summary: "takes back `disable` or `drain`",
    details: "--persist forgets it for the next start of the machine too.",
    run: async (words) => (await import("./manual.ts")).manualVerb("enable", words),
  },
  disable: {
    usage: "disable UPLINK [--persist]",
    summary: "switches an uplink off by hand, and lets its connections go after the switch",
    details: "Holds whatever events come; with --persist over a reboot too.",
    run: async (words) => (await import("./manual.ts")).manualVerb("disable", words),
  },
  drain: {
    usage: "drain UPLINK [--persist]",
    summary: "gives an uplink no new connections, and leaves it those it has",
    details: "Holds whatever events come; with --persist over a reboot too.",
    run: async (words) => (await import("./manual.ts")).manualVerb("drain", words),
  },
  use: {
    usage: "use UPLINK COMMAND [WORD…]",
    summary: "runs a command over one uplink",
    details:
      "All sockets of the command and of its children, TCP, UDP or any other, leave by the uplink with its\naddress, whatever the choice is, and names are asked of its name servers if they are known. The LAN is\nreached as ever. Ends as the command does; with 1 if the uplink is not up, 126 or 127 if the command\ncannot be run. Processes that others start (systemd, docker) are not the command's children.",
    runsAnother: true,
    run: async (words) => (await import("./use.ts")).useVerb(words),
  },
  events: {
    usage: "events [-f] [-n N] [--since WHEN] [--all] [--json] [UPLINK]",
    summary: "says what happened, when, and why the choice changed",
    details:
      'From the journal, or the syslog file where there is none: the newest 50, or with --since all since\nthen ("10m", "2h", "today", "2026-11-21 14:30"). -f goes on and shows what comes. UPLINK: only what\nconcerns that one. --all also shows events that changed nothing. --json prints one object a line.',
    run: async (words) => (await import("./events.ts")).eventsVerb(words),
  },
  watch: {
    usage: "watch",
    summary: "checks the lines, repairs what others wipe, dials what is gone; runs until it is ended",
    details:
      "What the service waymark-watch runs: follows the kernel and the hooks' events, makes the health\nchecks of the configuration, and logs to standard output. Hooks work without it.",
    run: async (words) => (await import("./watch.ts")).watchVerb(words),
  },
  doctor: {
    usage: "doctor [--json]",
    summary: "names what on this machine works against Waymark, with the remedy",
    details:
      "Looks at other programs, kernel settings, packet filters, and Waymark's own hooks and service.\nEnds with 1 if something breaks the routing. --json prints a stable form that waymark(8)\ndescribes. Changes nothing.",
    run: async (words) => (await import("./doctor.ts")).doctorVerb(words),
  },
  init: {
    usage: "init [--force] [--stdout]",
    summary: "writes a starting configuration from what it finds",
    details: "Never over an existing file, unless --force. --stdout prints it instead.",
    run: async (words) => (await import("./init.ts")).initVerb(words),
  },
  stop: {
    usage: "stop",
    summary: "takes away all that is Waymark's, and only that",
    details:
      "Rules, routes, packet filter and settings are afterwards as they were before it came. The hooks\nkeep still until `apply`, or until the configuration is changed.",
    run: async (words) => (await import("./stop.ts")).stopVerb(words),
  },
};

/** Verbs of the contract that this version does not have, each refused by name. */
export const NOT_YET: readonly string[] = [];
