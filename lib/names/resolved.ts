/**
 * systemd-resolved, by resolvectl(1). It knows servers by link: those in use get the servers, the routing domain `~.`,
 * which has every name asked there and nowhere else, and the mark "default route". NetworkManager and networkd set
 * servers of links too; what a link had is put back when it is no longer in use.
 */

import { type Command, CommandError, type Run } from "../kernel/command.ts";
import type { Done, LinkBefore } from "./done.ts";
import type { Publishing } from "./publisher.ts";
import type { PublishedServers } from "./wanted.ts";

/** Every name: a VPN's more specific domains still win. */
const EVERYTHING = "~.";

/**
 * @param indexOf the kernel's number of a device; null: there is none of that name. A link's settings go with the
 * device.
 */
export function systemdResolved(run: Run, indexOf: (device: string) => number | null): Publishing {
  const call = async (...args: string[]) => {
    const command: Command = { file: "resolvectl", args: ["--no-pager", ...args] };
    const result = await run(command);
    if (result.exitCode !== 0) throw new CommandError(command, result);
    return result.stdout;
  };
  const ask = async (what: string, device: string) => valuesOf(await call(what, device));
  const look = async (device: string, index: number): Promise<LinkBefore> => ({
    index,
    servers: await ask("dns", device),
    domains: await ask("domain", device),
    defaultRoute: (await ask("default-route", device))[0] === "yes",
  });
  const isThere = (device: string, { index }: LinkBefore) => indexOf(device) === index;

  const putBack = async (device: string, before: LinkBefore) => {
    if (!isThere(device, before)) return;
    if (before.servers.length + before.domains.length === 0) {
      await call("revert", device);
      return;
    }
    await call("dns", device, ...orNone(before.servers));
    await call("domain", device, ...orNone(before.domains));
    await call("default-route", device, before.defaultRoute ? "yes" : "no");
  };

  const tell = async ({ interface: device, servers }: PublishedServers, before: LinkBefore) => {
    await call("dns", device, ...servers);
    await call("domain", device, ...new Set([...before.domains, EVERYTHING]));
    await call("default-route", device, "yes");
  };

  return {
    remember: async (entries, before) => {
      const links: Record<string, LinkBefore> = { ...before };
      for (const { interface: device, index } of entries) {
        if (links[device]?.index !== index) links[device] = await look(device, index);
      }
      return links;
    },
    publish: async (entries, before) => {
      // First those that come, so that there is always somebody to be asked.
      for (const entry of entries) {
        const link = before[entry.interface];
        if (link !== undefined && isThere(entry.interface, link)) await tell(entry, link);
      }
      const kept: Record<string, LinkBefore> = {};
      for (const [device, link] of Object.entries(before)) {
        if (entries.some((entry) => entry.interface === device)) kept[device] = link;
        else await putBack(device, link);
      }
      return kept;
    },
    withdraw: async (before: Done["before"]) => {
      for (const [device, link] of Object.entries(before)) await putBack(device, link);
    },
  };
}

/** resolvectl(1) takes an empty word for "none at all". */
const orNone = (words: readonly string[]) => (words.length === 0 ? [""] : words);

/** `Link 5 (ppp0): 9.9.9.9 1.1.1.1`: the words behind the device. */
export function valuesOf(text: string): string[] {
  const line = text.split("\n").find((candidate) => /^Link \d+ \(/.test(candidate)) ?? "";
  const values = /^Link \d+ \([^)]*\):(.*)$/.exec(line)?.[1] ?? "";
  return values.split(" ").filter((word) => word !== "");
}
