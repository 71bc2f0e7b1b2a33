/** Forwarding that is off although clients need it, and IPv6 routers that are not listened to. */

import type { Facts } from "../facts.ts";
import { append, edit, type Finding, run, type Step, shellWord, write } from "../finding.ts";
import { quote } from "../lines.ts";
import { devicePath, sysctlLines } from "../sysctl-files.ts";

const FORWARD = "/proc/sys/net/ipv4/ip_forward";

export function forwarding(facts: Facts): Finding[] {
  return [...forwardingOff(facts), ...deafToRouters(facts)];
}

function forwardingOff(facts: Facts): Finding[] {
  const { house } = facts;
  if (house === null || facts.settings[FORWARD] !== "0") return [];
  const { config } = house;
  const clients = [
    ...config.uplinks.filter(({ lan }) => lan).map(({ name }) => `[uplink.${name}] lan = true`),
    ...config.rules
      .filter((rule) => rule.interface !== null)
      .map((rule) => `rule "${rule.name}" for what comes in by ${rule.interface}`),
    ...(config.router.forward === true ? ["[router] forward = true"] : []),
  ];
  if (clients.length === 0) return [];
  const written = sysctlLines(facts, "net.ipv4.ip_forward").filter(({ value }) => value === "0");
  const ruled = config.router.forward === true;
  return [
    {
      id: "forwarding-off",
      severity: "error",
      title: "the kernel does not forward, but there are LAN clients to forward for",
      found: ["net.ipv4.ip_forward = 0", ...clients, ...written.map(quote)],
      why: "What LAN clients send through this machine is dropped.",
      remedy: [
        ...written.map((line): Step => edit(line.path, line.text, "net.ipv4.ip_forward = 1")),
        ...(ruled ? [] : [append("/etc/waymark/waymark.toml", "[router]\nforward = true\n")]),
        run("waymark apply"),
      ],
    },
  ];
}

/** A forwarding machine takes router advertisements only where accept_ra is 2 (ip-sysctl.rst). */
function deafToRouters(facts: Facts): Finding[] {
  return (facts.house?.uplinks ?? []).flatMap(({ uplink, link }): Finding[] => {
    if (link === null || link.pointToPoint) return [];
    const setting = (key: string) => facts.settings[devicePath("ipv6", link.name, key)];
    if (setting("forwarding") !== "1" || setting("accept_ra") !== "1" || setting("disable_ipv6") === "1")
      return [];
    const key = `net.ipv6.conf.${link.name}.accept_ra`;
    return [
      {
        id: "router-advertisements-ignored",
        severity: "warning",
        title: `${link.name} (${uplink.name}) ignores IPv6 router advertisements, since this machine forwards`,
        found: [`net.ipv6.conf.${link.name}.forwarding = 1`, `${key} = 1`],
        why: "Its IPv6 address and default route are not renewed and go away in time, where the kernel itself looks after them.",
        remedy: [
          write("/etc/sysctl.d/60-waymark-ra.conf", `${key} = 2\n`),
          run(`sysctl -w ${shellWord(key)}=2`),
        ],
      },
    ];
  });
}
