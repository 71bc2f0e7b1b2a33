/** A router with two lines that share new connections and a third in reserve, and probes that go by each of them. */

import type { Check, CheckMethod, CheckTarget } from "../../lib/config/types.ts";
import type { ProbeResult } from "../../lib/health/probe-result.ts";
import { PROBE_GROUP } from "../../lib/plan/layout.ts";
import { bundled } from "./drivers/bundle.ts";
import type { Isp } from "./harness/isp.ts";
import { Lab } from "./harness/lab.ts";
import type { Line } from "./harness/line.ts";
import type { Background } from "./harness/machine.ts";
import { OTHERS, PORT, SERVER } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";

/** The three uplinks, and whom each of them is checked by. */
export const LINES = {
  one: { interface: "eth1", address: "192.168.1.2", target: "203.0.113.81" },
  two: { interface: "eth2", address: "192.168.2.2", target: "203.0.113.82" },
  spare: { interface: "ppp0", address: "198.51.100.7", target: "203.0.113.83" },
} as const;
export type Name = keyof typeof LINES;
export const NAMES: readonly Name[] = ["one", "two", "spare"];

/** The other two's. A rule of the administrator's leads `one`'s target by `two`, and `spare` has no source rule. */
const CONFIG = `
[uplink.one]
interface = "eth1"
gateway = "192.168.1.1"
tier = 1
[uplink.two]
interface = "eth2"
gateway = "192.168.2.1"
tier = 1
[uplink.spare]
interface = "ppp0"
tier = 2
loose = true
[[rule]]
destination = "203.0.113.81"
via = "two"
[check]
method = "tcp"
targets = "203.0.113.81:${PORT}"
`;

export interface ProbeHouse {
  readonly lab: Lab;
  readonly router: Router;
  readonly isps: Readonly<Record<Name, Isp>>;
  readonly line: Line;
  /** Dials the line of `spare` again, with the address it had. */
  dial(): Promise<Line>;
}

export async function probeHouse(): Promise<ProbeHouse> {
  const lab = await Lab.open();
  const router = await lab.router();
  const isps = { one: await lab.isp("one"), two: await lab.isp("two"), spare: await lab.isp("spare") };
  for (const [n, name] of (["one", "two"] as const).entries()) {
    await lab.wire(router, `eth${n + 1}`, isps[name], "cust");
    await isps[name].serveLan("cust", `192.168.${n + 1}.1/24`, `192.168.${n + 1}.0/24`);
    await router.sh(`ip addr add 192.168.${n + 1}.2/24 dev eth${n + 1}`);
  }
  const { interface: iface, address: local } = LINES.spare;
  const dial = () => lab.line(router, isps.spare, { iface, local, remote: "100.100.3.1", peer: "spare" });
  const line = await dial();
  await router.apply(CONFIG);
  return { lab, router, isps, line, dial };
}

/** Name and web servers on the internet. */
export async function serveAnswers(lab: Lab): Promise<void> {
  const server = lab.internet.spawn(["node", "-e", await bundled("answers"), ...[SERVER, ...OTHERS]]);
  await server.line(/^ready/);
}

/** A target of each method at the address. */
export function targetOf(method: CheckMethod, address: string, page = "/204"): CheckTarget {
  const base = { family: 4, host: address } as const;
  switch (method) {
    case "ping":
      return { ...base, name: address, port: null };
    case "tcp":
      return { ...base, name: `${address}:${PORT}`, port: PORT };
    case "dns":
      return { ...base, name: address, port: 53 };
    case "http":
      return { ...base, name: `http://${address}${page}`, port: 80 };
  }
}

export function checkOf(
  method: CheckMethod,
  targets: readonly CheckTarget[],
  how: Partial<Check> = {},
): Check {
  return {
    method,
    targets,
    interval: 200,
    // no answer takes as long here, however busy the machine
    timeout: 1000,
    downAfter: 3,
    upAfter: 5,
    quorum: 1,
    window: 20,
    maxLoss: null,
    maxLatency: null,
    downLoss: null,
    downLatency: null,
    expect: method === "http" ? 204 : null,
    keyword: null,
    query: method === "dns" ? "." : null,
    ...how,
  };
}

export type Told = ProbeResult & { readonly name: string; readonly at: number };

export interface StartOptions {
  readonly name?: string;
  readonly nameServers?: readonly string[];
  /** Milliseconds without an answer until extra probes go out. */
  readonly overdue?: number | null;
}

/** The prober that runs in the router. */
export class Probing {
  readonly #program: Background;
  readonly #router: Router;

  private constructor(router: Router, program: Background) {
    this.#router = router;
    this.#program = program;
  }

  /** @param group as the service's front has it: Debian 13's node cannot change its own */
  static async begin(router: Router, group: number = PROBE_GROUP): Promise<Probing> {
    await router.write("/srv/lab/probe.cjs", await bundled("probe"));
    const of = ["setpriv", `--regid=${group}`, "--keep-groups"];
    return new Probing(router, router.spawn([...of, "node", "/srv/lab/probe.cjs"]));
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** Starts the check of an uplink; results bear `name`. */
  async start(uplink: Name, check: Check, how: StartOptions = {}): Promise<void> {
    await this.startOn(uplink, { ...LINES[uplink], family: 4 }, check, how);
  }

  /** Starts the check of any uplink of the configuration. */
  async startOn(
    uplink: string,
    line: { readonly interface: string; readonly address: string; readonly family: 4 | 6 },
    check: Check,
    { name = uplink, nameServers = [], overdue = null }: StartOptions = {},
  ): Promise<void> {
    const { interface: iface, address, family } = line;
    const { mark } = await this.#router.uplink(uplink);
    const spec = { interface: iface, address, family, mark: Number(mark), check, nameServers, overdue };
    this.#say({ start: { name, ...spec } });
  }

  pathsChanged(): void {
    this.#say({ paths: true });
  }

  /** How many results there are so far: what `wait` is to begin behind. */
  get mark(): number {
    return this.results().length;
  }

  results(name?: string): Told[] {
    const all = this.#program.lines.flatMap((line): Told[] => {
      const told = JSON.parse(line) as Partial<Told>;
      return told.outcome === undefined ? [] : [told as Told];
    });
    return name === undefined ? all : all.filter((told) => told.name === name);
  }

  /** Waits for so many results of one kind behind a mark; gives all behind it. */
  async wait(name: string, outcome: Told["outcome"], count = 1, from = 0): Promise<Told[]> {
    return until(
      `${count} of ${name} ${outcome}`,
      async () => {
        const since = this.results()
          .slice(from)
          .filter((told) => told.name === name);
        return since.filter((told) => told.outcome === outcome).length >= count && since;
      },
      20_000,
    ).catch((error: Error) => {
      const last = this.#program.lines.slice(-5).join("\n");
      throw new Error(`${error.message}: ${last} ${this.#program.errors()}`);
    });
  }

  async stop(name: string): Promise<void> {
    this.#say({ stop: name });
    await this.#program.line(new RegExp(`"stopped":"${name}"`));
  }

  /** Ends it all, in peace. */
  async finish(): Promise<void> {
    await this.#program.finish();
  }

  async kill(): Promise<void> {
    await this.#program.kill("SIGKILL");
  }

  #say(order: Readonly<Record<string, unknown>>): void {
    this.#program.say(JSON.stringify(order));
  }
}

/** The pings that run in the router. */
export async function pings(router: Router): Promise<string[]> {
  const { out } = await router.exec(["pgrep", "--ns", String(router.pid), "--nslist", "net", "-ax", "ping"], {
    reject: false,
  });
  return out.split("\n").filter((line) => line !== "");
}
