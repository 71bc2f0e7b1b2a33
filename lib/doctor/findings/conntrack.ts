/** Connection tracking that is missing, full, or switched off for some packets. */

import type { Facts } from "../facts.ts";
import { edit, type Finding, note, run, type Step, write } from "../finding.ts";
import { quote } from "../lines.ts";
import { sysctlLines } from "../sysctl-files.ts";

const BASE = "/proc/sys/net/netfilter/";

export function conntrack(facts: Facts): Finding[] {
  if (facts.house === null) return [];
  const pins = facts.house.config.uplinks.some(({ pin }) => pin);
  return pins ? [...notStrictlyNew(facts), ...full(facts), ...untracked(facts)] : [];
}

function notStrictlyNew(facts: Facts): Finding[] {
  if (facts.settings[`${BASE}nf_conntrack_tcp_loose`] !== "0") return [];
  const key = "net.netfilter.nf_conntrack_tcp_loose";
  const written = sysctlLines(facts, key);
  return [
    {
      id: "conntrack-not-loose",
      severity: "warning",
      title: "connection tracking does not pick up TCP connections in their middle",
      found: [`${key} = 0`, ...written.map(quote)],
      why: "A connection that Waymark lets go after a switch then hangs until its programs give up, instead of ending at once; and so do connections older than the tracking itself.",
      remedy: [
        ...written.map((line): Step => edit(line.path, line.text, `${key} = 1`)),
        run(`sysctl -w ${key}=1`),
      ],
    },
  ];
}

const NEARLY = 0.9;

function full(facts: Facts): Finding[] {
  const most = Number(facts.settings[`${BASE}nf_conntrack_max`]);
  const count = Number(facts.settings[`${BASE}nf_conntrack_count`]);
  if (!(most > 0) || !(count >= most * NEARLY)) return [];
  const key = "net.netfilter.nf_conntrack_max";
  return [
    {
      id: "conntrack-full",
      severity: "error",
      title: "the table of tracked connections is nearly full",
      found: [`${count} of ${most} entries are in use`],
      why: "When it is full the kernel drops the first packet of every new connection, on all uplinks.",
      remedy: [
        write("/etc/sysctl.d/60-waymark-conntrack.conf", `${key} = ${most * 4}\n`),
        run(`sysctl -w ${key}=${most * 4}`),
      ],
    },
  ];
}

/** NOTRACK rules take packets out of what pinning and translation work on. */
function untracked({ filter }: Facts): Finding[] {
  const found = (filter?.chains ?? []).flatMap((chain) =>
    chain.rules
      .filter((rule) => rule.untracked)
      .map((rule) => `${chain.owner}, chain ${chain.name}: ${rule.text}`),
  );
  if (found.length === 0) return [];
  return [
    {
      id: "conntrack-bypassed",
      severity: "warning",
      title: "rules of another program keep packets from connection tracking",
      found,
      why: "Such packets are neither pinned to an uplink nor translated: what goes to the internet leaves with the address of the LAN, and gets no answer.",
      remedy: [
        note("let these rules name only traffic that stays inside, or take them out where they are made"),
      ],
    },
  ];
}
