/**
 * `sudo npm test`: gets what the tests need, builds, runs them all, and ends with one line of totals.
 *
 * Without root only the tests that need none are run, and what was left out is said (with CI=true that is a failure).
 *
 * `sudo npm run test:e2e [-- SCENARIO...]`: the same for the scenarios with real daemons, all or some (test/e2e/README.md);
 * `-- --no-guest`: those that need no virtual machine.
 */

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));
const CACHE = join(REPOSITORY, ".cache");
const MINUTE = 60_000;
const IS_ROOT = process.getuid?.() === 0;
const IS_CI = process.env.CI === "true";

/** Programs that the tests run, and the Debian packages that hold them. */
const TOOLS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  bridge: "iproute2",
  tc: "iproute2",
  nft: "nftables",
  conntrack: "conntrack",
  "iptables-nft": "iptables",
  "iptables-legacy": "iptables",
  tcpdump: "tcpdump",
  ping: "iputils-ping",
  arping: "iputils-arping",
  dnsmasq: "dnsmasq-base",
  perl: "perl",
  unshare: "util-linux",
  sysctl: "procps",
  "run-parts": "debianutils",
  dash: "dash",
  shellcheck: "shellcheck",
  man: "man-db",
  "systemd-analyze": "systemd",
};

/** And those that the scenarios with real daemons need besides. */
const E2E_TOOLS: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  git: "git",
  tar: "tar",
  xz: "xz-utils",
};
const GUEST_TOOLS: Readonly<Record<string, string>> = { "qemu-system-x86_64": "qemu-system-x86" };

/** Scenarios whose beds are namespaces: a guest without hardware help takes minutes. (`lab` is `npm test` once more.) */
const WITHOUT_GUEST = [
  "dhcp-clients",
  "doctor",
  "ifplugd",
  "ifupdown",
  "installation",
  "names",
  "neighbours",
  "network-manager",
  "service",
] as const;

interface Stage {
  readonly name: string;
  readonly projects: readonly string[];
  readonly root: boolean;
  readonly minutes: number;
  /** Of these files only; of all, if there are none. */
  readonly files?: readonly string[];
  /** Files that fail have a second try. */
  readonly again?: boolean;
}

const STAGES: readonly Stage[] = [
  { name: "unit", projects: ["unit", "property"], root: false, minutes: 25 },
  { name: "hooks", projects: ["hooks"], root: true, minutes: 25 },
  { name: "lab", projects: ["lab"], root: true, minutes: 25, again: true },
];

const IS_E2E = process.argv[2] === "e2e";
const SCENARIOS = join(REPOSITORY, "test/e2e");
/** A copy of this checkout with a build, for the beds to install from. */
const E2E_CHECKOUT = join(CACHE, "e2e", `checkout-${process.pid}`);
const NEEDS_GUEST = IS_E2E && !process.argv.includes("--no-guest");
const tools = { ...TOOLS, ...(IS_E2E ? E2E_TOOLS : {}), ...(NEEDS_GUEST ? GUEST_TOOLS : {}) };

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** What became of the tests of one file. */
interface FileResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  /** It failed at its first try. */
  readonly again?: boolean;
}

/** A failure that is no test's. */
const failedAt = (name: string): FileResult => ({ name, passed: 0, failed: 1, skipped: [] });

const say = (line: string) => console.log(line);

/** The process group of the stage that runs, for the signals that end us. */
let running: number | undefined;

function killRunning(signal: NodeJS.Signals): void {
  if (running === undefined) return;
  try {
    process.kill(-running, signal);
  } catch {
    // It has ended by itself.
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    killRunning("SIGKILL");
    process.exit(1);
  });
}

interface RunOptions {
  readonly minutes: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Nothing is printed, errors neither. */
  readonly silent?: boolean;
  /** Only errors are printed. */
  readonly quiet?: boolean;
}

/** Runs a program with nothing on stdin; 124 when its time is over: then all that it started is killed. */
function run(command: string, args: readonly string[], options: RunOptions): Promise<number> {
  return new Promise((resolve) => {
    const out = options.silent || options.quiet ? "ignore" : "inherit";
    const child = spawn(command, args, {
      cwd: REPOSITORY,
      detached: true,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", out, options.silent ? "ignore" : "inherit"],
    });
    running = child.pid;
    const timer = setTimeout(() => {
      say(`${command} ${args.join(" ")}: not done after ${options.minutes} minutes, killed`);
      killRunning("SIGKILL");
      end(124);
    }, options.minutes * MINUTE);
    const end = (status: number) => {
      clearTimeout(timer);
      killRunning("SIGKILL");
      running = undefined;
      resolve(status);
    };
    child.on("error", () => end(127));
    child.on("exit", (status) => end(status ?? 128));
  });
}

function isInstalled(program: string): boolean {
  const path = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return path.some((directory) => existsSync(join(directory, program)));
}

/** Installs what is missing; tells what could not be. */
async function installTools(): Promise<readonly string[]> {
  const missing = () => Object.keys(tools).filter((program) => !isInstalled(program));
  if (missing().length === 0 || !IS_ROOT || !isInstalled("apt-get")) return missing();
  const packages = [...new Set(missing().map((program) => tools[program] ?? program))];
  say(`installing with apt: ${packages.join(" ")}`);
  const install = (names: readonly string[], quiet: boolean) =>
    run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], {
      minutes: 15,
      env: { DEBIAN_FRONTEND: "noninteractive" },
      ...(quiet ? { silent: true } : { quiet: true }),
    });
  if ((await install(packages, true)) !== 0) {
    await run("apt-get", ["update", "-qq"], { minutes: 5, quiet: true });
    // One by one: a package that this release does not have must not keep the others out.
    for (const name of packages) await install([name], false);
  }
  return missing();
}

/** Whether vitest starts on a version of node. */
function runsVitest(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 20 ? minor >= 19 : major === 22 ? minor >= 12 : major > 22;
}

/** A node of another version beside the machine's own, in .cache; null when it cannot be had. */
async function fetchNode(major: number, version: string): Promise<string | null> {
  const platform = process.arch === "arm" ? "armv7l" : process.arch;
  const directory = join(CACHE, `node${major}`);
  const node = join(directory, "node_modules", `node-linux-${platform}`, "bin", "node");
  if (existsSync(node)) return node;
  mkdirSync(directory, { recursive: true });
  say(`fetching node ${major}`);
  const args = ["install", "--prefix", directory, "--no-save", "--no-audit", "--no-fund", "--loglevel=error"];
  const status = await run("npm", [...args, `node-linux-${platform}@${version}`], {
    minutes: 10,
    quiet: true,
  });
  return status === 0 && existsSync(node) ? node : null;
}

async function runOnce(
  stage: Stage,
  node: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly FileResult[]> {
  const report = join(CACHE, `test-${stage.name}.json`);
  rmSync(report, { force: true });
  const projects = stage.projects.flatMap((project) => ["--project", project]);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const vitest = join("node_modules", "vitest", "vitest.mjs");
  const status = await run(node, [vitest, "run", ...projects, ...reporters, ...(stage.files ?? [])], {
    minutes: stage.minutes,
    env,
  });
  const files = existsSync(report) ? readReport(report) : [];
  // An error outside of any test, or a run that never got to its report, is a failure too.
  const isExplained = status === 0 || files.some((file) => file.failed > 0);
  return isExplained ? files : [...files, failedAt(`the stage ${stage.name}, outside of its tests`)];
}

/**
 * Kernels and daemons have clocks of their own, and a busy machine makes one of them late now and then: where a stage
 * says so, a file that failed has a second try as a whole, and the summary tells. What fails twice has failed.
 */
async function runStage(
  stage: Stage,
  node: string,
  env: Readonly<Record<string, string>>,
): Promise<readonly FileResult[]> {
  const first = await runOnce(stage, node, env);
  const broken = first.filter(({ name, failed }) => failed > 0 && existsSync(name)).map(({ name }) => name);
  if (!stage.again || broken.length === 0) return first;
  say(`once more: ${broken.map((name) => basename(name, ".test.ts")).join(", ")}`);
  const second = await runOnce({ ...stage, files: broken }, node, env);
  return [
    ...first.filter(({ name }) => !broken.includes(name)),
    ...second.map((file) => ({ ...file, again: true })),
  ];
}

function readReport(path: string): readonly FileResult[] {
  const report: Report = JSON.parse(readFileSync(path, "utf8"));
  return report.testResults.map(({ name, status, assertionResults: tests }) => {
    const count = (wanted: string) => tests.filter((test) => test.status === wanted).length;
    const left = tests.filter((test) => test.status !== "failed" && test.status !== "passed");
    return {
      name,
      passed: count("passed"),
      // One that could not be read has no tests.
      failed: count("failed") || (status === "failed" ? 1 : 0),
      skipped: left.map((test) => test.fullName),
    };
  });
}

/** The stage of the scenarios that the command line names; of all, if it names none. @throws for a name that is none */
function scenarios(): Stage {
  const known = readdirSync(SCENARIOS)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -".test.ts".length));
  const named = process.argv.slice(3).filter((word) => word !== "--no-guest");
  const asked = NEEDS_GUEST || named.length > 0 ? named : WITHOUT_GUEST;
  const unknown = asked.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Error(`no scenario ${unknown.join(", ")}; there are ${known.sort().join(", ")}`);
  const files = asked.map((name) => join(SCENARIOS, `${name}.test.ts`));
  return { name: "e2e", projects: ["e2e"], root: true, minutes: 75, files, again: true };
}

/** Runs the scenarios with real daemons. What cannot be done is a failure, not left out. @returns the exit status */
async function mainOfScenarios(): Promise<number> {
  const stage = scenarios();
  if (!IS_ROOT) throw new Error("must be root, for namespaces and file systems: sudo npm run test:e2e");
  const missing = await installTools();
  if (missing.length > 0) throw new Error(`programs that are not installed: ${missing.join(", ")}`);
  const node = runsVitest(process.versions.node) ? process.execPath : await fetchNode(20, "20");
  if (node === null) throw new Error("vitest needs node 20.19 or later, and it could not be fetched");
  const copy = join(SCENARIOS, "bed/copy-checkout.sh");
  if ((await run(copy, [E2E_CHECKOUT], { minutes: 5 })) !== 0) throw new Error("the checkout has no build");
  const env = { WAYMARK_E2E_CHECKOUT: E2E_CHECKOUT, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` };
  const results = await runStage(stage, node, env);
  rmSync(E2E_CHECKOUT, { recursive: true, force: true });
  return summary(results, []);
}

/** Runs everything else. @returns the exit status */
async function main(): Promise<number> {
  const undone: string[] = [];
  const missing = await installTools();
  if (missing.length > 0) undone.push(`programs that are not installed: ${missing.join(", ")}`);

  const own = process.versions.node;
  const node18 = own.startsWith("18.") ? process.execPath : await fetchNode(18, "18.20.4");
  if (node18 === null) undone.push("tests on node 18: it could not be fetched");
  const vitestNode = runsVitest(own) ? process.execPath : await fetchNode(20, "20");
  if (vitestNode === null) {
    say(`vitest needs node 20.19 or later, this is ${own}, and node 20 could not be fetched`);
    return summary([failedAt("vitest")], undone);
  }

  const results: FileResult[] = [];
  if ((await run("npm", ["run", "-s", "build"], { minutes: 5 })) !== 0) {
    say("the build failed");
    results.push(failedAt("the build"));
  }
  const path = `${process.env.PATH ?? ""}${delimiter}/usr/sbin${delimiter}/sbin`;
  const env = { PATH: path, ...(node18 === null ? {} : { WAYMARK_NODE18: node18 }) };
  for (const stage of STAGES) {
    if (stage.root && !IS_ROOT) undone.push(`${stage.name} tests: they need root (sudo npm test)`);
    else results.push(...(await runStage(stage, vitestNode, env)));
  }
  return summary(results, undone);
}

function summary(results: readonly FileResult[], undone: readonly string[]): number {
  const sum = (count: (one: FileResult) => number) => results.reduce((all, one) => all + count(one), 0);
  const failed = sum((one) => one.failed);
  say("");
  for (const test of results.flatMap((one) => one.skipped)) say(`skipped: ${test}`);
  for (const { name } of results.filter((one) => one.again))
    say(`tried twice, failed at first: ${basename(name, ".test.ts")}`);
  for (const { name } of results.filter((one) => one.failed > 0)) say(`failed: ${name}`);
  for (const what of undone) say(`not run: ${what}`);
  say(`${sum((one) => one.passed)} passed, ${failed} failed`);
  return failed > 0 || (IS_CI && undone.length > 0) ? 1 : 0;
}

/** What root made in somebody's checkout stays theirs. */
async function giveBack(): Promise<void> {
  // The beds' root file systems stay root's: the owners in them matter.
  const cached = readdirSync(CACHE).filter((name) => name !== "e2e");
  const all = ["dist", "node_modules", ...cached.map((name) => join(".cache", name))];
  const made = all.filter((name) => existsSync(join(REPOSITORY, name)));
  if (IS_ROOT && made.length > 0)
    await run("chown", ["-R", "--reference=package.json", ...made], { minutes: 2, silent: true });
}

mkdirSync(CACHE, { recursive: true });
const status = await (IS_E2E ? mainOfScenarios() : main()).catch((error: Error) => {
  say(`not run: ${error.message}`);
  return 1;
});
await giveBack();
process.exit(status);
