import { readlinkSync } from "node:fs";
import { execa, type ResultPromise } from "execa";

/** What a command inside a machine gave back. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly ms: number;
}

export interface ExecOptions {
  /** The whole environment of the command: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Give the outcome back instead of throwing when the status is not 0. */
  readonly reject?: boolean;
  readonly timeoutMs?: number;
}

/** A process that runs beside the test until it is stopped. */
export interface Background {
  readonly pid: number;
  /** Lines of standard output so far. */
  readonly lines: string[];
  readonly errors: () => string;
  say(line: string): void;
  /** Waits for a line of output that fits, from line number `from` on. */
  line(fits: RegExp, timeoutMs?: number, from?: number): Promise<string>;
  /** Ends standard input and waits for the program to end by itself. */
  finish(timeoutMs?: number): Promise<string[]>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

const PLAIN_ENV = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root" };

const HOLD = "ip link set lo up; echo held; exec cat >/dev/null";

/** The process that keeps a machine's namespaces; wrapped, since an awaited process is waited for to its end. */
export interface Holder {
  readonly process: ResultPromise;
}

/**
 * One box of the lab: a network namespace of its own, held open by a process that ends with this one.
 * Every command is entered into it by nsenter, after a look whether it really is another namespace than ours.
 */
export class Machine {
  readonly name: string;
  readonly #holder: ResultPromise;
  readonly #children = new Set<Background>();

  protected constructor(name: string, holder: Holder) {
    this.name = name;
    this.#holder = holder.process;
  }

  /** Starts the holder; `script` runs in the new namespaces first. */
  protected static async hold(script: string, mounts: boolean): Promise<Holder> {
    const unshare = ["unshare", "-n", ...(mounts ? ["-m", "--propagation", "private"] : [])];
    const holder = execa("setpriv", ["--pdeathsig", "KILL", ...unshare, "sh", "-ec", script + HOLD], {
      env: PLAIN_ENV,
      extendEnv: false,
      stdin: "pipe",
      reject: false,
      buffer: false,
    }) as unknown as ResultPromise;
    let heard = "";
    await new Promise<void>((resolve, reject) => {
      holder.stdout?.on("data", (chunk: Buffer) => {
        heard += String(chunk);
        if (heard.includes("held")) resolve();
      });
      holder.stderr?.on("data", (chunk: Buffer) => {
        heard += String(chunk);
      });
      holder.then(() => reject(new Error(`the namespace holder ended: ${heard}`)), reject);
    });
    return { process: holder };
  }

  static async make(name: string): Promise<Machine> {
    return new Machine(name, await Machine.hold("", false));
  }

  get pid(): number {
    const pid = this.#holder.pid;
    if (pid === undefined) throw new Error(`${this.name}: its holder never started`);
    return pid;
  }

  /** Identity of this machine's network namespace, never that of the real machine. */
  get netns(): string {
    const there = readlinkSync(`/proc/${this.pid}/ns/net`);
    const forbidden = [readlinkSync("/proc/self/ns/net"), initialNamespace()];
    if (forbidden.includes(there)) throw new Error(`${this.name} would run in the machine's own network`);
    return there;
  }

  /** Where this machine sees a program of the harness. */
  tool(path: string): string {
    return path;
  }

  protected enter(): string[] {
    void this.netns;
    return ["nsenter", "-t", String(this.pid), "-n"];
  }

  /** Runs one command to its end. */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<Outcome> {
    const [file = "", ...args] = [...this.enter(), "--", ...within(argv, options.env)];
    const began = performance.now();
    const result = await execa(file, args, {
      env: PLAIN_ENV,
      extendEnv: false,
      input: options.input ?? "",
      reject: false,
      timeout: options.timeoutMs ?? 30_000,
      forceKillAfterDelay: 500,
    });
    const outcome: Outcome = {
      code: result.exitCode ?? 255,
      out: result.stdout,
      err: result.timedOut ? `${result.stderr}\n(timed out)` : result.stderr,
      ms: performance.now() - began,
    };
    if (options.reject !== false && outcome.code !== 0)
      throw new Error(`${this.name}$ ${argv.join(" ")}: exit ${outcome.code}: ${outcome.err || outcome.out}`);
    return outcome;
  }

  /** Runs a line of shell, stopping at its first failure, and gives its output. */
  async sh(script: string): Promise<string> {
    return (await this.exec(["sh", "-ec", script])).out;
  }

  /** Loads an nftables script. */
  async nft(script: string): Promise<void> {
    await this.exec(["nft", "-f", "-"], { input: script });
  }

  /** Starts a program that runs beside the test and dies with it. */
  spawn(argv: readonly string[], options: ExecOptions = {}): Background {
    const [file = "", ...args] = [
      "setpriv",
      "--pdeathsig",
      "KILL",
      ...this.enter(),
      "--",
      ...within(argv, options.env),
    ];
    const child = execa(file, args, {
      env: PLAIN_ENV,
      extendEnv: false,
      stdin: "pipe",
      reject: false,
      buffer: false,
    });
    const background = new Child(
      `${this.name}$ ${argv.slice(0, 4).join(" ")}`,
      child as unknown as ResultPromise,
    );
    this.#children.add(background);
    return background;
  }

  /** Ends everything that was started here, the namespace's holder last. */
  async dispose(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.kill("SIGKILL")));
    this.#holder.kill("SIGKILL");
    await this.#holder;
  }
}

class Child implements Background {
  readonly lines: string[] = [];
  readonly #title: string;
  readonly #child: ResultPromise;
  #rest = "";
  #stderr = "";
  #over = false;

  constructor(title: string, child: ResultPromise) {
    this.#title = title;
    this.#child = child;
    child.stdout?.on("data", (chunk: Buffer) => {
      const parts = (this.#rest + String(chunk)).split("\n");
      this.#rest = parts.pop() ?? "";
      this.lines.push(...parts);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += String(chunk);
    });
    child.stdin?.on("error", () => {});
    void child.then(() => {
      this.#over = true;
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  errors(): string {
    return this.#stderr;
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async line(fits: RegExp, timeoutMs = 5000, from = 0): Promise<string> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const found = this.lines.slice(from).find((line) => fits.test(line));
      if (found !== undefined) return found;
      if (this.#over || Date.now() > end)
        throw new Error(`${this.#title}: no line ${fits}: ${this.lines.join("|")} ${this.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async finish(timeoutMs = 10_000): Promise<string[]> {
    this.#child.stdin?.end();
    const late = new Promise<"late">((resolve) => setTimeout(() => resolve("late"), timeoutMs).unref());
    if ((await Promise.race([this.#child.then(() => "over"), late])) === "late") {
      await this.kill("SIGKILL");
      throw new Error(`${this.#title} did not end: ${this.#stderr}`);
    }
    return this.lines;
  }

  async kill(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (!this.#over) this.#child.kill(signal);
    await this.#child;
  }
}

/** The command under an environment of its own: set inside the machine, so that what enters it stays untouched. */
function within(argv: readonly string[], env: ExecOptions["env"]): readonly string[] {
  return env
    ? ["env", "-i", ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...argv]
    : argv;
}

/** The namespace of process 1, where it may be seen; a container hides it, and then ours is the outermost known. */
function initialNamespace(): string {
  try {
    return readlinkSync("/proc/1/ns/net");
  } catch {
    return "";
  }
}
