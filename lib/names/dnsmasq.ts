/**
 * dnsmasq(8) with `servers-file=/run/waymark/dnsmasq.servers` in its configuration: the one file that it reads anew on
 * SIGHUP. It keeps the servers that it knows if the file is gone, so an empty one stays behind.
 */

import type { Publishing } from "./publisher.ts";
import type { PublishedServers } from "./wanted.ts";

/** Everything outside that this touches. */
export interface DnsmasqEdge {
  readServers(): string | null;
  writeServers(text: string): void;
  /** Has every dnsmasq of the machine's own read its file anew. */
  reload(): void;
}

const HEAD =
  "# Written by waymark: the name servers of the uplinks in use, each to be asked through its own.\n";

/** The file's text: `server=ADDRESS@INTERFACE` binds the question to the device. */
export function serversFile(entries: readonly PublishedServers[]): string {
  const lines = entries.flatMap(({ servers, interface: device, index, uplink }) => [
    // The number makes another text of a device that came anew: dnsmasq has to open its sockets again.
    `# ${uplink}: ${device} (${index})\n`,
    ...servers.map((server) => `server=${server}@${device}\n`),
  ]);
  return HEAD + lines.join("");
}

export function dnsmasq(edge: DnsmasqEdge): Publishing {
  const bring = (text: string) => {
    if (edge.readServers() === text) return;
    edge.writeServers(text);
    edge.reload();
  };
  return {
    remember: async (_entries, before) => before,
    publish: async (entries, before) => {
      bring(serversFile(entries));
      return before;
    },
    withdraw: async () => bring(HEAD),
  };
}

/** Whether a configuration file of dnsmasq's names the file. */
export function namesServersFile(text: string, path: string): boolean {
  return text.split("\n").some((line) => {
    const [key = "", value = ""] = line.split("=", 2);
    return key.trim() === "servers-file" && value.trim() === path;
  });
}
