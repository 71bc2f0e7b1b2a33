import type { Machine } from "./machine.ts";

/** What the kernel told of changes to rules, routes and packet filter while it was watched. */
export interface Watch {
  /** Ends the watch and gives every change but the lab's own signal. */
  stop(): Promise<string[]>;
}

const SIGNAL = /192\.0\.2\.255|labsignal|# new generation|^$/;

/** Follows `ip monitor` and `nft monitor`; returns when both are known to listen. */
export async function watch(machine: Machine): Promise<Watch> {
  const routes = machine.spawn(["stdbuf", "-oL", "ip", "-o", "monitor", "route", "rule", "nexthop"]);
  const filter = machine.spawn(["stdbuf", "-oL", "nft", "monitor"]);
  // A change of our own, seen at both ends, proves that all before it was seen too.
  const signal = async () => {
    const [r, f] = [routes.lines.length, filter.lines.length];
    await machine.sh("ip route replace 192.0.2.255/32 dev lo table 99999; nft add table inet labsignal");
    await machine.sh("ip route del 192.0.2.255/32 dev lo table 99999; nft delete table inet labsignal");
    await Promise.all([
      routes.line(/^Deleted.*192\.0\.2\.255/, 300, r),
      filter.line(/delete table inet labsignal/, 300, f),
    ]);
  };
  let tries = 0;
  for (;;) {
    try {
      await signal();
      break;
    } catch (error) {
      if (++tries > 10) throw error;
    }
  }
  const [r0, f0] = [routes.lines.length, filter.lines.length];
  return {
    stop: async () => {
      await signal();
      const lines = [...routes.lines.slice(r0), ...filter.lines.slice(f0)];
      await Promise.all([routes.kill(), filter.kill()]);
      return lines.filter((line) => !SIGNAL.test(line));
    },
  };
}
