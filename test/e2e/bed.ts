/** Runs a job in a bed (bed/run.sh), and reads what it left. */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const CACHE = fileURLToPath(new URL("../../.cache/e2e/", import.meta.url));

export interface Job {
  /** `namespaces`: this machine's kernel; `guest`: Debian's, with PPP and wlan; `systemd`: a guest that systemd runs. */
  readonly bed: "namespaces" | "guest" | "systemd";
  readonly release: "bookworm" | "trixie";
  /** A file of jobs/. */
  readonly job: string;
  readonly args?: readonly string[];
  /** Seconds, a guest's start among them. */
  readonly limit: number;
  /** A file of jobs/ that is run in the root before systemd starts. */
  readonly prepare?: string;
  /** Added to a guest's kernel command line. */
  readonly append?: string;
  /** Lays what the job wants into the directory that will be /xchg. */
  readonly bring?: (directory: string) => void;
}

/** What is left of a job that has ended. */
export class Ended {
  /** Directory that was /xchg. */
  readonly directory: string;
  /** The job's own exit status; 124: its time was up; 255: the bed failed. */
  readonly status: number;
  /** Standard output and standard error, the bed's own words last. */
  readonly output: string;
  readonly #facts = new Map<string, string[]>();

  constructor(directory: string, status: number, output: string) {
    this.directory = directory;
    this.status = status;
    this.output = output;
    for (const line of this.#read("facts").split("\n").filter(Boolean)) {
      const [name = "", value = ""] = line.split(/\t(.*)/s);
      this.#facts.set(name, [...this.facts(name), value]);
    }
  }

  /** Every value of a fact, in order; none if the job never got there. */
  facts(name: string): readonly string[] {
    return this.#facts.get(name) ?? [];
  }

  /** A fact that was told once. @throws if it was told never or more often */
  fact(name: string): string {
    const [value, ...more] = this.facts(name);
    if (value === undefined || more.length > 0)
      throw new Error(
        `the job told ${more.length + (value === undefined ? 0 : 1)} times of ${name}: ${this}`,
      );
    return value;
  }

  /** Text that was kept with `save`. @throws if there is none */
  saved(name: string): string {
    if (!existsSync(join(this.directory, "saved", name))) throw new Error(`the job kept no ${name}: ${this}`);
    return this.#read(join("saved", name));
  }

  /** Text that was kept with `save`, as JSON. */
  json<T>(name: string): T {
    return JSON.parse(this.saved(name)) as T;
  }

  toString(): string {
    return `${this.directory} (exit status ${this.status})\n${this.output.split("\n").slice(-40).join("\n")}`;
  }

  #read(name: string): string {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }
}

/**
 * Runs a job to its end. The bed's root and guest are made if they are not kept already.
 *
 * @throws if the job ended with another status than 0, with the end of its output
 */
export async function run(job: Job): Promise<Ended> {
  const ended = await attempt(job);
  if (ended.status !== 0) throw new Error(`job ${job.job} in ${job.bed} ${job.release} failed: ${ended}`);
  return ended;
}

/** Like {@link run}, for a job that may fail. */
export async function attempt(job: Job): Promise<Ended> {
  mkdirSync(join(CACHE, "runs"), { recursive: true });
  const name = basename(job.job, ".sh");
  const directory = mkdtempSync(join(CACHE, "runs", `${name}-${job.bed}-${job.release}-`));
  job.bring?.(directory);
  const checkout = process.env.WAYMARK_E2E_CHECKOUT;
  const options = [
    ...["--limit", String(job.limit), "--xchg", directory],
    ...(checkout === undefined ? [] : ["--checkout", checkout]),
    ...(job.prepare === undefined ? [] : ["--prepare", join(HERE, "jobs", job.prepare)]),
    ...(job.append === undefined ? [] : ["--append", job.append]),
  ];
  const began = Date.now();
  const child = spawn(
    join(HERE, "bed/run.sh"),
    [...options, job.bed, job.release, join(HERE, "jobs", job.job), ...(job.args ?? [])],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
    });
  }
  const status = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 255));
  });
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(
    `job ${job.job} in ${job.bed} ${job.release}: exit status ${status}, ${seconds} s, ${directory}`,
  );
  return new Ended(directory, status, output);
}
