/**
 * resolvconf(8), Debian's or openresolv. One record with all servers in the order of preference. Its name is chosen for
 * where it comes in the order of interfaces that both have (interface-order(5), `dynamic_order` of resolvconf.conf(5)):
 * behind those of tunnels, whose servers a VPN wants to be asked first, and before those of cards and PPP.
 */

import { type Command, CommandError, type Run } from "../kernel/command.ts";
import type { Publishing } from "./publisher.ts";
import type { PublishedServers } from "./wanted.ts";

const RECORD = "vpn.waymark";

/** What resolvconf reads: resolv.conf(5). */
export function recordText(entries: readonly PublishedServers[]): string {
  return entries.flatMap(({ servers }) => servers.map((server) => `nameserver ${server}\n`)).join("");
}

export function resolvconf(run: Run): Publishing {
  const call = async (command: Command) => {
    const result = await run(command);
    if (result.exitCode !== 0) throw new CommandError(command, result);
  };
  /** openresolv complains when it is to take away a record that it does not have. */
  const hasRecord = async () => {
    const command: Command = { file: "resolvconf", args: ["-i"] };
    const result = await run(command);
    // Status 1 says that there are none at all.
    if (result.exitCode === null) throw new CommandError(command, result);
    return result.stdout.split(/\s+/).includes(RECORD);
  };
  return {
    remember: async (_entries, before) => before,
    publish: async (entries, before) => {
      await call({ file: "resolvconf", args: ["-a", RECORD], input: recordText(entries) });
      return before;
    },
    withdraw: async () => {
      if (await hasRecord()) await call({ file: "resolvconf", args: ["-d", RECORD] });
    },
  };
}
