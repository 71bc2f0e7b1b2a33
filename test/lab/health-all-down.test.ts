import { describe, expect, it } from "vitest";
import { lineAddress } from "./harness/houses.ts";
import { flows, routePolls } from "./harness/peer.ts";
import { HealthHouse, lose, TARGET } from "./health-house.ts";

const CHECK = `targets = "${TARGET}"\ninterval = "200ms"\ntimeout = "400ms"`;

/** New connections that nobody answers, and still leave by this line with its address. */
const inVain = (h: HealthHouse, name: string) => {
  const nobody = { by: {}, failed: 1, why: expect.any(String) };
  return { ...h.only(name), client: nobody, router: nobody };
};

describe("all lines are dead", () => {
  it("one behind the other: the last good path is kept; the first that comes back is used", async () => {
    const h = await HealthHouse.open({ check: CHECK });
    const polls = await routePolls(h.router);
    await lose(h.isp("main"), 100);
    await h.becomes("main", "down");
    await h.chooses("spare");
    await lose(h.isp("spare"), 100, { way: "back" });
    await h.becomes("spare", "down");
    await h.chooses("spare");
    expect(await h.traffic(1, 1)).toEqual(inVain(h, "spare"));
    // its answers only were lost: what is tried meanwhile really leaves
    const back = Date.now();
    await lose(h.isp("main"), 0);
    // nobody is better: it is used before it has proved itself
    await h.chooses("main");
    expect(await h.traffic()).toEqual(h.only("main"));
    await h.becomes("main", "up");
    h.took("back from all dead", "main", "up", back);
    expect(await h.standing("spare")).toMatchObject({ health: "down", chosen: false });

    await lose(h.isp("spare"), 0);
    await h.becomes("spare", "up");
    expect(await h.choice()).toEqual(["main"]);
    expect((await polls.stop()).refused).toBe(0);
  });

  it("at once: one of them is kept; the spare one is used when it is the only one that comes back", async () => {
    const h = await HealthHouse.open({ check: CHECK });
    const polls = await routePolls(h.router);
    const dead = Date.now();
    await Promise.all(["main", "spare"].map((name) => lose(h.isp(name), 100)));
    for (const name of ["main", "spare"]) {
      await h.becomes(name, "down");
      h.took("all are dead", name, "down", dead);
    }
    // which of them was found dead last is chance
    const [kept = "", ...others] = await h.choice();
    expect(others).toEqual([]);
    await h.chooses(kept);
    expect(await h.traffic(1, 1)).toEqual(inVain(h, kept));

    await lose(h.isp("spare"), 0);
    await h.chooses("spare");
    expect(await h.traffic()).toEqual(h.only("spare"));
    await h.becomes("spare", "up");
    expect(await h.standing("main")).toMatchObject({ state: "down", health: "down", chosen: false });
    await lose(h.isp("main"), 0);
    await h.becomes("main", "up");
    await h.chooses("main");
    expect(await h.traffic()).toEqual(h.only("main"));
    expect((await polls.stop()).refused).toBe(0);
  });

  it("and are hung up and dialled again: used as soon as one is there", async () => {
    const h = await HealthHouse.open({ check: CHECK });
    await Promise.all(["main", "spare"].map((name) => lose(h.isp(name), 100)));
    for (const name of ["main", "spare"]) await h.becomes(name, "down");
    for (const name of ["main", "spare"]) await h.line(name).drop();
    await lose(h.isp("spare"), 0);
    await h.line("spare").redial(lineAddress(1));
    await h.chooses("spare");
    expect(await flows(h.router, 3)).toMatchObject({ by: { [lineAddress(1)]: 3 } });
  });
});
