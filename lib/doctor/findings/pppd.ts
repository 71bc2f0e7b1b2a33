/** Options of pppd that work against several uplinks, session by session. */

import type { UplinkState } from "../../plan/uplink-state.ts";
import type { Facts } from "../facts.ts";
import { append, edit, type Finding, note, run, type Step, shellWord } from "../finding.ts";
import { quote } from "../lines.ts";
import { lastOf, type PppdOption, sessionOptions } from "../pppd-options.ts";
import { runs } from "../units.ts";

export function pppd(facts: Facts): Finding[] {
  const uplinks = facts.house?.uplinks ?? [];
  const sessions = uplinks.flatMap((state) => {
    const peer = peerOf(facts, state);
    return peer === null ? [] : [{ state, peer, options: sessionOptions(facts, peer) }];
  });
  return [
    ...sessions.flatMap(({ state, peer, options }) => [
      ...replacesDefault(facts, state, options),
      ...addsDefault(state, options),
      ...silentDeath(facts, state, peer, options),
      ...givesUp(state, peer, options),
      ...onDemand(state, options),
    ]),
    ...movingUnits(facts),
  ];
}

/** The file below /etc/ppp/peers; null: it is no PPP uplink, or its file is not known. */
function peerOf(facts: Facts, { uplink, interface: device }: UplinkState): string | null {
  const name = uplink.peer?.replace(/^\/etc\/ppp\/peers\//, "") ?? null;
  if (name !== null) return facts.files[`/etc/ppp/peers/${name}`] === undefined ? null : name;
  if (!/^ppp\d/.test(device ?? "")) return null;
  const unit = device?.slice("ppp".length);
  const peers = Object.keys(facts.files).flatMap(
    (path) => /^\/etc\/ppp\/peers\/([^/]+)$/.exec(path)?.[1] ?? [],
  );
  return peers.find((peer) => lastOf(sessionOptions(facts, peer), "unit")?.values[0] === unit) ?? null;
}

/** Ethernet uplinks whose gateway is learnt from main lose what they learn it from. */
function replacesDefault(facts: Facts, { uplink }: UplinkState, options: readonly PppdOption[]): Finding[] {
  const option = lastOf(options, "replacedefaultroute", "noreplacedefaultroute");
  if (option?.name !== "replacedefaultroute") return [];
  const learning = (facts.house?.config.uplinks ?? []).filter(
    (one) => one.peer === null && one.gateway === null && !/^ppp\d/.test(one.interface ?? ""),
  );
  if (learning.length === 0) return [];
  return [
    {
      id: "pppd-replaces-default",
      severity: "warning",
      title: `the session of ${uplink.name} takes the main table's default route away from the others`,
      found: [quote(option)],
      why: `The gateway of ${learning.map(({ name }) => name).join(", ")} is learnt from that route (gateway = "auto"): at the next boot it may not be known.`,
      remedy: [
        edit(option.path, option.text, "nodefaultroute"),
        note("the choice of uplink has its own table: pppd need not set a default route at all"),
      ],
    },
  ];
}

function addsDefault({ uplink }: UplinkState, options: readonly PppdOption[]): Finding[] {
  const option = lastOf(options, "defaultroute", "nodefaultroute");
  if (option?.name !== "defaultroute") return [];
  return [
    {
      id: "pppd-default-route",
      severity: "note",
      title: `the session of ${uplink.name} puts a default route into the main table`,
      found: [quote(option)],
      why: "It does no harm: Waymark's choice comes before the main table's default. It serves only while Waymark is stopped.",
      remedy: [],
    },
  ];
}

function silentDeath(
  facts: Facts,
  { uplink }: UplinkState,
  peer: string,
  options: readonly PppdOption[],
): Finding[] {
  const interval = lastOf(options, "lcp-echo-interval");
  const failure = lastOf(options, "lcp-echo-failure");
  if (Number(interval?.values[0] ?? 0) > 0 && Number(failure?.values[0] ?? 0) > 0) return [];
  const path = `/etc/ppp/peers/${peer}`;
  return [
    {
      id: "pppd-no-echo",
      severity: uplink.check !== null ? "note" : "warning",
      title: `pppd never notices when the line of ${uplink.name} dies in silence`,
      found: [
        interval === undefined
          ? `neither ${path} nor /etc/ppp/options has lcp-echo-interval`
          : quote(interval),
        failure === undefined
          ? "lcp-echo-failure is not set either: unanswered echoes have no effect"
          : quote(failure),
      ],
      why: "Without echo requests a PPP link stays up as long as nobody hangs up, and no hook is run.",
      remedy: [append(path, "lcp-echo-interval 5\nlcp-echo-failure 3\n"), ...redial(facts, peer)],
    },
  ];
}

function redial(facts: Facts, peer: string): Step[] {
  const name = shellWord(peer);
  return [...(runs(facts, "pppd") ? [run(`poff ${name}`)] : []), run(`pon ${name}`)];
}

function givesUp({ uplink }: UplinkState, peer: string, options: readonly PppdOption[]): Finding[] {
  const persists = lastOf(options, "persist", "nopersist", "demand");
  if (uplink.redial !== null) return [];
  if (persists === undefined || persists.name === "nopersist") {
    return [
      {
        id: "pppd-hangs-up",
        severity: "note",
        title: `nobody dials ${uplink.name} again when its line drops`,
        found: [`/etc/ppp/peers/${peer} has no persist, and [uplink.${uplink.name}] no redial`],
        why: "pppd ends when the line is lost; the uplink stays away until somebody dials.",
        remedy: [append(`/etc/ppp/peers/${peer}`, "persist\nmaxfail 0\n")],
      },
    ];
  }
  const tries = lastOf(options, "maxfail");
  if (tries?.values[0] === "0") return [];
  return [
    {
      id: "pppd-gives-up",
      severity: "note",
      title: `pppd gives up on ${uplink.name} after ${tries?.values[0] ?? 10} failed attempts`,
      found: [quote(persists), tries === undefined ? "maxfail is not set: 10" : quote(tries)],
      why: "Then it ends in spite of persist, and the uplink stays away until somebody dials.",
      remedy: [
        tries === undefined
          ? append(`/etc/ppp/peers/${peer}`, "maxfail 0\n")
          : edit(tries.path, tries.text, "maxfail 0"),
      ],
    },
  ];
}

function onDemand({ uplink }: UplinkState, options: readonly PppdOption[]): Finding[] {
  const option = lastOf(options, "demand");
  if (option === undefined) return [];
  return [
    {
      id: "pppd-demand",
      severity: "warning",
      title: `${uplink.name} is dialled on demand: it looks up while nobody is connected`,
      found: [quote(option)],
      why: "In demand mode the interface and its address stay while the line is down. Waymark counts the uplink as up, and what is sent there waits for the dial.",
      remedy: [edit(option.path, option.text, "persist")],
    },
  ];
}

/** Several sessions, and an uplink that is told by its number. */
function movingUnits(facts: Facts): Finding[] {
  const uplinks = facts.house?.config.uplinks ?? [];
  const named = uplinks.filter(({ interface: device }) => /^ppp\d+$/.test(device ?? ""));
  const peers = Object.keys(facts.files).flatMap(
    (path) => /^\/etc\/ppp\/peers\/([^/]+)$/.exec(path)?.[1] ?? [],
  );
  const dialling = peers.filter((peer) =>
    sessionOptions(facts, peer).some(({ name, path }) => path.includes("/peers/") && isDialling(name)),
  );
  const fixed = new Set(
    dialling.flatMap((peer) => lastOf(sessionOptions(facts, peer), "unit")?.values[0] ?? []),
  );
  return named
    .filter(({ interface: device }) => dialling.length > 1 && !fixed.has(device?.slice("ppp".length) ?? ""))
    .map((uplink) => ({
      id: "pppd-unit-moves",
      severity: "warning",
      title: `${uplink.name} is told by ${uplink.interface}, which may be another line after the next dial`,
      found: [
        `sessions in /etc/ppp/peers: ${dialling.join(", ")}; none of them says unit ${uplink.interface?.slice(3)}`,
      ],
      why: "pppd gives out pppN in the order in which the lines come up.",
      remedy: [
        edit(
          "/etc/waymark/waymark.toml",
          `interface = "${uplink.interface}"`,
          'peer = "NAME"     # its file in /etc/ppp/peers',
        ),
        run("waymark apply"),
      ],
    }));
}

/** Options that a file has which dials somebody, pppd(8), pppoe.so(8). */
function isDialling(option: string): boolean {
  return /^(connect|pty|plugin)$|^nic-|(^|\/)(rp-)?pppoe(\.so)?$|^(\/dev\/)?tty[A-Za-z]/.test(option);
}
