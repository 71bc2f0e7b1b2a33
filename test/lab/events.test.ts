import { expect, it } from "vitest";
import type { EventRecord } from "../../lib/history/record.ts";
import { ifplugd } from "./harness/hooks.ts";
import { startJournal } from "./harness/journal.ts";
import { Lab } from "./harness/lab.ts";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";

/** The machine may be busy. */
const PATIENCE_MS = 20_000;

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

async function twoLines(): Promise<{ lab: Lab; router: Router }> {
  const lab = await Lab.open();
  const router = await lab.router();
  const [adsl, lte] = [await lab.isp("adsl"), await lab.isp("lte")];
  await lab.wire(router, "eth0", adsl, "cust");
  await lab.wire(router, "usb0", lte, "cust");
  await router.sh("ip addr add 192.0.2.5/24 dev eth0; ip addr add 198.51.100.5/24 dev usb0");
  await adsl.serveLan("cust", "192.0.2.1/24", "192.0.2.0/24");
  await lte.serveLan("cust", "198.51.100.1/24", "198.51.100.0/24");
  await router.config(CONFIG);
  return { lab, router };
}

const records = async (router: Router, args: readonly string[] = []) => {
  const { out } = await router.waymark(["events", "--json", ...args]);
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as EventRecord);
};

const DOWN = "choice adsl -> lte: adsl down: eth0 is switched off (ip link set eth0 up)";

it("tells from the journal what happened, when, and why the choice changed", async () => {
  const { router } = await twoLines();
  await startJournal(router);
  const began = Date.now() - 1000;
  await router.waymark(["apply"]);
  const following = router.spawn(["waymark", "events", "-f"]);
  await following.line(/choice none -> adsl/, PATIENCE_MS);
  await router.sh("ip link set eth0 down");
  await ifplugd(router, "eth0", "down");
  await ifplugd(router, "eth0", "down");
  expect(await following.line(/adsl -> lte/, PATIENCE_MS)).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}choice adsl -> lte: .* {2}\(ifplugd eth0 down: \d+ changes in \d+ ms\)$/,
  );

  const all = await until(
    "both events",
    async () => {
      const found = await records(router);
      return found.length >= 2 && found;
    },
    PATIENCE_MS,
  );
  expect(all.map(({ choice }) => choice)).toEqual([
    { from: [], to: ["adsl"], why: "adsl up 192.0.2.5 on eth0" },
    { from: ["adsl"], to: ["lte"], why: DOWN.split(": ").slice(1).join(": ") },
  ]);
  expect(all[0]).toMatchObject({
    priority: "notice",
    trigger: "waymark apply",
    differences: ["lte up 198.51.100.5 on usb0"],
  });
  for (const { at } of all) {
    expect(Date.parse(at)).toBeGreaterThan(began);
    expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
  }
  // The second "down" changed nothing.
  expect((await records(router, ["--all"])).map(({ changes }) => changes)).toEqual([
    expect.any(Number),
    expect.any(Number),
    0,
  ]);
  expect(await records(router, ["-n", "1"])).toEqual(all.slice(1));
  expect(await records(router, ["lte", "--since", "1h"])).toEqual(all);
  expect(await records(router, ["--since", "2030-01-01"])).toEqual([]);
  const { code, err } = await router.waymark(["events", "gsm"], false);
  expect([code, err]).toEqual([2, expect.stringContaining('there is no uplink "gsm"; there are adsl, lte')]);
});

it("what anybody else logs under our name is not ours, and what steers a terminal does not get there", async () => {
  const { router } = await twoLines();
  await startJournal(router);
  await router.waymark(["apply"]);
  await router.exec([
    "setpriv",
    "--reuid",
    "4242",
    "--clear-groups",
    "logger",
    "-t",
    "waymark",
    "-p",
    "daemon.err",
    "forged",
  ]);
  await router.exec(["logger", "-t", "waymark", "-p", "daemon.err", "red \u001b[31mtext"]);
  const { out } = await until(
    "the second line",
    async () => {
      const told = await router.waymark(["events"]);
      return told.out.includes("text") && told;
    },
    PATIENCE_MS,
  );
  expect(out).not.toContain("forged");
  expect(out).toContain("error: red \\x1b[31mtext");
  expect(out).not.toContain("\u001b");
});

it("reads a syslog daemon's file where there is no journal, and says so where there is neither", async () => {
  const { router } = await twoLines();
  await router.sh(
    "rm -rf /var/log/journal /run/log/journal /var/log/syslog /var/log/messages /var/log/daemon.log",
  );
  const nowhere = await router.waymark(["events"], false);
  expect([nowhere.code, nowhere.out]).toEqual([1, ""]);
  expect(nowhere.err).toMatch(/^waymark events: there is no journal here, and no \/var\/log\/syslog/);
  const somebody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "waymark", "events"];
  const notAllowed = await router.exec(somebody, { reject: false });
  expect([notAllowed.code, notAllowed.err]).toEqual([1, expect.stringContaining("sudo waymark events")]);

  const line = (minute: string, text: string) => `2026-11-21T11:${minute}:00+00:00 pi waymark[7]: ${text}`;
  const first = "ifplugd eth0 down: choice adsl -> lte: adsl down: no carrier on eth0: 4 changes in 12 ms";
  await router.write("/var/log/syslog.1", `${line("10", "waymark apply: 9 changes")}\n`);
  await router.write(
    "/var/log/syslog",
    `${line("11", first)}\n${line("12", "ifplugd eth0 up: nothing to do")}\nother\n`,
  );
  expect((await records(router)).map(({ at, message }) => `${at} ${message}`)).toEqual([
    "2026-11-21T11:10:00.000Z waymark apply: 9 changes",
    `2026-11-21T11:11:00.000Z ${first}`,
  ]);
  const following = router.spawn(["waymark", "events", "-f", "--json"]);
  await following.line(/4 changes/, PATIENCE_MS);
  await router.sh(`echo '${line("13", "ip: exit 2")}' >>/var/log/syslog`);
  await following.line(/exit 2/, PATIENCE_MS);
  // logrotate(8) comes.
  await router.sh(
    `mv /var/log/syslog /var/log/syslog.1; echo '${line("14", "a new file: 1 change")}' >/var/log/syslog`,
  );
  await following.line(/a new file/, PATIENCE_MS);
  expect(following.lines.map((text) => (JSON.parse(text) as EventRecord).message)).toEqual([
    "waymark apply: 9 changes",
    first,
    "ip: exit 2",
    "a new file: 1 change",
  ]);
});
