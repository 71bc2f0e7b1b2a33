/**
 * `sudo ./install.sh --demo`: a router with three lines to the internet, in network namespaces. Waymark as it was built does
 * the work, lines fail and return, and what becomes of the house's connections is shown live, or told line by line.
 *
 * Ends with 0 if everything was seen that the story promises.
 */

import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import minimist from "minimist";
import { Director } from "./demo/director.ts";
import { House } from "./demo/house.ts";
import { Plain } from "./demo/plain.ts";
import { STORY } from "./demo/scenes.ts";
import { fits, Screen } from "./demo/screen.ts";
import { Totals } from "./demo/totals.ts";
import { Traffic } from "./demo/traffic.ts";

const REPOSITORY = fileURLToPath(new URL("..", import.meta.url));
const CONFIG = join(REPOSITORY, "examples/edge-router.toml");

const USAGE = `usage: demo [--plain] [--seconds N]

Plays a house with ADSL, 4G and 3G in network namespaces; this machine's network is not touched.

  --plain       lines of text instead of a picture; so it is without a terminal too, or with CI=true
  --seconds N   how long the story takes at least
`;

/** Programs, and the Debian packages that hold them. */
const TOOLS: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nft: "nftables",
  conntrack: "conntrack",
  perl: "perl",
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
};

/** How long the story takes: a person reads. */
const LIVE_SECONDS = 56;
const PLAIN_SECONDS = 20;
/** Time to open the first connections. */
const PRELUDE_MS = 1500;
/** Nothing of the house outlives us for longer, even if it does not end by itself. */
const CLOSING_MS = 3000;

interface Options {
  readonly plain: boolean;
  readonly seconds: number;
}

/** @returns an exit status instead of options when there is nothing to play */
function readOptions(words: readonly string[]): Options | number {
  const unknown: string[] = [];
  const options = minimist([...words], {
    boolean: ["plain", "help"],
    string: ["seconds"],
    unknown: (word) => {
      unknown.push(word);
      return false;
    },
  });
  const plain = options.plain === true || process.env.CI === "true" || !fits();
  const seconds = Number(options.seconds ?? (plain ? PLAIN_SECONDS : LIVE_SECONDS));
  if (options.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (unknown.length > 0 || !(seconds >= 0 && seconds <= 86_400)) {
    process.stderr.write(
      `demo: ${unknown.length > 0 ? `what is ${unknown[0]}?` : "--seconds takes a number"}\n${USAGE}`,
    );
    return 2;
  }
  return { plain, seconds };
}

/** Why the demo cannot be played here. */
function obstacle(): string | null {
  if (process.getuid?.() !== 0)
    return "it makes network namespaces, which only root may: sudo ./install.sh --demo";
  const missing = Object.keys(TOOLS).filter((program) => !isInstalled(program));
  const packages = [...new Set(missing.map((program) => TOOLS[program]))].join(" ");
  if (missing.length > 0) return `${missing.join(", ")} missing: apt install ${packages}`;
  if (!existsSync(join(REPOSITORY, "dist/waymark"))) return "Waymark is not built: npm run build";
  if (!existsSync("/dev/net/tun")) return "there is no /dev/net/tun for the 3G line: modprobe tun";
  return null;
}

function isInstalled(program: string): boolean {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Plays the story: once as text, again and again as a picture. @returns the exit status */
async function play(
  house: House,
  audience: Plain | Screen,
  totals: Totals,
  seconds: number,
): Promise<number> {
  await house.build(readFileSync(CONFIG, "utf8"));
  audience.sees(await house.router.status());
  const traffic = new Traffic(house.talk());
  if (audience instanceof Screen) audience.watch(traffic);
  await audience.wait(PRELUDE_MS);
  const director = new Director(house, traffic, audience, "adsl");
  do {
    for (const scene of STORY) {
      totals.add(await director.play(scene, (seconds * 1000) / STORY.length));
      totals.leaks(await house.leaks());
    }
  } while (audience instanceof Screen);
  return totals.status;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === "number") return options;
  const reason = obstacle();
  if (reason !== null) {
    process.stderr.write(`demo: ${reason}\n`);
    return 1;
  }
  const house = new House();
  const totals = new Totals();
  let leave: (status: number) => void = () => {};
  const left = new Promise<number>((resolve) => {
    leave = resolve;
  });
  const parent = process.ppid;
  const orphaned = setInterval(() => process.ppid === parent || leave(1), 500);
  process.on("SIGINT", () => leave(130));
  process.on("SIGTERM", () => leave(143));
  process.on("SIGHUP", () => leave(129));
  // Whoever read our lines is gone.
  process.stdout.on("error", () => leave(1));
  const audience = options.plain ? new Plain() : new Screen(() => leave(totals.status));
  try {
    const status = await Promise.race([play(house, audience, totals, options.seconds), left]);
    audience.close();
    process.stdout.write(`${totals.summary()}\n`);
    return status;
  } catch (error) {
    audience.close();
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    clearInterval(orphaned);
    await Promise.race([house.close(), sleep(CLOSING_MS)]);
  }
}

// What still waits for something in the house waits in vain.
process.exit(await main());
