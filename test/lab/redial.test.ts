import { describe, expect, it } from "vitest";
import { factsOf, pppDown, pppUp } from "./harness/hooks.ts";
import { homeServer } from "./harness/houses.ts";
import type { Background } from "./harness/machine.ts";
import type { Router } from "./harness/router.ts";
import { until as untilSoon } from "./harness/wait.ts";

/** The machine may be busy with other tests. */
const until = <T>(what: string, probe: () => Promise<T | undefined | null | false>) =>
  untilSoon(what, probe, 60_000);

const MAIN = "198.51.100.10";
const P2P = "198.51.100.130";

const config = (redial: string) => `
[uplink.main]
peer = "dsl-a"
tier = 1
redial = ${redial}

[uplink.p2p]
peer = "dsl-b"
tier = 2
`;

/** Notes that it was called, with what, and stays as long as it is let. */
const DIAL = `#!/bin/sh
{ echo "$*"; env | grep -v '^PWD=\\|^_=\\|^SHLVL=' | sort; echo "end $$"; } >>/srv/lab/dialled
echo "dialling $1"
[ "$1" != stay ] || exec sleep 3600
exit 3
`;

async function startWatch(router: Router): Promise<Background> {
  const watch = router.spawn(["waymark", "watch"]);
  await until(
    "watch to watch",
    async () => watch.lines.length > 0 || (await router.sh("cat /run/waymark/watch.pid")),
  );
  return watch;
}

/** How often the dial command was called. */
const dials = async (router: Router) =>
  Number(await router.sh("grep -c '^end' /srv/lab/dialled 2>/dev/null || true")) || 0;

const pids = async (router: Router) =>
  (await router.sh("grep '^end' /srv/lab/dialled")).split("\n").map((line) => Number(line.split(" ")[1]));

describe("a line that is gone", () => {
  it("is dialled again, without a shell, in a clean environment, and later each time", async () => {
    const { router, dial } = await homeServer();
    await router.write("/usr/local/sbin/dial", DIAL, 0o755);
    await pppUp(router, factsOf(await dial(1, P2P)));
    await router.apply(config('["dial", "again", "$(id)", ";x"]'));
    const watch = await startWatch(router);
    await until("a dial", async () => (await dials(router)) === 1);
    expect((await router.read("/srv/lab/dialled")).split("\n").slice(0, 6)).toEqual([
      "again $(id) ;x",
      "LANG=C",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "WAYMARK_INTERFACE=",
      "WAYMARK_PEER=dsl-a",
      "WAYMARK_UPLINK=main",
    ]);
    await until("another one", async () => (await dials(router)) === 2);
    expect(watch.lines.join("\n")).toMatch(
      /dial of main \(absent\): dial again \$\(id\) ;x\n.*dial of main: dial failed with status 3: dialling again\n/,
    );
    const line = await dial(0, MAIN);
    await pppUp(router, factsOf(line));
    await until("the line to be up", async () => (await router.uplink("main")).state === "up");
    expect(await dials(router)).toBe(2);
  });

  it("stays with a dial that stays, also when watch is started anew, and is dialled again when that ends", async () => {
    const { router, dial } = await homeServer();
    await router.write("/usr/local/sbin/dial", DIAL, 0o755);
    await router.apply(config('"dial stay"'));
    const first = await startWatch(router);
    await until("a dial", async () => (await dials(router)) === 1);
    const line = await dial(0, MAIN);
    await pppUp(router, factsOf(line));
    await until("the line to be up", async () => (await router.uplink("main")).state === "up");
    await first.kill("SIGTERM");
    const [pid = 0] = await pids(router);
    expect(await router.sh(`cat /proc/${pid}/comm`)).toBe("sleep");

    const second = await startWatch(router);
    await line.hangUp();
    await pppDown(router, factsOf(line));
    await until("the line to be gone", async () => (await router.uplink("main")).state === "absent");
    expect(await dials(router)).toBe(1);
    await router.sh(`kill ${pid}`);
    await until("another dial", async () => (await dials(router)) === 2);
    expect(second.lines.join("\n")).toContain("dial of main: dial was ended: dialling stay");
  });

  it("is left to its own pppd as long as that is there, and to whoever switched it off", async () => {
    const { router, dial } = await homeServer();
    await router.write("/usr/local/sbin/dial", DIAL, 0o755);
    await router.apply(config('"dial again"'));
    const line = await dial(0, MAIN);
    await pppUp(router, factsOf(line));
    await startWatch(router);
    await line.drop();
    await until("the line to be down", async () => (await router.uplink("main")).state === "down");
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    expect(await dials(router)).toBe(0);

    await router.waymark(["disable", "main"]);
    await line.die();
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    expect(await dials(router)).toBe(0);
    await router.waymark(["enable", "main"]);
    await until("a dial", async () => (await dials(router)) === 1);
  });
});
