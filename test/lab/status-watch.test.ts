import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import type { Status } from "../../lib/cli/status-report.ts";
import type { HealthFile } from "../../lib/health/health.ts";
import { startTimeOf } from "../../lib/health/parse.ts";
import { Lab } from "./harness/lab.ts";
import type { Background } from "./harness/machine.ts";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";

const CONFIG = `
[uplink.adsl]
interface = "eth0"
gateway = "192.0.2.1"
tier = 1

[uplink.lte]
interface = "usb0"
gateway = "198.51.100.1"
tier = 2
`;

async function twoLines(): Promise<Router> {
  const lab = await Lab.open();
  const router = await lab.router();
  const [adsl, lte] = [await lab.isp("adsl"), await lab.isp("lte")];
  await lab.wire(router, "eth0", adsl, "cust");
  await lab.wire(router, "usb0", lte, "cust");
  await router.sh("ip addr add 192.0.2.5/24 dev eth0; ip addr add 198.51.100.5/24 dev usb0");
  await router.config(CONFIG);
  await router.waymark(["apply"]);
  return router;
}

/** Writes what `waymark watch` would, in the name of a process that lives. */
async function check(
  router: Router,
  pid: number,
  recent: readonly (number | null)[],
  latency: number,
): Promise<void> {
  const startTime = startTimeOf(await readFile(`/proc/${pid}/stat`, "utf8")) ?? "";
  const family = { verdict: "up", reason: "", since: Date.now(), loss: 0.25, latency, recent } as const;
  const adsl = { verdict: "up", reason: "", since: Date.now(), families: { 4: family } } as const;
  const file: HealthFile = { pid, startTime, written: Date.now(), uplinks: { adsl } };
  await router.write("/run/waymark/health.new", JSON.stringify(file));
  await router.sh("mv /run/waymark/health.new /run/waymark/health.json");
}

/** A terminal of 100 columns with a shell in it, which says how it was before and behind the command. */
class Terminal {
  readonly #router: Router;
  readonly program: Background;

  constructor(router: Router, command: string) {
    this.#router = router;
    const script = `stty cols 100 rows 24; echo "tty $(tty)"; stty -g; ${command}; echo "status $?"; stty -g`;
    this.program = router.spawn(["script", "-qefc", script, "/srv/screen"], {
      env: { PATH: "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", TERM: "xterm", SHELL: "/bin/sh" },
    });
  }

  /** All that was written to it. */
  text(): Promise<string> {
    return this.#router.read("/srv/screen");
  }

  async shows(what: RegExp): Promise<string> {
    return until(
      String(what),
      async () => {
        const text = await this.text();
        return what.test(text) && text;
      },
      PATIENCE_MS,
    );
  }

  /** As `stty -g` told them. */
  async settings(): Promise<string[]> {
    const lines = (await this.text()).split(/\r?\n/);
    return lines.filter((line) => /^[0-9a-f]+(:[0-9a-f]+){10,}$/.test(line));
  }
}

async function expectAsBefore(screen: Terminal): Promise<void> {
  await until("the last words", async () => (await screen.settings()).length === 2);
  const [before, after] = await screen.settings();
  expect(after).toBe(before);
}

/** The machine may be busy. */
const PATIENCE_MS = 20_000;
const ESCAPE = String.fromCharCode(27);
const COLOUR = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");
const LEFT = "\\x1b\\[\\?25h\\x1b\\[\\?1049l";

it("is kept up to date, follows the window, and gives the terminal back", async () => {
  const router = await twoLines();
  const watcher = router.spawn(["sleep", "600"]);
  await check(router, watcher.pid, [20, null, 20, 20], 20);
  const screen = new Terminal(router, "waymark status --watch");
  await screen.shows(/▄.*×.*▄/);
  await screen.shows(/25 % +20 ms/);
  await check(router, watcher.pid, [20, 33, 33], 33);
  await screen.shows(/25 % +33 ms/);
  await router.sh("ip link set eth0 down");
  await screen.shows(/eth0 is switched off/);
  await watcher.kill();
  const wide = await screen.shows(/waymark watch does not run/);
  // The clock stands at the right edge, and ends the first line.
  expect(widths(wide)).toEqual([100]);
  const tty = /tty (\/dev\/pts\/\d+)/.exec(wide)?.[1];
  await router.sh(`stty -F ${tty} cols 50`);
  await until("a narrow picture", async () => widths(await screen.text()).includes(50));
  screen.program.say("q");
  await screen.shows(new RegExp(`${LEFT}[^]*status 0`));
  await expectAsBefore(screen);
});

/** Different widths of the pictures that were drawn, by the column in which the clock ends. */
function widths(text: string): number[] {
  const first = text.split(`${ESCAPE}[1;1H`).slice(1);
  const lines = first.map((rest) => rest.split(`${ESCAPE}[K`)[0] ?? "");
  return [...new Set(lines.map((line) => line.replaceAll(COLOUR, "").length))];
}

it.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGINT", 130],
])("%s ends it, and the terminal is as it was", async (signal, status) => {
  const router = await twoLines();
  const screen = new Terminal(router, "waymark status --watch");
  await screen.shows(/adsl.*up/);
  await router.sh(
    `kill -${signal.slice(3)} $(pgrep --ns $$ --nslist net -f -- '-- /usr/local/sbin/waymark status --watc[h]')`,
  );
  await screen.shows(new RegExp(`${LEFT}[^]*status ${status}`));
  await expectAsBefore(screen);
});

it("stops and goes on like any program", async () => {
  const router = await twoLines();
  const screen = new Terminal(router, "set -m; waymark status --watch; echo stopped; fg >/dev/null");
  await screen.shows(/adsl.*up/);
  screen.program.say("\x1a");
  const behind = await screen.shows(new RegExp(`${LEFT}[^]*stopped[^]*\\x1b\\[\\?1049h[^]*adsl`));
  expect(behind).not.toContain("status 0");
  screen.program.say("q");
  await screen.shows(/status 0/);
  await expectAsBefore(screen);
});

it("piped, it tells the status anew when something changed", async () => {
  const router = await twoLines();
  const objects = router.spawn(["waymark", "status", "--watch", "--json"]);
  const plain = router.spawn(["waymark", "status", "--watch"]);
  const last = () => JSON.parse(objects.lines.at(-1) ?? "{}") as Status;
  await objects.line(/"choice":\["adsl"\]/, PATIENCE_MS);
  await plain.line(/^new connections: adsl$/, PATIENCE_MS);
  await router.sh("ip link set eth0 down");
  await until("the choice to move", async () => last().choice[0] === "lte", PATIENCE_MS);
  await plain.line(/^new connections: lte$/, PATIENCE_MS);
  const text = plain.lines.join("\n");
  expect(text).not.toContain(ESCAPE);
  const told = text.split(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\n/m).slice(1);
  expect(told.length).toBeGreaterThan(1);
  for (const [place, status] of told.entries()) expect(status).not.toBe(told[place - 1]);
  for (const [place, object] of objects.lines.entries()) expect(object).not.toBe(objects.lines[place - 1]);
});
