import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { factsOf, ifplugd, pppDown, pppUp } from "./harness/hooks.ts";
import { homeServer } from "./harness/houses.ts";
import type { Router } from "./harness/router.ts";
import { until as untilSoon } from "./harness/wait.ts";

/** The machine may be busy with other tests. */
const until = <T>(what: string, probe: () => Promise<T | undefined | null | false>) =>
  untilSoon(what, probe, 60_000);

const MAIN = "198.51.100.10";
const OTHER = "198.51.100.11";
const P2P = "198.51.100.130";

const CONFIG = `
[uplink.main]
peer = "dsl-a"
tier = 1

[uplink.p2p]
peer = "dsl-b"
tier = 2
`;

const NOTES = "/srv/lab/notes";

/** Where stand-ins are found before the real ones. */
const FAKES = "/srv/lab/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/** A program that notes what it is told. */
const note = (file: string) => `#!/bin/sh
echo "$WAYMARK_EVENT $WAYMARK_UPLINK $WAYMARK_OLD_ADDRESS > $WAYMARK_ADDRESS [$WAYMARK_CHOICE]" >>${file}
`;

const program = (router: Router, name: string, text: string, mode = 0o755) =>
  router.write(`/etc/waymark/notify.d/${name}`, text, mode);

/** Waits for that many notes, and gives them all. */
async function notes(router: Router, count: number, file = NOTES): Promise<string[]> {
  const lines = async () => (await router.read(file)).trim().split("\n");
  await until(`${count} notes`, async () => (await lines()).length >= count);
  return lines();
}

/** A house with a program that notes what it is told, and its main line up. */
async function noting() {
  const { router, dial } = await homeServer();
  await program(router, "note", note(NOTES));
  await router.apply(CONFIG);
  const main = await dial(0, MAIN);
  await pppUp(router, factsOf(main));
  return { router, dial, main };
}

/** What waits to be told. */
const queued = (router: Router) => router.sh("cd /run/waymark/notices; ls | grep json || true");

describe("programs of notify.d", () => {
  it("are told by the hooks what happens, in order", async () => {
    const { router, dial, main } = await noting();
    await pppUp(router, factsOf(await dial(1, P2P)));
    await main.hangUp();
    await pppDown(router, factsOf(main));
    await pppUp(router, factsOf(await dial(0, OTHER)));
    expect(await notes(router, 10)).toEqual([
      `up main  > ${MAIN} [main]`,
      `address main  > ${MAIN} [main]`,
      `switch main  > ${MAIN} [main]`,
      `up p2p  > ${P2P} [main]`,
      `address p2p  > ${P2P} [main]`,
      `down main ${MAIN} >  [p2p]`,
      `switch p2p ${P2P} > ${P2P} [p2p]`,
      `up main ${MAIN} > ${OTHER} [main]`,
      `address main ${MAIN} > ${OTHER} [main]`,
      `switch main ${MAIN} > ${OTHER} [main]`,
    ]);
  });

  it("keep no hook and no other program waiting, however long they take", async () => {
    const { router, dial } = await homeServer();
    await program(router, "note", note(NOTES));
    const slow = `until [ -e /srv/lab/gate ]; do sleep 0.1; done\n${note("/srv/lab/slow").slice(10)}`;
    await program(router, "slow", `#!/bin/sh\n${slow}`);
    await router.apply(CONFIG);
    await pppUp(router, factsOf(await dial(0, MAIN)));
    expect(await notes(router, 3)).toHaveLength(3);
    // The first notice is still being told, and yet hooks and the command have the lock and come to their end, and the
    // other program is told what they did.
    await pppUp(router, factsOf(await dial(1, P2P)));
    await router.waymark(["apply"]);
    expect(await notes(router, 5)).toHaveLength(5);
    expect(existsSync(router.path("/srv/lab/slow"))).toBe(false);
    await router.sh("touch /srv/lab/gate");
    expect(await notes(router, 5, "/srv/lab/slow")).toEqual(await notes(router, 5));
  });

  it("what a program leaves running holds nothing up", async () => {
    const { router, dial } = await homeServer();
    await program(router, "leaving", `${note(NOTES)}sleep 600 &\n`);
    await router.apply(CONFIG);
    await pppUp(router, factsOf(await dial(0, MAIN)));
    await notes(router, 3);
    await pppUp(router, factsOf(await dial(1, P2P)));
    expect(await notes(router, 5)).toHaveLength(5);
    await until("the queue to be empty", async () => (await queued(router)) === "");
  });

  it("are told by the command too, and of nothing when nothing has changed", async () => {
    const { router, dial } = await homeServer();
    await program(router, "note", note(NOTES));
    await dial(0, MAIN);
    await router.apply(CONFIG);
    expect(await notes(router, 3)).toHaveLength(3);
    await router.apply();
    await router.waymark(["apply"]);
    expect(await queued(router)).toBe("");
    expect(await notes(router, 3)).toHaveLength(3);
  });

  it("are told though the hook's unit, with all its processes, ends with the hook", async () => {
    const { router, dial, main } = await noting();
    await pppUp(router, factsOf(await dial(1, P2P)));
    await notes(router, 5);
    // As systemd does it: what is asked for is taken over after a while, and then in nobody's unit but its own.
    const slow =
      'sleep 0.7\necho taken >/srv/lab/taken\nwhile [ "$1" != -- ]; do shift; done\nshift\n"$@" &\n';
    await router.write("/srv/lab/bin/systemd-run", `#!/bin/sh\n${slow}`, 0o755);
    await router.sh("mkdir -p /run/systemd/system");
    await main.hangUp();
    await ifplugd(router, "ppp0", "down", { PATH: FAKES });
    expect(await router.read("/srv/lab/taken")).toBe("taken\n");
    expect((await notes(router, 7)).slice(5).map((line) => line.split(" ", 2).join(" "))).toEqual([
      "down main",
      "switch p2p",
    ]);
  });

  it("are told all the same where systemd takes nothing over", async () => {
    const { router, main } = await noting();
    await router.write("/srv/lab/bin/systemd-run", "#!/bin/sh\nexit 1\n", 0o755);
    await notes(router, 3);
    await router.sh("mkdir -p /run/systemd/system");
    await main.hangUp();
    await ifplugd(router, "ppp0", "down", { PATH: FAKES });
    expect((await notes(router, 4))[3]).toContain("down main");
  });

  it("are not run unless they are root's alone", async () => {
    const { router, dial } = await homeServer();
    await program(router, "note", note(NOTES));
    await program(router, "open", note("/srv/lab/open"), 0o777);
    await program(router, "theirs", note("/srv/lab/theirs"));
    await program(router, "plain", note("/srv/lab/plain"), 0o644);
    await program(router, "dotted.sh", note("/srv/lab/dotted"));
    await program(router, "linked", "");
    await router.sh(
      "cd /etc/waymark/notify.d; chown 4242 theirs; mkdir -m 0777 /srv/lab/free; mv note /srv/lab/free/target; " +
        "ln -sf /srv/lab/free/target linked; cp /srv/lab/free/target note",
    );
    await router.apply(CONFIG);
    await pppUp(router, factsOf(await dial(0, MAIN)));
    await notes(router, 3);
    await until("the queue to be empty", async () => (await queued(router)) === "");
    expect(await router.sh("ls /srv/lab")).not.toMatch(/open|theirs|plain|dotted/);
    expect(await notes(router, 3)).toHaveLength(3);
  });

  it("cost nothing where there are none", async () => {
    const { router, dial } = await homeServer();
    await router.sh("mkdir -p /etc/waymark/notify.d");
    await program(router, "README.md", "no program");
    await router.apply(CONFIG);
    await pppUp(router, factsOf(await dial(0, MAIN)));
    expect((await router.status()).choice).toEqual(["main"]);
    expect(await router.sh("ls /run/waymark")).not.toMatch(/notices|notifier/);
  });
});
