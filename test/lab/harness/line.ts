import type { Internet, Isp } from "./isp.ts";
import type { Background } from "./machine.ts";
import type { Router } from "./router.ts";

export interface LineOptions {
  readonly iface: string;
  readonly local: string;
  readonly remote: string;
  /** What pppd's `call` and `linkname` would be; also the name of its second pid file. */
  readonly peer?: string;
  readonly dns?: readonly string[];
}

/** A point-to-point line as pppd leaves it, and the facts that pppd would hand to its hooks. */
export class Line {
  readonly iface: string;
  readonly remote: string;
  readonly peer: string;
  readonly dns: readonly string[];
  readonly #router: Router;
  readonly #isp: Isp;
  readonly #internet: Internet;
  readonly #program: Background;
  local: string;
  #over = false;

  private constructor(
    router: Router,
    isp: Isp,
    internet: Internet,
    program: Background,
    options: LineOptions,
  ) {
    this.#router = router;
    this.#isp = isp;
    this.#internet = internet;
    this.#program = program;
    this.iface = options.iface;
    this.local = options.local;
    this.remote = options.remote;
    this.peer = options.peer ?? "";
    this.dns = options.dns ?? [];
  }

  /** Makes the device pair, its addresses and pppd's pid files. */
  static async dial(router: Router, isp: Isp, internet: Internet, options: LineOptions): Promise<Line> {
    const env = {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      LINE_IF: options.iface,
      LINE_FAR_IF: "cust",
      LINE_FAR_NS: `/proc/${isp.pid}/ns/net`,
    };
    // ahead of everything else, so that packets do not wait in the device for a busy machine; and
    // run from its own folder under the name "call", so that its command line reads "pppd call PEER"
    const exec = 'chdir "/srv/lab"; exec {"/usr/bin/perl"} "/usr/sbin/pppd", @ARGV';
    const peer = options.peer ?? options.iface;
    const program = router.spawn(["chrt", "-f", "10", "perl", "-e", exec, "call", peer], { env });
    await program.line(/^made/);
    const line = new Line(router, isp, internet, program, options);
    await line.#address(options.local);
    await router.write(`/run/${options.iface}.pid`, `${program.pid}\n`);
    if (options.peer)
      await router.write(`/run/ppp-${options.peer}.pid`, `${program.pid}\n${options.iface}\n`);
    return line;
  }

  /** Process id of the stand-in for pppd. */
  get pid(): number {
    return this.#program.pid;
  }

  async #address(local: string): Promise<void> {
    this.local = local;
    await this.#isp.sh(
      `ip addr flush dev cust; ip addr add ${this.remote} peer ${local}/32 dev cust; ip link set cust mtu 1492 up`,
    );
    await this.#internet.route(`${local}/32`, this.#isp);
    await this.#router.sh(
      `ip link set ${this.iface} mtu 1492 up; ip addr add ${local} peer ${this.remote}/32 dev ${this.iface}`,
    );
  }

  /** The session ends and pppd persists: address and link gone, device and process there. Tells as `hangUp` does. */
  async drop(): Promise<number> {
    const before = this.#program.lines.length;
    await this.set("down");
    await this.#router.sh(`ip addr flush dev ${this.iface}`);
    return this.#took(before);
  }

  /** Milliseconds that the kernel needed to take the device down. */
  #took(from: number): number {
    const line = this.#program.lines.slice(from).find((text) => text.startsWith("took"));
    return Number(line?.split(" ")[1] ?? 0);
  }

  /** The same pppd has a session again. */
  async redial(local: string): Promise<void> {
    await this.#address(local);
  }

  /**
   * pppd exits: the device is taken down and unregistered, with everything the kernel tied to it. Tells how many
   * milliseconds the kernel needed to take it down: packets meanwhile are lost with the device.
   */
  async hangUp(): Promise<number> {
    if (this.#over) return 0;
    this.#over = true;
    const before = this.#program.lines.length;
    await this.#program.finish();
    const files = [`/run/${this.iface}.pid`, ...(this.peer ? [`/run/ppp-${this.peer}.pid`] : [])];
    await this.#router.sh(`rm -f ${files.join(" ")}`);
    return this.#took(before);
  }

  /** pppd dies without a word: device gone, pid files left behind, no hook. */
  async die(): Promise<void> {
    this.#over = true;
    await this.#program.kill("SIGKILL");
  }

  /** Silent loss ("mute"), carrier loss ("cut"), and back; or so many milliseconds more for each round trip ("delay"). */
  async set(what: "mute" | "unmute" | "cut" | "mend" | "down" | `delay ${number}`): Promise<void> {
    const before = this.#program.lines.length;
    this.#program.say(what);
    await this.#program.line(new RegExp(`^done ${what}$`), 3000, before);
  }
}
