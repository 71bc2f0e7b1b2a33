/** `waymark use` */

import { nameServersOf } from "../names/servers.ts";
import { lookAhead } from "../reconcile/look-ahead.ts";
import { orderOf } from "../reconcile/order.ts";
import { readText } from "../state/files.ts";
import { asksItself, planUse } from "../use/plan.ts";
import { UsageError } from "./options.ts";
import { needRoot, openSession } from "./session.ts";

/**
 * Says how a command is to be run over an uplink. Running it is up to the shell front, which still has the caller's
 * environment and gives way to hooks/front/use.pl: `use MARK FAMILIES SERVERS`, words of letters, digits and `.:,-` only.
 * @param words those behind the verb: the uplink, then the command, whose own words are not looked at
 */
export async function useVerb(words: readonly string[]): Promise<number> {
  const [name = "", ...behind] = words;
  // The front leaves it out too.
  const [command] = behind[0] === "--" ? behind.slice(1) : behind;
  if (name.startsWith("-")) throw new UsageError(`unknown option ${name}`);
  if (name === "" || command === undefined) throw new UsageError("an uplink and a command are wanted");
  const session = await openSession(false);
  const order = orderOf(session.system);
  const names = order.config.uplinks.map((uplink) => uplink.name);
  if (!names.includes(name))
    throw new UsageError(`there is no uplink "${name}"; there are ${names.join(", ")}`);
  needRoot(`use ${name} …`);
  if (Object.keys(session.before.uplinks).length === 0)
    throw new Error("Waymark is stopped: sudo waymark apply");
  const { kernel, desired, state } = await lookAhead(order, [], session.before, session.world, {
    thorough: false,
    ask: false,
  });
  const uplink = desired.uplinks.find((one) => one.uplink.name === name);
  const servers = nameServersOf(desired.uplinks, state)[name] ?? [];
  const how = uplink === undefined ? { refuse: `${name} is not known` } : planUse(uplink, kernel, servers);
  if ("refuse" in how) throw new Error(how.refuse);
  if (how.servers.length === 0 && asksItself(readText("/etc/resolv.conf") ?? "")) {
    process.stderr.write(
      `waymark use: no name server of ${name} is known (dns = […] in [uplink.${name}]): names are looked up by this machine's own resolver, over whatever uplink\n`,
    );
  }
  process.stdout.write(`use ${how.mark} ${how.ipv6 ? "46" : "4"} ${how.servers.join(",") || "-"}\n`);
  return 0;
}
