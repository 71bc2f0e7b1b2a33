/** Hooks that are missing, or that their callers will not run. */

import { basename, dirname } from "node:path";
import {
  CALLER_HOOKS,
  type CallerHook,
  isHook,
  isInstalled,
  isWhole,
  nodeOf,
  RUN_PARTS,
} from "../caller-hooks.ts";
import { dhcpClients } from "../dhcp-clients.ts";
import type { Facts } from "../facts.ts";
import { edit, type Finding, note, run, type Severity, shellWord } from "../finding.ts";
import { type Line, linesOf, quote } from "../lines.ts";
import { isMasked, isWatching, runs } from "../units.ts";

const REINSTALL = note("install Waymark again: sudo ./install.sh, or apt-get install --reinstall waymark");

export function hooks(facts: Facts): Finding[] {
  return [
    ...CALLER_HOOKS.filter(({ caller }) => isInstalled(facts, caller)).flatMap(
      (hook) => oneHook(facts, hook) ?? [],
    ),
    ...misnamed(facts),
    ...danglingLinks(facts),
    ...ipUpLocal(facts),
    ...ownScripts(facts),
    ...ifplugdEnds(facts),
    ...dispatcherMasked(facts),
  ];
}

/** Whether an uplink's events come by this caller. */
function concerns(facts: Facts, caller: CallerHook["caller"]): boolean {
  const uplinks = facts.house?.uplinks ?? [];
  switch (caller) {
    case "pppd":
      return uplinks.some(({ uplink, interface: name }) => uplink.peer !== null || /^ppp\d/.test(name ?? ""));
    case "NetworkManager":
      return uplinks.some(({ interface: name }) => {
        const state = facts.networkManager?.[name ?? ""];
        return state !== undefined && state !== "unmanaged";
      });
    case "ifplugd":
      return runs(facts, "ifplugd");
    case "dhclient":
    case "dhcpcd":
      return uplinks.some(({ interface: name }) => {
        const device = facts.devices.find((one) => one.name === name);
        return device !== undefined && dhcpClients(facts, device).includes(caller);
      });
    case "ifupdown":
      return false;
  }
}

function severityOf(facts: Facts, caller: CallerHook["caller"]): Severity {
  return concerns(facts, caller) && !isWatching(facts) ? "error" : "warning";
}

/** What is wrong with a hook; null: nothing. */
function oneHook(facts: Facts, hook: CallerHook): Finding | null {
  const { path } = hook;
  const entry = facts.entries[path];
  const finding = (what: string, found: string, why: string, remedy: Finding["remedy"]): Finding => ({
    id: `hook-${what}`,
    severity: severityOf(facts, hook.caller),
    title: `${hook.caller} does not run its hook ${path}`,
    found: [found],
    why,
    remedy,
  });
  const untold = `Waymark is not told of ${hook.caller}'s events.`;
  if (entry === undefined) {
    return finding("missing", `${hook.caller} is installed, and there is no ${path}`, untold, [REINSTALL]);
  }
  const word = shellWord(path);
  if (entry.dangling || entry.kind !== "file") {
    return finding(
      "no-file",
      `${path} is ${entry.dangling ? `a link to ${entry.link}, which is not there` : "no file"}`,
      untold,
      [run(`rm -r ${word}`), REINSTALL],
    );
  }
  const mode = entry.mode.toString(8).padStart(4, "0");
  if (hook.how === "run" && (entry.mode & 0o100) === 0) {
    return finding("not-executable", `${path} has mode ${mode}`, untold, [run(`chmod 0755 ${word}`)]);
  }
  if (entry.owner !== 0 || (entry.mode & 0o022) !== 0) {
    const isRefused = hook.caller === "NetworkManager";
    const why = isRefused
      ? "NetworkManager runs only scripts that belong to root and that nobody else can write."
      : "Whoever can write it becomes root at the next link event.";
    const remedy = [run(`chown root:root ${word}`), run(`chmod 0755 ${word}`)];
    const found = finding(
      "owner",
      `${path} belongs to user ${entry.owner} and has mode ${mode}`,
      why,
      remedy,
    );
    return isRefused
      ? found
      : { ...found, severity: "warning", title: `${path} can be changed by others than root` };
  }
  const text = facts.files[path];
  if (text === undefined) return null;
  if (!isHook(text) || !isWhole(text)) {
    return finding("damaged", `${path} is no complete hook of Waymark's`, untold, [REINSTALL]);
  }
  const node = nodeOf(text);
  if (node !== "" && facts.entries[node] === undefined) {
    return finding("no-node", `${path} starts ${node}, which is not there`, untold, [
      run("apt-get install nodejs"),
      REINSTALL,
    ]);
  }
  return null;
}

/** A copy under a name that its caller passes over (run-parts(8): letters, digits, `_` and `-`). */
function misnamed({ files }: Facts): Finding[] {
  const wrong = Object.entries(files).filter(
    ([path, text]) =>
      (RUN_PARTS as readonly string[]).includes(dirname(path)) &&
      isHook(text) &&
      !/^[A-Za-z0-9_-]+$/.test(basename(path)),
  );
  return wrong.map(([path]) => ({
    id: "hook-name",
    severity: "warning",
    title: `${path} is never run: run-parts passes over names with a dot`,
    found: [`${path} is a hook of Waymark's`],
    why: "run-parts runs only files whose names are letters, digits, _ and -.",
    remedy: [run(`rm ${shellWord(path)}`)],
  }));
}

/** Debian 12's run-parts fails on these, and with it every ifup (debianutils before 5.17). */
function danglingLinks({ entries }: Facts): Finding[] {
  const broken = Object.entries(entries).filter(
    ([path, entry]) =>
      entry.dangling && /^\/etc\/network\/if-(pre-)?up\.d\//.test(path) && !path.endsWith("/waymark"),
  );
  return broken.map(([path, { link }]) => ({
    id: "dangling-link",
    severity: "warning",
    title: `${path} leads nowhere: on Debian 12 every ifup fails for it`,
    found: [`${path} -> ${link}`],
    why: "run-parts --exit-on-error stops at it, before Waymark's hook is run.",
    remedy: [run(`rm ${shellWord(path)}`)],
  }));
}

const IP_UP_LOCAL = [
  "/etc/ppp/ip-up.local",
  "/etc/ppp/ip-down.local",
  "/etc/ppp/ipv6-up.local",
  "/etc/ppp/ipv6-down.local",
];

function ipUpLocal(facts: Facts): Finding[] {
  // One that goes on to the directory itself does no harm.
  const replaces = (path: string) => !(facts.files[path] ?? "").includes(`${basename(path, ".local")}.d`);
  const executable = (path: string) => ((facts.entries[path]?.mode ?? 0) & 0o111) !== 0;
  return IP_UP_LOCAL.filter((path) => executable(path) && replaces(path)).map((path) => {
    const name = basename(path, ".local");
    return {
      id: "ip-up-local",
      severity: severityOf(facts, "pppd"),
      title: `${path} is executable: pppd runs it instead of everything in ${name}.d`,
      found: [`${path} has mode ${facts.entries[path]?.mode.toString(8)}`],
      why: "Debian's wrapper executes it in its own place, so Waymark's hook is never run.",
      remedy: [run(`mv ${path} /etc/ppp/${name}.d/local`)],
    };
  });
}

/** pppd's options `ip-up-script` and the like replace the wrapper. */
function ownScripts(facts: Facts): Finding[] {
  const lines = Object.entries(facts.files)
    .filter(([path]) => /^\/etc\/ppp\/(options[^/]*|peers\/[^/]+)$/.test(path))
    .flatMap(([path, text]) => linesOf(path, text, /^#/))
    .filter(({ text }) => /^ip(v6)?-(up|down)-script\b/.test(text));
  return lines.map((line: Line) => ({
    id: "ip-up-script",
    severity: severityOf(facts, "pppd"),
    title: `${line.path} has pppd run a script of its own instead of /etc/ppp/ip-up`,
    found: [quote(line)],
    why: "For that session nothing in ip-up.d or ip-down.d is run, Waymark's hook neither.",
    remedy: [
      edit(line.path, line.text, null),
      note(
        `what that script does can go into /etc/ppp/${line.text.startsWith("ipv6") ? "ipv6-" : "ip-"}up.d/`,
      ),
    ],
  }));
}

const IFPLUGD_DEFAULTS = "/etc/default/ifplugd";

function ifplugdEnds(facts: Facts): Finding[] {
  if (!isInstalled(facts, "ifplugd")) return [];
  const line = linesOf(IFPLUGD_DEFAULTS, facts.files[IFPLUGD_DEFAULTS] ?? "").find(({ text }) =>
    text.startsWith("ARGS="),
  );
  if (line === undefined || /(^|[\s"'])-[A-Za-z]*I|--ignore-retval/.test(line.text.slice("ARGS=".length)))
    return [];
  return [
    {
      id: "ifplugd-ends",
      severity: "warning",
      title: "ifplugd ends as soon as any of its scripts fails",
      found: [quote(line)],
      why: "From then on nobody watches that cable. Waymark's own hook never fails, but others may.",
      remedy: [
        edit(line.path, line.text, line.text.replace(/^ARGS=(["']?)/, "ARGS=$1-I ")),
        run("systemctl restart ifplugd"),
      ],
    },
  ];
}

function dispatcherMasked(facts: Facts): Finding[] {
  const unit = "NetworkManager-dispatcher.service";
  if (facts.networkManager === null || !isMasked(facts, unit)) return [];
  return [
    {
      id: "dispatcher-masked",
      severity: severityOf(facts, "NetworkManager"),
      title: "NetworkManager's dispatcher is masked: no script of its is run",
      found: [`/etc/systemd/system/${unit} -> /dev/null`],
      why: "Waymark is not told of NetworkManager's events.",
      remedy: [run(`systemctl unmask ${unit}`)],
    },
  ];
}
