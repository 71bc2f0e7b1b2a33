import { readdirSync, readlinkSync } from "node:fs";
import { onTestFinished } from "vitest";
import { Internet, Isp } from "./isp.ts";
import { Line, type LineOptions } from "./line.ts";
import { Machine } from "./machine.ts";
import { Router, type RouterOptions } from "./router.ts";

/**
 * A set of machines joined by wires: the router under test, providers with one internet behind them, clients.
 * Made inside a test, it takes itself down when that test ends, and tells the router's state if it failed.
 */
export class Lab {
  readonly internet: Internet;
  readonly #machines: Machine[] = [];
  readonly #namespaces = new Set<string>();
  #links = 100;
  #isps = 0;
  #router: Router | undefined;
  #closed = false;

  private constructor(internet: Internet) {
    this.internet = internet;
    this.#add(internet);
  }

  /** Opens a lab for the running test. */
  static async open(): Promise<Lab> {
    if (process.getuid?.() !== 0) throw new Error("the lab makes network namespaces: run it as root");
    const lab = new Lab(await Internet.make());
    onTestFinished(async ({ task }) => {
      const failed = task.result?.state === "fail";
      if (failed && lab.#router && !lab.#closed)
        console.log(`${task.name}: the router was left as\n${await lab.#router.dump()}`);
      await lab.close();
    });
    await lab.internet.start();
    return lab;
  }

  async router(options: RouterOptions = {}): Promise<Router> {
    this.#router = this.#add(await Router.make(options));
    return this.#router;
  }

  async machine(name: string): Promise<Machine> {
    return this.#add(await Machine.make(name));
  }

  /** A provider: a namespace with a leg to the internet, which notes every packet its customers send. */
  async isp(name: string): Promise<Isp> {
    const number = ++this.#isps;
    const isp = this.#add(await Isp.make(name, number, this.internet));
    await this.wire(isp, "core", this.internet, `isp${number}`);
    await isp.start();
    return isp;
  }

  /** A client of the router's: one leg, its default route through `via`. */
  async client(name: string, to: Machine, port: string, address: string, via: string): Promise<Machine> {
    const client = await this.machine(name);
    await this.wire(to, port, client, "eth0");
    await client.sh(`ip addr add ${address} dev eth0; ip route add default via ${via}`);
    return client;
  }

  /** An Ethernet switch: a bridge in a namespace of its own; `plug` wires a machine to a port of it. */
  async lan(name: string): Promise<Machine & { plug(machine: Machine, iface: string): Promise<string> }> {
    const box = await this.machine(name);
    await box.sh("ip link add lan type bridge; ip link set lan up");
    const plug = async (machine: Machine, iface: string) => {
      const port = `p${this.#links}`;
      await this.wire(box, port, machine, iface);
      await box.sh(`ip link set ${port} master lan`);
      return port;
    };
    return Object.assign(box, { plug });
  }

  /**
   * A cable between two machines, both ends up. Each end has an index no other device has: with equal indexes the
   * kernel takes a veth for a lone device and may sit on a lost carrier for a second.
   */
  async wire(left: Machine, leftName: string, right: Machine, rightName: string): Promise<void> {
    const [a, b] = [this.#links++, this.#links++];
    await left.sh(
      `ip link add name ${leftName} index ${a} type veth peer name ${rightName} index ${b} netns ${right.pid}`,
    );
    await Promise.all([left.sh(`ip link set ${leftName} up`), right.sh(`ip link set ${rightName} up`)]);
  }

  /** Dials a point-to-point line from the router to a provider; the hook is the caller's to run. */
  async line(router: Router, isp: Isp, options: LineOptions): Promise<Line> {
    return Line.dial(router, isp, this.internet, options);
  }

  #add<T extends Machine>(machine: T): T {
    this.#machines.push(machine);
    this.#namespaces.add(machine.netns);
    return machine;
  }

  /** Ends every process in the lab's namespaces; the kernel takes the namespaces and their devices away then. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      if (this.#machines.some((machine) => String(machine.pid) === pid)) continue;
      try {
        if (this.#namespaces.has(readlinkSync(`/proc/${pid}/ns/net`))) process.kill(Number(pid), "SIGKILL");
      } catch {
        // gone meanwhile, or nobody we may look at
      }
    }
    await Promise.all(this.#machines.map((machine) => machine.dispose()));
  }
}
