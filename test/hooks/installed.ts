import { readdirSync, readlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { Lab } from "../lab/harness/lab.ts";
import type { Line } from "../lab/harness/line.ts";
import type { Router } from "../lab/harness/router.ts";
import { until } from "../lab/harness/wait.ts";
import { FILES, type Recorded } from "./recorded.ts";

/** The checkout, and the built files in it. */
export const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const DIST = process.env.LAB_DIST ?? `${CHECKOUT}/dist`;

/** Where the recordings come from: one Ethernet line with a DHCP address, one PPP line. */
const CONFIG = `
[uplink.cable]
interface = "eth0"
tier = 1

[uplink.lte]
peer = "isp"
tier = 2
`;

const JOURNAL = "/run/journal";

/** A router with the product as installed, its two uplinks up, and everything that it writes to the journal. */
export interface Installed {
  readonly router: Router;
  readonly line: Line;
  /** What was written since the last call. */
  journal(): Promise<string>;
}

/** Makes the router and applies its configuration. */
export async function installed(): Promise<Installed> {
  const lab = await Lab.open();
  const router = await lab.router();
  const [cable, lte] = [await lab.isp("cable"), await lab.isp("lte")];
  await lab.wire(router, "eth0", cable, "cust");
  await cable.serveLan("cust", "192.168.77.1/24", "192.168.77.0/24");
  await router.sh("ip addr add 192.168.77.100/24 dev eth0; ip route add default via 192.168.77.1 dev eth0");
  const ppp = { iface: "ppp0", peer: "isp", local: "10.8.0.2", remote: "10.8.0.1" };
  const line = await lab.line(router, lte, ppp);
  for (const which of ["up", "down"])
    await router.sh(
      `mkdir -p /etc/ppp/ipv6-${which}.d; cp /etc/ppp/ip-${which}.d/waymark /etc/ppp/ipv6-${which}.d`,
    );
  await router.write("/usr/local/sbin/logger", `#!/bin/sh\nexec cat >>${JOURNAL}\n`, 0o755);
  await router.apply(CONFIG);
  const journal = () => router.sh(`cat ${JOURNAL} 2>/dev/null || true; rm -f ${JOURNAL}`);
  return { router, line, journal };
}

/** Processes in the router's network, by id. */
function processes(router: Router): string[] {
  const { netns } = router;
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readlinkSync(`/proc/${pid}/ns/net`) === netns;
    } catch {
      return false;
    }
  });
}

/** What is left of Node when it has said that all is done: it prepares the next event, and ends. */
const LAST_BREATH_MS = 2000;

/** Runs a hook with exactly these arguments and variables: it must end soon, well, silently, and altogether. */
export async function expectMeek(
  router: Router,
  file: string,
  argv: readonly string[],
  env: Recorded["env"],
  title = file,
): Promise<void> {
  const before = processes(router);
  const { code, out, err, ms } = await router.exec([file, ...argv], {
    env,
    reject: false,
    timeoutMs: 25_000,
  });
  // What the loader says of a bad LD_PRELOAD, it says before the first line of the hook is read.
  const said = `${out}${err}`.replace(/^ERROR: ld\.so: object .* cannot be preloaded.*\n?/gm, "");
  expect({ title, code, said }).toEqual({ title, code: 0, said: "" });
  expect(ms, title).toBeLessThan(20_000);
  const isOver = async () => processes(router).join() === before.join();
  await until(`${title}: all its processes have ended`, isOver, LAST_BREATH_MS);
}

/** Runs a recorded invocation. */
export async function replay(router: Router, event: Recorded): Promise<void> {
  await expectMeek(router, FILES[event.hook] ?? "", event.argv, event.env, event.id);
}

/** What an event told of name servers is not known to a fresh start. */
const withoutNameServers = (kernel: string) =>
  kernel
    .split("\n")
    .filter((line) => !/(lookup|table) 87310\b/.test(line))
    .join("\n");

/** Status can be had, both uplinks are up, and the kernel has what it has when all begins anew. */
export async function expectAsFresh(router: Router): Promise<void> {
  const { uplinks, choice, config } = await router.status();
  expect(uplinks.map(({ name, state, interface: device }) => [name, state, device])).toEqual([
    ["cable", "up", "eth0"],
    ["lte", "up", "ppp0"],
  ]);
  expect(choice).toEqual(["cable"]);
  expect(config.error).toBeNull();
  const after = withoutNameServers(await router.kernel());
  await router.waymark(["stop"]);
  await router.sh("rm -rf /run/waymark");
  await router.apply();
  expect(after).toBe(withoutNameServers(await router.kernel()));
}
