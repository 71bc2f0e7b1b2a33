/** Waymark itself: its configuration, its service, and whether what it made is still there. */

import type { Facts } from "../facts.ts";
import { edit, type Finding, note, run } from "../finding.ts";
import { linesOf, quote } from "../lines.ts";
import { isEnabled, isMasked, isWatching } from "../units.ts";

const UNIT = "waymark.service";

export function service(facts: Facts): Finding[] {
  return [
    ...configuration(facts),
    ...standing(facts),
    ...atBoot(facts),
    ...unwatched(facts),
    ...hardened(facts),
  ];
}

function configuration({ self, house }: Facts): Finding[] {
  if (self.configError !== null && self.configured) {
    return [
      {
        id: "config-wrong",
        severity: house === null ? "error" : "warning",
        title:
          house === null
            ? "the configuration is wrong, and there never was a good one"
            : "the configuration is wrong; the last good one is in force",
        found: self.configError.split("\n"),
        why: house === null ? "Nothing is routed by Waymark." : "What was changed in the file has no effect.",
        remedy: [note("correct the file; waymark check says when it is right"), run("waymark apply")],
      },
    ];
  }
  if (self.configured || house !== null) return [];
  return [
    {
      id: "not-configured",
      severity: "note",
      title: "there is no configuration",
      found: ["/etc/waymark/waymark.toml is not there"],
      why: "What depends on the uplinks could not be looked at.",
      remedy: [run("waymark init"), run("waymark apply")],
    },
  ];
}

function standing({ self, house }: Facts): Finding[] {
  if (house === null) return [];
  if (!self.applied) {
    return [
      {
        id: "not-applied",
        severity: "note",
        title: self.stopped ? "Waymark is stopped" : "the configuration was never applied",
        found: [self.stopped ? "waymark stop is in force" : "there is nothing of Waymark's in the kernel"],
        why: "The main table routes. What follows is about what would be.",
        remedy: [run("waymark apply")],
      },
    ];
  }
  const errors = self.lastErrors.slice(-3);
  const failed: Finding[] =
    errors.length === 0
      ? []
      : [
          {
            id: "errors-before",
            severity: "note",
            title: "something went wrong before",
            found: errors,
            why: "These are the last errors that waymark status shows.",
            remedy: [run("waymark apply"), note("if it says the same again, that is what to mend")],
          },
        ];
  if (self.drift.length === 0) return failed;
  const shown = self.drift.slice(0, 8);
  return [
    {
      id: "not-as-planned",
      severity: "error",
      title: `${self.drift.length} of Waymark's objects are missing or changed: somebody else was at them`,
      found: [
        ...shown,
        ...(self.drift.length > shown.length
          ? [`and ${self.drift.length - shown.length} more (waymark plan)`]
          : []),
      ],
      why: "Traffic may take other ways than waymark status shows, until the next link event puts it right.",
      remedy: [
        run("waymark apply"),
        note("if it happens again, another finding here commonly says who does it"),
      ],
    },
    ...failed,
  ];
}

function atBoot(facts: Facts): Finding[] {
  const { entries, house } = facts;
  const installed = Object.keys(entries).some((path) => path.endsWith(`/systemd/system/${UNIT}`));
  if (house === null || !installed || isEnabled(facts, UNIT)) return [];
  const masked = isMasked(facts, UNIT);
  return [
    {
      id: "service-disabled",
      severity: "warning",
      title: `${UNIT} is ${masked ? "masked" : "not enabled"}`,
      found: [
        masked ? `/etc/systemd/system/${UNIT} -> /dev/null` : "nothing in /etc/systemd/system wants it",
      ],
      why: "After a reboot nothing is applied until the first link event, and a flushed packet filter is not put back.",
      remedy: [...(masked ? [run(`systemctl unmask ${UNIT}`)] : []), run(`systemctl enable --now ${UNIT}`)],
    },
  ];
}

/** What only the long-running part does. */
function unwatched(facts: Facts): Finding[] {
  const asked = (facts.house?.config.uplinks ?? []).flatMap(({ name, check, redial }) => [
    ...(check === null ? [] : [`${name} is to be checked by ${check.method}`]),
    ...(redial === null ? [] : [`${name} is to be dialled by ${redial.join(" ")}`]),
  ]);
  if (asked.length === 0 || isWatching(facts)) return [];
  return [
    {
      id: "watch-not-running",
      severity: "warning",
      title: "nobody checks or dials the lines: waymark watch does not run",
      found: asked,
      why: "A line that is up and dead stays in use, and one that is gone stays away. The hooks do neither.",
      remedy: [run("systemctl enable --now waymark-watch.service")],
    },
  ];
}

/** Settings under which node dies, or cannot set sysctls, or a dial and its pppd cannot be seen. */
const FATAL = [/^MemoryDenyWriteExecute\s*=\s*(1|yes|true|on|y|t)$/i];
const FATAL_TO_HOOKS = [/^ProtectKernelTunables\s*=\s*(1|yes|true|on|y|t)$/i];
const FATAL_TO_WATCH = [/^ProtectProc\s*=\s*(invisible|ptraceable|noaccess)$/i];

function hardened(facts: Facts): Finding[] {
  const lines = Object.entries(facts.files)
    .filter(([path]) => /\/waymark[a-z-]*\.service\.d\/[^/]+\.conf$/.test(path))
    .flatMap(([path, text]) => linesOf(path, text))
    .filter(({ path, text }) => {
      const more = path.includes("/waymark-watch.service.d/") ? FATAL_TO_WATCH : FATAL_TO_HOOKS;
      return [...FATAL, ...more].some((fatal) => fatal.test(text));
    });
  return lines.map((line) => ({
    id: "service-hardened",
    severity: isWatching(facts) ? "warning" : "error",
    title: "a drop-in takes from Waymark's service what it cannot do without",
    found: [quote(line)],
    why: "node's compiler needs memory that is written and executed (the service dies with SIGTRAP), per-interface settings are written below /proc/sys, and whether a dial's pppd still lives is seen in /proc.",
    remedy: [
      edit(line.path, line.text, null),
      run("systemctl daemon-reload"),
      run(`systemctl restart ${UNIT}`),
    ],
  }));
}
