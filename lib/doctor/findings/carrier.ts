/** Uplinks by cable that nobody watches: a cable that is pulled or put back wakes no hook. */

import type { UplinkState } from "../../plan/uplink-state.ts";
import { dhcpcdDevices, hasDhcpcdHook } from "../dhcp-clients.ts";
import type { Facts } from "../facts.ts";
import { edit, type Finding, note, run, type Step } from "../finding.ts";
import { linesOf } from "../lines.ts";
import { isWatching, processesOf } from "../units.ts";

/** An uplink, and the port that nobody watches. */
interface Unwatched {
  readonly state: UplinkState;
  readonly port: string;
  /** Other ports of the same bridge, which keeps its carrier for them: the kernel does not see that the uplink is dead. */
  readonly siblings: readonly string[];
}

export function carrier(facts: Facts): Finding[] {
  if (isWatching(facts)) return [];
  const unwatched = (facts.house?.uplinks ?? []).flatMap((state): Unwatched[] => {
    const port = portOf(facts, state);
    if (port === null || watchers(facts, port, state.interface ?? port).length > 0) return [];
    return [{ state, port, siblings: siblingsOf(facts, state, port) }];
  });
  const [hidden, seen] = [true, false].map((isHidden) =>
    unwatched.filter(({ siblings }) => siblings.length > 0 === isHidden),
  );
  return [...findingFor(facts, hidden ?? []), ...findingFor(facts, seen ?? [])];
}

function siblingsOf({ devices }: Facts, { uplink }: UplinkState, port: string): string[] {
  const bridge = devices.find(({ name }) => name === port)?.master ?? null;
  if (uplink.carrier === null || bridge === null) return [];
  return devices.filter(({ name, master }) => master === bridge && name !== port).map(({ name }) => name);
}

/** The device whose cable counts; null: there is no cable (PPP, Wi-Fi, a tunnel), or the device is not here. */
function portOf({ devices }: Facts, { uplink, interface: name }: UplinkState): string | null {
  const device = devices.find((one) => one.name === (uplink.carrier ?? name));
  if (device === undefined || device.wireless || device.pointToPoint) return null;
  const byCable = device.kind === null || ["bridge", "bond", "veth", "vlan", "macvlan"].includes(device.kind);
  return byCable ? device.name : null;
}

/** Programs that see the cable of a port, and whose hook Waymark has. */
function watchers(facts: Facts, port: string, uplink: string): string[] {
  const managed = (device: string) => {
    const state = facts.networkManager?.[device];
    return state !== undefined && state !== "unmanaged";
  };
  return [
    ...(!isPort(facts, port) && (managed(port) || managed(uplink)) ? ["NetworkManager"] : []),
    ...(processesOf(facts, "ifplugd").some(({ words }) => ifplugdDevice(words) === port) ? ["ifplugd"] : []),
    ...(hasDhcpcdHook(facts) && dhcpcdDevices(facts).includes(uplink) ? ["dhcpcd"] : []),
  ];
}

/** Of a port that loses its cable NetworkManager 1.42 and 1.52 say nothing, nor of its bridge: both stay as they are. */
function isPort({ devices }: Facts, name: string): boolean {
  return devices.some((device) => device.name === name && device.master !== null);
}

function stateOf(facts: Facts, port: string): string {
  const state = `${facts.networkManager?.[port] ?? "unknown"} to NetworkManager`;
  return isPort(facts, port) ? `${state}, which says nothing of a bridge's port` : state;
}

/** The device behind `-i`, written apart or together, ifplugd(8). */
function ifplugdDevice(words: readonly string[]): string | null {
  const place = words.findIndex((word) => /^-i/.test(word) || word === "--iface");
  const word = words[place] ?? "";
  if (place < 0) return null;
  return word.length > 2 && !word.startsWith("--") ? word.slice(2) : (words[place + 1] ?? null);
}

function findingFor(facts: Facts, unwatched: readonly Unwatched[]): Finding[] {
  const [first] = unwatched;
  if (first === undefined) return [];
  const isHidden = first.siblings.length > 0;
  const ports = unwatched.map(({ port }) => port);
  const names = unwatched.map(({ state }) => state.uplink.name).join(", ");
  const verified = unwatched.some(({ state }) => state.uplink.verify !== null);
  return [
    {
      id: "carrier-unwatched",
      severity: isHidden ? "error" : "warning",
      title: `nobody tells Waymark of the cable of ${ports.join(", ")} (${names})`,
      found: [
        "waymark watch does not run",
        facts.networkManager === null
          ? "NetworkManager does not run"
          : ports.map((port) => `${port} is ${stateOf(facts, port)}`).join(", "),
        "no ifplugd runs for it",
        hasDhcpcdHook(facts) ? "no dhcpcd looks after it" : "dhcpcd has no hook of Waymark's",
        ...unwatched.flatMap(({ port, siblings }) =>
          siblings.length === 0
            ? []
            : [`the bridge of ${port} has other ports (${siblings.join(", ")}) and keeps its carrier`],
        ),
      ],
      why: isHidden
        ? `When the cable is pulled the kernel goes on using ${names}, and nothing wakes Waymark.`
        : `The kernel itself passes over an uplink whose cable is out, but what is left to do (connections to let go, the guard of its table${verified ? ", the gateway to be asked" : ""}) waits for some other event.`,
      remedy: remedyFor(facts, ports),
    },
  ];
}

const IFPLUGD = "/etc/default/ifplugd";

function remedyFor({ entries, files }: Facts, ports: readonly string[]): Step[] {
  const unit = Object.keys(entries).find((path) => /\/systemd\/system\/waymark-watch\.service$/.test(path));
  if (unit !== undefined) return [run("systemctl enable --now waymark-watch.service")];
  const line = linesOf(IFPLUGD, files[IFPLUGD] ?? "").find(({ text }) => /^INTERFACES=/.test(text));
  if (entries["/usr/sbin/ifplugd"] !== undefined && line !== undefined) {
    const before = line.text.slice("INTERFACES=".length).replace(/["']/g, "").trim();
    const interfaces = [...(before === "" ? [] : [before]), ...ports].join(" ");
    return [edit(IFPLUGD, line.text, `INTERFACES="${interfaces}"`), run("systemctl restart ifplugd")];
  }
  return [
    note("have NetworkManager or dhcpcd look after the port, or on Debian 12: apt-get install ifplugd"),
  ];
}
