import { describe, expect, it } from "vitest";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";
import { HealthHouse, lose, TARGET } from "./health-house.ts";
import { pings, serveAnswers } from "./probe-house.ts";

const CHECK = `targets = "${TARGET}"\ninterval = "200ms"\ntimeout = "400ms"\n`;

/** The program is no longer there, nor are those that run. */
async function withoutPing(router: Router): Promise<void> {
  await router.sh(
    "mkdir -p /srv/bin/u /srv/bin/w; mount -t overlay -o lowerdir=/usr/bin,upperdir=/srv/bin/u,workdir=/srv/bin/w overlay /usr/bin; rm /usr/bin/ping",
  );
  await killPings(router);
}

async function killPings(router: Router): Promise<void> {
  for (const ping of await pings(router)) await router.sh(`kill -9 ${Number.parseInt(ping, 10)}`);
}

describe("a check that cannot run", () => {
  it("makes no line down and none up: its program is missing, and back", async () => {
    const h = await HealthHouse.open({ check: CHECK });
    const gone = Date.now();
    await withoutPing(h.router);
    for (const name of ["main", "spare"]) {
      expect(await h.becomes(name, "unknown")).toMatchObject({ state: "up" });
      // first that it was killed, then that it is not there
      await until("the reason", async () =>
        /^the check cannot run: ping: exit \d+: .*No such file/.test((await h.standing(name)).reason),
      );
    }
    expect(await h.choice()).toEqual(["main"]);
    expect(await h.traffic()).toEqual(h.only("main"));
    for (const name of ["main", "spare"]) expect(h.verdicts(name, gone)).toEqual(["unknown"]);

    const back = Date.now();
    await h.router.sh("umount -l /usr/bin");
    for (const name of ["main", "spare"]) await h.becomes(name, "up");
    h.took("the program is back", "main", "up", back);
    await lose(h.isp("main"), 100);
    await h.becomes("main", "down");
    await h.chooses("spare");
  });

  it("leaves a line that is dead where it was", async () => {
    const h = await HealthHouse.open({ check: CHECK });
    await lose(h.isp("main"), 100);
    await h.becomes("main", "down");
    await h.chooses("spare");
    const gone = Date.now();
    await withoutPing(h.router);
    await h.becomes("spare", "unknown");
    await lose(h.isp("main"), 0);
    expect(await h.standing("main")).toMatchObject({ state: "down", health: "down", chosen: false });
    expect(await h.choice()).toEqual(["spare"]);
    expect(await h.traffic()).toEqual(h.only("spare"));
    expect(h.verdicts("main", gone)).toEqual([]);
    expect(h.verdicts("spare", gone)).toEqual(["unknown"]);
  });

  it("for want of a permission, from the beginning", async () => {
    const h = await HealthHouse.open({
      check: CHECK,
      under: ["setpriv", "--bounding-set", "-net_raw"],
      first: "unknown",
    });
    const { state, reason } = await h.standing("main");
    expect([state, reason]).toEqual(["up", expect.stringContaining("Operation not permitted")]);
    expect(await h.choice()).toEqual(["main"]);
    expect(await h.traffic()).toEqual(h.only("main"));
  });

  it("because this machine's own packet filter forbids it, without a word or with one", async () => {
    const h = await HealthHouse.open({
      check: 'interval = "200ms"\ntimeout = "400ms"',
      lines: { main: `method = "dns"\ntargets = "${TARGET}"`, spare: `targets = "${TARGET}"` },
      before: ({ lab }) => serveAnswers(lab),
    });
    const spareWas = h.said("spare").length;
    for (const verb of ["drop", "reject"]) {
      const forbidden = Date.now();
      await h.router.nft(
        `table inet strict {\n chain out {\n type filter hook output priority 0;\n oifname "ppp0" udp dport 53 ${verb}\n }\n}\n`,
      );
      const { state, reason } = await h.becomes("main", "unknown");
      expect([verb, state, reason]).toEqual([
        verb,
        "up",
        "the check cannot run: this machine's packet filter forbids it (EPERM)",
      ]);
      expect(h.verdicts("main", forbidden)).toEqual(["unknown"]);
      expect(await h.choice()).toEqual(["main"]);
      expect(await h.traffic()).toEqual(h.only("main"));
      await h.router.nft("delete table inet strict");
      await h.becomes("main", "up");
    }
    // the other line's went on meanwhile
    expect(h.said("spare")).toHaveLength(spareWas);
  });
});
