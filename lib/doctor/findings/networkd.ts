/** systemd-networkd takes away rules and routes that it did not make. */

import { isNo, settingLines, settingOf } from "../drop-ins.ts";
import type { Facts } from "../facts.ts";
import { type Finding, run, write } from "../finding.ts";
import { quote } from "../lines.ts";
import { isEnabled, isWatching, runs } from "../units.ts";

const KEYS = ["ManageForeignRoutingPolicyRules", "ManageForeignRoutes"] as const;

const DROP_IN = "/etc/systemd/networkd.conf.d/60-waymark.conf";

export function networkd(facts: Facts): Finding[] {
  const isRunning = runs(facts, "systemd-networkd");
  if (!isRunning && !isEnabled(facts, "systemd-networkd.service")) return [];
  const lines = KEYS.map((key) => settingLines(facts, "systemd/networkd.conf", "Network", key));
  const open = KEYS.filter((_, place) => {
    const last = lines[place]?.at(-1);
    return last === undefined || !isNo(settingOf(last));
  });
  if (open.length === 0) return [];
  const configures = Object.keys(facts.files).filter((path) =>
    /^\/(etc|run)\/systemd\/network\/[^/]+\.network$/.test(path),
  );
  const written = lines.flat().map(quote);
  return [
    {
      id: "networkd-deletes-rules",
      severity: configures.length > 0 && !isWatching(facts) ? "error" : "warning",
      title: "systemd-networkd deletes rules and routes that are not its own, Waymark's among them",
      found: [
        isRunning ? "systemd-networkd runs" : "systemd-networkd.service is enabled",
        ...(written.length > 0 ? written : [`no file of networkd.conf says ${open.join("=no or ")}=no`]),
        ...(configures.length > 0
          ? [`it configures interfaces: ${configures.join(", ")}`]
          : ["no .network file in /etc or /run: it touches nothing until it has an interface to configure"]),
      ],
      why: "When it starts, is reloaded, or configures an interface, traffic goes by the main table until the next link event brings Waymark's rules back.",
      remedy: [
        write(DROP_IN, `[Network]\n${KEYS.map((key) => `${key}=no\n`).join("")}`),
        run("systemctl restart systemd-networkd"),
        run("waymark apply"),
      ],
    },
  ];
}
