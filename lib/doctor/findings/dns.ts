/** Name servers that only one uplink reaches: when it is down, names are gone though the internet is there. */

import { contains, parseAddress } from "../../net/prefix.ts";
import type { UplinkState } from "../../plan/uplink-state.ts";
import type { Facts } from "../facts.ts";
import { append, edit, type Finding, note, run, type Step } from "../finding.ts";
import { type Line, linesOf, quote } from "../lines.ts";
import { runs } from "../units.ts";

interface Server {
  readonly address: string;
  /** The device that the resolver itself ties it to (`server=192.0.2.1@ppp0`). */
  readonly device: string | null;
  readonly line: Line;
}

const RESOLV = "/etc/resolv.conf";
/** The C library asks no more (resolv.conf(5), MAXNS). */
const MOST = 3;

export function dns(facts: Facts): Finding[] {
  const { house } = facts;
  if (house === null || house.uplinks.length < 2) return [];
  if (house.config.dns.publish !== "none") return [];
  const { servers, source } = resolver(facts);
  return [...oneLineOnly(facts, house.uplinks, servers, source), ...noServer(facts, servers, source)];
}

/** Who is asked in the end: the servers of resolv.conf, or those of the local one that stands there. */
function resolver(facts: Facts): { servers: Server[]; source: string } {
  const direct = resolvServers(facts, RESOLV).slice(0, MOST);
  const local =
    direct.length > 0 && direct.every(({ address }) => address.startsWith("127.") || address === "::1");
  if (!local) return { servers: direct, source: RESOLV };
  if (direct[0]?.address === "127.0.0.53" || direct[0]?.address === "127.0.0.54") {
    const path = "/run/systemd/resolve/resolv.conf";
    return { servers: resolvServers(facts, path), source: "systemd-resolved" };
  }
  return runs(facts, "dnsmasq")
    ? { servers: dnsmasqServers(facts), source: "dnsmasq" }
    : { servers: [], source: "a local resolver that is not known here" };
}

function resolvServers({ files }: Facts, path: string): Server[] {
  return linesOf(path, files[path] ?? "").flatMap((line) => {
    const address = /^nameserver\s+(\S+)/.exec(line.text)?.[1]?.split("%")[0];
    return address === undefined ? [] : [{ address, device: null, line }];
  });
}

/** `server=` lines that hold for every name, and those of the file that it reads. */
function dnsmasqServers(facts: Facts): Server[] {
  const lines = Object.entries(facts.files)
    .filter(([path]) => /^\/etc\/dnsmasq\.(conf|d\/[^/]+)$/.test(path))
    .flatMap(([path, text]) => linesOf(path, text));
  const written = lines.flatMap((line) => {
    const [, address, device = null] =
      /^server=([0-9A-Fa-f.:]+)(?:#\d+)?(?:@([^#\s]+))?/.exec(line.text) ?? [];
    return address === undefined ? [] : [{ address, device, line }];
  });
  const reads = lines.flatMap(({ text }) => /^resolv-file=(\S+)/.exec(text)?.[1] ?? []);
  const paths = lines.some(({ text }) => text === "no-resolv") ? [] : [...reads, "/run/dnsmasq/resolv.conf"];
  const path = paths.find((one) => facts.files[one] !== undefined);
  return [...written, ...(path === undefined ? [] : resolvServers(facts, path))];
}

/** The uplink that alone reaches a server: it stands in that uplink's network, or is tied to its device. */
function onlyWay(uplinks: readonly UplinkState[], { address, device }: Server): UplinkState | null {
  if (device !== null) return uplinks.find((uplink) => uplink.interface === device) ?? null;
  const family = parseAddress(address)?.family;
  const near = uplinks.filter(({ path4, path6 }) =>
    [path4, path6].some(
      (path) =>
        path !== null &&
        path.family === family &&
        (path.gateway === address || path.networks.some((network) => contains(network, address))),
    ),
  );
  return near.length === 1 ? (near[0] ?? null) : null;
}

function oneLineOnly(
  facts: Facts,
  uplinks: readonly UplinkState[],
  servers: readonly Server[],
  source: string,
): Finding[] {
  const ways = servers.map((server) => onlyWay(uplinks, server));
  const [first] = ways;
  if (first === undefined || first === null || ways.some((way) => way !== first)) return [];
  return [
    {
      id: "dns-by-one-uplink",
      severity: "warning",
      title: `every name server is reached by ${first.uplink.name} only`,
      found: servers.map(({ line }) => quote(line)),
      why: `When ${first.uplink.name} is down the other uplinks work, and no name is found. ${source} is asked.`,
      remedy: remedyFor(facts, source),
    },
  ];
}

const CONFIG = "/etc/waymark/waymark.toml";

/** Waymark's own remedy, or a server that every line reaches. */
function remedyFor({ files }: Facts, source: string): Step[] {
  const written = linesOf(CONFIG, files[CONFIG] ?? "").find(({ text }) => /^(dns\.)?publish\s*=/.test(text));
  const own =
    written === undefined
      ? append(CONFIG, '[dns]\npublish = "auto"\n')
      : edit(CONFIG, written.text, written.text.replace(/=.*$/, '= "auto"'));
  return [own, run("waymark apply"), note(`or ask a server that every line reaches: ${byHand(source)}`)];
}

function byHand(source: string): string {
  switch (source) {
    case "dnsmasq":
      return "server=9.9.9.9 in /etc/dnsmasq.d/waymark.conf";
    case "systemd-resolved":
      return "DNS=9.9.9.9 below [Resolve] in /etc/systemd/resolved.conf.d/60-waymark.conf";
    default:
      return `nameserver 9.9.9.9 in ${RESOLV}, or in the program that writes it`;
  }
}

function noServer(facts: Facts, servers: readonly Server[], source: string): Finding[] {
  if (servers.length > 0 || source !== RESOLV) return [];
  return [
    {
      id: "dns-none",
      severity: "warning",
      title: `${RESOLV} names no server`,
      found: [`no nameserver line in ${RESOLV}`],
      why: "Programs then ask a server on this machine itself, which is unlikely to be there.",
      remedy: remedyFor(facts, source),
    },
  ];
}
