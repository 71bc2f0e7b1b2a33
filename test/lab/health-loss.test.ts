import { describe, expect, it } from "vitest";
import { lineAddress } from "./harness/houses.ts";
import { until } from "./harness/wait.ts";
import { HealthHouse, lose, probesAt, type Said, SECOND, TARGET, THIRD } from "./health-house.ts";

// A timeout of many intervals: nothing is lost because the machine is busy.
const QUICK = 'interval = "100ms"\ntimeout = "500ms"\n';

/** Of a dozen probes in a row nearly never all are lost by chance: what is judged here is the share, not the run. */
const BY_SHARE = `${QUICK}down_after = 12\n`;

/** Times of verdicts are written down by the wall clock, to the millisecond, and that is put right now and then. */
const CLOCK = 20;

const BETTER = ["down", "checking", "unknown", "degraded", "up"];

/** Each time a verdict became better: how long that was behind the last time it became worse. */
function pauses(said: readonly Said[]): number[] {
  let worse = Number.NEGATIVE_INFINITY;
  return said.slice(1).flatMap(({ verdict, since }, place) => {
    const rise = BETTER.indexOf(verdict) - BETTER.indexOf(said[place]?.verdict ?? verdict);
    if (rise < 0) worse = since;
    return rise > 0 ? [since - worse] : [];
  });
}

describe("a line that loses 30 % of its packets", () => {
  it("is degraded above max_loss: new connections leave it, and come back with it", async () => {
    const h = await HealthHouse.open({ check: `targets = "${TARGET}"\n${BY_SHARE}max_loss = "12%"` });
    expect(await h.traffic()).toEqual(h.only("main"));
    const bad = Date.now();
    await lose(h.isp("main"), 30, { way: "out" });
    const { reason } = await h.becomes("main", "degraded");
    expect(reason).toMatch(/^loss \d+(\.\d)? %, more than max_loss 12 %$/);
    await h.chooses("spare");
    h.took("30 % loss", "main", "degraded", bad);
    expect(await h.traffic()).toEqual(h.only("spare"));
    expect(await h.standing("main")).toMatchObject({ state: "up", chosen: false });

    const well = Date.now();
    await lose(h.isp("main"), 0);
    await h.becomes("main", "up");
    await h.chooses("main");
    h.took("30 % loss over", "main", "up", well);
    expect(await h.traffic()).toEqual(h.only("main"));
    expect(h.verdicts("main")).not.toContain("down");
  });

  it("is down above down_loss", async () => {
    const levels = 'max_loss = "5%"\ndown_loss = "12%"';
    const h = await HealthHouse.open({ check: `targets = "${TARGET}"\n${BY_SHARE}${levels}` });
    const bad = Date.now();
    await lose(h.isp("main"), 30, { way: "back" });
    const down = await h.becomes("main", "down");
    expect(down).toMatchObject({
      state: "down",
      reason: expect.stringMatching(/, more than down_loss 12 %$/),
    });
    h.took("30 % loss", "main", "down", bad);
    await h.chooses("spare");
    expect(await h.traffic()).toEqual(h.only("spare"));
    const well = Date.now();
    await lose(h.isp("main"), 0);
    await h.becomes("main", "up");
    await h.chooses("main");
    h.took("30 % loss over", "main", "up", well);
    expect(await h.traffic()).toEqual(h.only("main"));
  });

  it("is kept below both, whatever it is asked by", async () => {
    const h = await HealthHouse.open({
      check: `${BY_SHARE}window = 50\nmax_loss = "70%"\ndown_loss = "80%"`,
      lines: {
        main: `targets = "${TARGET}"`,
        spare: `method = "tcp"\ntargets = "${TARGET}:9"`,
      },
    });
    for (const name of ["main", "spare"]) await lose(h.isp(name), 30, { way: "out" });
    await h.probed("main", 100);
    for (const name of ["main", "spare"]) {
      // TCP sends what is lost once more within the time-out: a tenth is left.
      await until(
        `the loss of ${name} to be seen`,
        async () => ((await h.standing(name)).loss ?? 0) > 0.02,
        30_000,
      );
      const { health, loss } = await h.standing(name);
      expect(health).toBe("up");
      // beyond five standard deviations
      expect(loss).toBeLessThan(0.65);
      expect(h.verdicts(name).filter((verdict) => verdict !== "checking")).toEqual(["up"]);
    }
    expect(await h.choice()).toEqual(["main"]);
  });

  it("never flaps faster than the dwell, though its loss is now above the level and now below", async () => {
    const levels = 'max_loss = "20%"\ndown_loss = "40%"';
    const h = await HealthHouse.open({
      check: `targets = "${TARGET}"\n${QUICK}up_after = 3\nwindow = 5\n${levels}`,
    });
    await lose(h.isp("main"), 15, { way: "out" });
    await until("it to have come and gone", async () => pauses(h.said("main")).length >= 1, 120_000);
    // twice the time of up_after probes
    expect(Math.min(...pauses(h.said("main")))).toBeGreaterThanOrEqual(600 - CLOCK);
  });

  it("nor because it answers as soon as it is found dead, and its session is dialled anew", async () => {
    const h = await HealthHouse.open({ check: `targets = "${TARGET}"\n${QUICK}` });
    for (const anew of [false, true]) {
      await lose(h.isp("main"), 100);
      await h.becomes("main", "down");
      if (anew) {
        await h.line("main").drop();
        await until("it to be gone", async () => (await h.standing("main")).health === null);
      }
      await lose(h.isp("main"), 0);
      if (anew) await h.line("main").redial(lineAddress(0));
      await h.becomes("main", "up");
    }
    expect(pauses(h.said("main")).length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...pauses(h.said("main")))).toBeGreaterThanOrEqual(1000 - CLOCK);
    expect(
      h
        .said("main")
        .map(({ reason }) => reason)
        .join(),
    ).toContain("since it failed often");
  });
});

it("loss in one direction is as deadly: only the answers are lost, then only the requests", async () => {
  const h = await HealthHouse.open({ check: `targets = "${TARGET}"\n${QUICK}` });
  const { internet } = h.house.lab;
  const mine = `ip saddr ${lineAddress(0)} ip daddr ${TARGET}`;
  await internet.nft(
    `table inet eye {\n chain in {\n type filter hook input priority 0;\n ${mine} counter\n }\n}\n`,
  );
  const arrived = async () => Number(/packets (\d+)/.exec(await internet.sh("nft list table inet eye"))?.[1]);
  for (const [way, arrive] of [
    ["back", true],
    ["out", false],
  ] as const) {
    const dead = Date.now();
    await lose(h.isp("main"), 100, { way });
    expect(await h.becomes("main", "down")).toMatchObject({
      state: "down",
      reason: expect.stringContaining(`no answer from ${TARGET} for `),
    });
    h.took(`${way} is dead`, "main", "down", dead);
    await h.chooses("spare");
    expect(await h.traffic()).toEqual(h.only("spare"));
    // it is asked on and on, by itself
    const before = await arrived();
    await h.probed("main", 5);
    expect((await arrived()) > before).toBe(arrive);
    expect(await probesAt(h.isp("main"), TARGET)).toEqual([lineAddress(0)]);
    const back = Date.now();
    await lose(h.isp("main"), 0);
    await h.becomes("main", "up");
    h.took(`${way} is back`, "main", "up", back);
    await h.chooses("main");
    expect(await h.traffic()).toEqual(h.only("main"));
  }
});

describe("dead targets of a line that lives", () => {
  const check = (quorum: number) =>
    `targets = ["${TARGET}", "${SECOND}", "${THIRD}"]\nquorum = ${quorum}\n${QUICK}`;

  it("make it no worse while the quorum answers; one more is its death, by their names; one back its return", async () => {
    const h = await HealthHouse.open({ check: check(2) });
    await lose(h.isp("main"), 100, { way: "back", whom: SECOND });
    await h.probed("main", 40);
    expect(await h.standing("main")).toMatchObject({ health: "up", reason: "", loss: 0, chosen: true });
    expect(await h.traffic()).toEqual(h.only("main"));

    await lose(h.isp("main"), 100, { way: "back", whom: `{ ${SECOND}, ${THIRD} }` });
    const { reason } = await h.becomes("main", "down");
    expect(reason).toContain(`no answer from ${SECOND}, ${THIRD} for `);
    await h.chooses("spare");
    expect(await h.traffic()).toEqual(h.only("spare"));

    await lose(h.isp("main"), 100, { way: "out", whom: SECOND });
    await h.becomes("main", "up");
    await h.chooses("main");
    expect(await h.traffic()).toEqual(h.only("main"));
  });

  it("but one are none where one is enough; the last one's death is the line's", async () => {
    const h = await HealthHouse.open({ check: check(1) });
    await lose(h.isp("main"), 100, { whom: `{ ${SECOND}, ${THIRD} }` });
    await h.probed("main", 20);
    expect(await h.standing("main")).toMatchObject({ health: "up", chosen: true });
    const dead = Date.now();
    await lose(h.isp("main"), 100);
    await h.becomes("main", "down");
    h.took("the last of three targets is dead", "main", "down", dead);
    await h.chooses("spare");
    expect(await h.traffic()).toEqual(h.only("spare"));
  });
});
