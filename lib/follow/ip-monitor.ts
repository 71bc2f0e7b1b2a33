/** Listens to links, addresses, routes and rules. */

import { readIpLine } from "./ip-line.ts";
import { Known } from "./known.ts";
import { NETLINK } from "./listening.ts";
import { type Listener, type Monitor, shortened, startMonitor } from "./monitor.ts";

const ARGS = ["-o", "-N", "monitor", "label", "link", "address", "route", "rule"] as const;

export function listenToIp(listener: Listener): Monitor {
  const { heard } = listener;
  const known = new Known();
  const onLine = (line: string) => {
    const change = readIpLine(line);
    if (change === null || !known.isNew(change)) return;
    switch (change.kind) {
      case "link":
        heard({ kind: "link", device: change.device });
        break;
      case "address":
        heard({ kind: "address", device: known.nameOf(change) });
        break;
      case "others":
        heard({ kind: "others" });
        break;
      case "route":
      case "rule":
      case "default":
        heard({ kind: change.kind, ...(change.gone ? { removed: shortened(line) } : {}) });
        break;
    }
  };
  return startMonitor(listener, {
    file: "ip",
    args: ARGS,
    protocol: NETLINK.route,
    onLine,
    // "netlink receive error No buffer space available (105)": it goes on listening.
    onComplaint: () => {
      known.forget();
      heard({ kind: "missed" });
    },
    onEnd: () => known.forget(),
  });
}
