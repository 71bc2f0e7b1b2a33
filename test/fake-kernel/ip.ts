/** iproute2 6.1 before the kernel in memory: exactly the commands that Waymark gives it, with its own words. */

import type { Result } from "../../lib/kernel/command.ts";
import type { Family } from "../../lib/net/prefix.ts";
import { type FakeKernel, hardwareAddress, showRoute, slotOf } from "./kernel.ts";
import { type FakeAddress, type FakeLink, type FakeRoute, NotUnderstood, Refused, take } from "./objects.ts";
import { addRule, deleteRule, parseRule, ruleJson, showRule } from "./rules.ts";

const BATCH = "-N -j -force -batch -";

/** @param lines how many lines of a batch are read before it is ended by a signal; null: all */
export function runIp(
  kernel: FakeKernel,
  args: readonly string[],
  input: string,
  lines: number | null,
): Result {
  const words = args.join(" ");
  if (words === BATCH) return runLines(kernel, 4, input, lines);
  if (words === `-4 ${BATCH}`) return runLines(kernel, 4, input, lines);
  if (words === `-6 ${BATCH}`) return runLines(kernel, 6, input, lines);
  if (words === "-j neighbour show") return ok(JSON.stringify(neighboursJson(kernel)));
  const single = /^-([46]) -N -j route show table (\d+)$/.exec(words);
  if (single === null) throw new NotUnderstood(`ip ${words}`);
  const family = Number(single[1]) as Family;
  const table = Number(single[2]);
  const list = routesJson(kernel, family, table);
  if (list.length > 0) return ok(JSON.stringify(list));
  return {
    exitCode: 2,
    stdout: "[",
    stderr: `Error: ipv${family}: FIB table does not exist.\nDump terminated\n`,
  };
}

const ok = (stdout: string): Result => ({ exitCode: 0, stdout: `${stdout}\n`, stderr: "" });

function runLines(kernel: FakeKernel, family: Family, input: string, limit: number | null): Result {
  const out: string[] = [];
  const err: string[] = [];
  const given = input.split("\n").filter((line) => line !== "");
  for (const [place, line] of given.entries()) {
    if (limit !== null && place >= limit)
      return { exitCode: null, stdout: out.join(""), stderr: err.join("") };
    try {
      const shown = runLine(kernel, family, line.split(" "));
      if (shown !== null) out.push(`${JSON.stringify(shown)}\n`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      err.push(`${error.message}\nCommand failed -:${place + 1}\n`);
    }
  }
  return { exitCode: err.length === 0 ? 0 : 1, stdout: out.join(""), stderr: err.join("") };
}

/** @returns the list that a `show` prints; null: nothing */
function runLine(kernel: FakeKernel, family: Family, words: readonly string[]): unknown[] | null {
  const [object, verb, ...rest] = words;
  switch (`${object} ${verb}`) {
    case "address show":
      return [...kernel.links.values()].map(linkJson);
    case "rule show":
      return kernel.rules
        .filter((rule) => rule.family === family)
        .map((rule) => ruleJson(rule, kernel.links, kernel.rules));
    case "netconf show":
      return netconfJson(kernel);
    case "neighbour show":
      return neighboursJson(kernel);
    case "route show":
      return showRoutes(kernel, family, rest);
    case "route replace":
      return replaceRoute(kernel, readRoute(rest));
    case "route del":
      return deleteRoute(kernel, readRoute(rest));
    case "rule add": {
      const rule = parseRule(family, rest);
      addRule(kernel.rules, rule);
      kernel.changed(`add ${showRule(rule)}`);
      return null;
    }
    case "rule del":
      kernel.changed(`del ${showRule(deleteRule(kernel.rules, parseRule(family, rest)))}`);
      return null;
    case "neighbour replace":
    case "neighbour flush":
      return changeNeighbours(kernel, verb ?? "", rest);
    default:
      throw new NotUnderstood(`ip ${words.join(" ")}`);
  }
}

/** What `ip route show` may be narrowed to; null: all types. */
const ROUTE_TYPES: Readonly<Record<string, number | null>> = {
  "": null,
  "type unicast": 1,
  "type unreachable": 7,
};

function showRoutes(kernel: FakeKernel, family: Family, rest: readonly string[]): unknown[] {
  const [word, table, narrowed, metric] = rest;
  if (word === "table" && narrowed === "metric" && rest.length === 4) {
    const all = routesJson(kernel, family, Number(table)) as readonly { readonly metric?: number }[];
    // What a listing is narrowed to, iproute2 leaves out of it (iproute.c: filter.metricmask).
    return all.flatMap(({ metric: own, ...shown }) => (own === Number(metric) ? [shown] : []));
  }
  const type = rest.slice(2).join(" ");
  if (word !== "table" || !(type in ROUTE_TYPES)) throw new NotUnderstood(`ip route show ${rest.join(" ")}`);
  return table === "all"
    ? [...routesJson(kernel, 4, null, ROUTE_TYPES[type]), ...routesJson(kernel, 6, null, ROUTE_TYPES[type])]
    : routesJson(kernel, family, Number(table), ROUTE_TYPES[type]);
}

/** The words of `route replace` and `route del`, in any order that iproute2 takes. */
function readRoute(words: readonly string[]): FakeRoute {
  const rest = [...words];
  const unreachable = rest[0] === "unreachable";
  if (unreachable) rest.shift();
  const destination = rest.shift() ?? "";
  const values = new Map<string, string>();
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!["via", "dev", "table", "metric", "proto", "src", "onlink", "realm"].includes(word))
      throw new NotUnderstood(`ip route … ${word}`);
    values.set(word, word === "onlink" ? "" : (rest.shift() ?? ""));
  }
  const family = [destination, values.get("via") ?? ""].some((text) => text.includes(":")) ? 6 : 4;
  return {
    family,
    table: Number(values.get("table")),
    type: unreachable ? 7 : 1,
    destination: destination === "::/0" ? "default" : destination,
    gateway: values.get("via") ?? null,
    device: values.get("dev") ?? null,
    metric: Number(values.get("metric")),
    protocol: Number(values.get("proto")),
    source: values.get("src") ?? null,
    onlink: values.has("onlink"),
    realm: Number(values.get("realm") ?? 0),
  };
}

function needDevice(kernel: FakeKernel, device: string): FakeLink {
  const link = kernel.links.get(device);
  if (link === undefined) throw new Refused(`Cannot find device "${device}"`);
  return link;
}

function replaceRoute(kernel: FakeKernel, route: FakeRoute): null {
  if (route.type === 1) checkRoute(kernel, route);
  kernel.addRoute(route);
  kernel.changed(`replace ${showRoute(route)}`);
  return null;
}

/** What the kernel demands of a unicast route, in its order and words. */
function checkRoute(kernel: FakeKernel, route: FakeRoute): void {
  const link = needDevice(kernel, route.device ?? "");
  const { gateway, source } = route;
  if (!link.up && route.onlink) throw new Refused("Error: Nexthop device is not up.");
  if (!link.up && gateway === null) throw new Refused("Error: Device for nexthop is not up.");
  if (gateway !== null && !route.onlink && (!link.up || !kernel.isReachable(gateway, link.name)))
    throw new Refused(
      route.family === 4 ? "Error: Nexthop has invalid gateway." : "RTNETLINK answers: No route to host",
    );
  const local = [...kernel.links.values()].some(({ addresses }) =>
    addresses.some((address) => address.local === source),
  );
  if (source !== null && !local) throw new Refused("Error: Invalid prefsrc address.");
}

function deleteRoute(kernel: FakeKernel, given: FakeRoute): null {
  if (given.device !== null) needDevice(kernel, given.device);
  if (!kernel.routes.some((route) => route.family === given.family && route.table === given.table))
    throw new Refused("Error: FIB table does not exist.");
  const gone = take(
    kernel.routes,
    (route) =>
      slotOf(route) === slotOf(given) &&
      route.type === given.type &&
      route.protocol === given.protocol &&
      (given.gateway === null || given.gateway === route.gateway) &&
      (given.device === null || given.device === route.device),
  );
  if (gone[0] === undefined) throw new Refused("RTNETLINK answers: No such process");
  kernel.changed(`del ${showRoute(gone[0])}`);
  return null;
}

function changeNeighbours(kernel: FakeKernel, verb: string, words: readonly string[]): null {
  const text = words.join(" ");
  const ask = /^(\S+) dev (\S+) nud none use$/.exec(text);
  const flush = /^(?:(\S+) )?dev (\S+)$/.exec(text);
  if (verb === "replace" && ask !== null) {
    const [, address = "", device = ""] = ask;
    const link = needDevice(kernel, device);
    take(kernel.neighbours, (entry) => entry.address === address && entry.device === device);
    const heard = link.up && link.carrier && link.answers.has(address);
    kernel.neighbours.push({ address, device, heard });
  } else if (verb === "flush" && flush !== null) {
    const [, address, device = ""] = flush;
    needDevice(kernel, device);
    take(
      kernel.neighbours,
      (entry) => entry.device === device && (address === undefined || entry.address === address),
    );
  } else throw new NotUnderstood(`ip neighbour ${verb} ${text}`);
  return null;
}

const neighboursJson = (kernel: FakeKernel) =>
  kernel.neighbours.map(({ address, device, heard }) => ({
    dst: address,
    dev: device,
    ...(heard ? { lladdr: "02:00:00:00:00:01", state: ["REACHABLE"] } : { state: ["INCOMPLETE"] }),
  }));

function linkJson(link: FakeLink): unknown {
  const flags = [
    ...(link.up && !link.carrier ? ["NO-CARRIER"] : []),
    link.pointToPoint ? "POINTOPOINT" : "BROADCAST",
    "MULTICAST",
    ...(link.up ? ["UP"] : []),
    ...(link.up && link.carrier ? ["LOWER_UP"] : []),
  ];
  return {
    ifindex: link.index,
    ifname: link.name,
    flags: link.name === "lo" ? ["LOOPBACK", "UP", "LOWER_UP"] : flags,
    mtu: 1500,
    group: "0",
    ...(hardwareAddress(link) === "" ? {} : { address: hardwareAddress(link) }),
    addr_info: link.addresses.map((address) => addressJson(address, link.name)),
  };
}

const addressJson = (address: FakeAddress, label: string) => ({
  family: address.family === 4 ? "inet" : "inet6",
  local: address.local,
  ...(address.peer === null ? {} : { address: address.peer }),
  prefixlen: address.length,
  scope: label === "lo" ? "254" : address.local.startsWith("fe80:") ? "253" : "0",
  ...(address.family === 4 ? { label } : {}),
});

/** The protocol that iproute2 does not name. */
const BOOT = 3;

const REVERSE_PATH = ["off", "strict", "loose"];

function netconfJson(kernel: FakeKernel): unknown[] {
  const seen = (family: "ipv4" | "ipv6", name: string, key: string) =>
    Number(kernel.settings.get(`/proc/sys/net/${family}/conf/${name}/${key}`) ?? 0);
  const names = [...kernel.links.keys()];
  return [
    ...names.map((name) => ({
      family: "inet",
      interface: name,
      rp_filter: REVERSE_PATH[seen("ipv4", name, "rp_filter")],
      ignore_routes_with_linkdown: seen("ipv4", name, "ignore_routes_with_linkdown") === 1,
    })),
    { family: "inet", interface: "all", rp_filter: "off", ignore_routes_with_linkdown: false },
    ...names.map((name) => ({
      family: "inet6",
      interface: name,
      ignore_routes_with_linkdown: seen("ipv6", name, "ignore_routes_with_linkdown") === 1,
    })),
  ];
}

function routesJson(
  kernel: FakeKernel,
  family: Family,
  table: number | null,
  type: number | null = null,
): unknown[] {
  return kernel.routes
    .filter((route) => route.family === family && (table === null || route.table === table))
    .filter((route) => type === null || route.type === type)
    .map((route) => {
      const link = route.device === null ? undefined : kernel.links.get(route.device);
      const device = route.device ?? (family === 6 ? "lo" : null);
      return {
        ...(route.type === 1 ? {} : { type: String(route.type) }),
        dst: route.destination,
        ...(route.gateway === null ? {} : { gateway: route.gateway }),
        ...(device === null ? {} : { dev: device }),
        ...(table === null && route.table !== 254 ? { table: String(route.table) } : {}),
        ...(route.protocol === BOOT ? {} : { protocol: String(route.protocol) }),
        ...(route.source === null ? {} : { prefsrc: route.source }),
        ...(route.metric === 0 && family === 4 ? {} : { metric: route.metric }),
        flags: [...(link?.carrier === false ? ["linkdown"] : []), ...(route.onlink ? ["onlink"] : [])],
        ...(route.realm === 0 ? {} : { flow: { to: String(route.realm) } }),
        ...(family === 6 ? { pref: "medium" } : {}),
      };
    });
}
