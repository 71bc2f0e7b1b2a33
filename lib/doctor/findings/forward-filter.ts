/** Packet filters that let nothing through from the LAN to an uplink, or not what a one-armed router sees. */

import type { UplinkState } from "../../plan/uplink-state.ts";
import type { Facts } from "../facts.ts";
import { type Finding, note, run, type Step, shellWord } from "../finding.ts";
import { lanDevices, routes } from "../lan.ts";
import type { FilterChain } from "../packet-filter/model.ts";
import { fateIn, type Passing } from "../packet-filter/passage.ts";

interface Blocked {
  readonly packet: Passing;
  readonly chain: FilterChain;
  readonly by: string;
}

export function forwardFilter(facts: Facts): Finding[] {
  if (facts.house === null || facts.filter === null || !routes(facts)) return [];
  const bases = facts.filter.chains.filter(
    ({ hook, families }) => hook === "forward" && families.includes(4),
  );
  const uplinks = facts.house.uplinks.filter(({ link }) => link !== null);
  const lan = lanDevices(facts);
  const blocked = (packets: readonly Passing[]) =>
    packets.flatMap((packet) => bases.flatMap((chain) => dropsIn(chain, facts.filter?.chains ?? [], packet)));
  const out = blocked(
    uplinks.flatMap(({ interface: output }) =>
      lan
        .filter((input) => input !== output)
        .map((input) => ({ input, output: output ?? "", state: "new" as const })),
    ),
  );
  const back = blocked(
    uplinks.flatMap(({ interface: input }) =>
      lan
        .filter((output) => output !== input)
        .map((output) => ({ input: input ?? "", output, state: "established" as const })),
    ),
  );
  const oneArmed = blocked(
    uplinks
      .filter(({ uplink }) => uplink.lan && uplink.nat === "none")
      .map(({ interface: name }) => ({ input: name ?? "", output: name ?? "", state: "invalid" as const })),
  );
  return [...lanCutOff(facts, uplinks, out.length > 0 ? out : back), ...halfSeen(oneArmed)];
}

function dropsIn(chain: FilterChain, chains: readonly FilterChain[], packet: Passing): Blocked[] {
  const fate = fateIn(chain, chains, packet);
  return fate.kind === "dropped" ? [{ packet, chain, by: fate.by }] : [];
}

function told({ packet, chain, by }: Blocked): string {
  return `${packet.input} to ${packet.output} (${packet.state}): ${chain.owner}, table ${chain.table}: ${by}`;
}

function lanCutOff(facts: Facts, uplinks: readonly UplinkState[], blocked: readonly Blocked[]): Finding[] {
  const [first] = blocked;
  if (first === undefined) return [];
  const pairs = blocked.map(({ packet }) => [packet.input, packet.output]);
  return [
    {
      id: "forward-dropped",
      severity:
        facts.house?.config.router.forward === true || uplinks.some(({ uplink }) => uplink.lan)
          ? "error"
          : "warning",
      title: "a packet filter drops what LAN clients send to, or get from, an uplink",
      found: [...new Set(blocked.map(told))],
      why: "Waymark routes and translates, but every chain of the forward hook has to let a packet pass.",
      remedy: remedyFor(facts, pairs as [string, string][], first.chain),
    },
  ];
}

function remedyFor(facts: Facts, pairs: readonly [string, string][], chain: FilterChain): Step[] {
  const has = (name: string) =>
    facts.filter?.chains.some((one) => one.name === name && one.owner === chain.owner) === true;
  const sides = pairs.map(([input, output]) => [shellWord(input), shellWord(output)] as const);
  if (has("ufw-user-forward")) {
    return sides.map(([input, output]) => run(`ufw route allow in on ${input} out on ${output}`));
  }
  if (/firewalld/.test(chain.owner)) {
    return [
      note("put the LAN's device and the uplinks into zones, and let the first reach the second:"),
      run("firewall-cmd --permanent --new-policy waymark-out"),
      run(
        "firewall-cmd --permanent --policy waymark-out --add-ingress-zone internal --add-egress-zone external --set-target ACCEPT",
      ),
      run("firewall-cmd --reload"),
    ];
  }
  const tool = chain.owner.startsWith("iptables-legacy") ? "iptables-legacy" : "iptables";
  if (has("DOCKER-USER") || chain.owner.startsWith("iptables")) {
    const target = has("DOCKER-USER") ? "DOCKER-USER" : "FORWARD";
    return [
      ...sides.map(([input, output]) => run(`${tool} -I ${target} -i ${input} -o ${output} -j ACCEPT`)),
      run(`${tool} -I ${target} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`),
      note(
        "and put the same into what loads these rules at boot (iptables-persistent, or the program's own hook)",
      ),
    ];
  }
  const place = `${chain.owner.replace(/^nft table /, "")} ${chain.name}`;
  return [
    ...sides.map(([input, output]) =>
      run(`nft insert rule ${place} iifname ${input} oifname ${output} accept`),
    ),
    run(`nft insert rule ${place} ct state established,related accept`),
    note("and put the same into the file that loads this table, commonly /etc/nftables.conf"),
  ];
}

/** The router in the LAN answers its clients directly: conntrack sees one direction, and calls the rest invalid. */
function halfSeen(blocked: readonly Blocked[]): Finding[] {
  return blocked.map((one) => {
    const device = shellWord(one.packet.input);
    const accept = one.chain.owner.startsWith("nft")
      ? `nft insert rule ${one.chain.owner.replace(/^nft table /, "")} ${one.chain.name} iifname ${device} oifname ${device} accept`
      : `${one.chain.owner} -I ${one.chain.name} -i ${device} -o ${device} -j ACCEPT`;
    return {
      id: "one-armed-invalid-dropped",
      severity: "error",
      title: `a packet filter drops connections of LAN clients that go out by ${one.packet.input} again`,
      found: [told(one)],
      why: "The router there answers the clients directly, so that connection tracking sees one direction only and calls the rest invalid: every TCP connection stops after its first packet.",
      remedy: [run(accept), note("and put the same into what loads these rules at boot")],
    };
  });
}
