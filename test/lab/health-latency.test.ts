import { expect, it } from "vitest";
import { HealthHouse, TARGET } from "./health-house.ts";
import { serveAnswers } from "./probe-house.ts";

/** Every packet that comes back by the line is so late; a page takes two round trips. */
const ROUND_TRIPS = { ping: 1, tcp: 1, dns: 1, http: 2 } as const;
const METHODS = Object.keys(ROUND_TRIPS) as (keyof typeof ROUND_TRIPS)[];

it("two levels of latency, by every method: degraded, down, and back; traffic goes by the line that is quick", async () => {
  const h = await HealthHouse.open({
    check:
      'interval = "200ms"\ntimeout = "1s"\ndown_after = 8\nwindow = 10\nmax_latency = "200ms"\ndown_latency = "500ms"',
    lines: {
      ping: `targets = "${TARGET}"`,
      tcp: `method = "tcp"\ntargets = "${TARGET}:80"`,
      dns: `method = "dns"\ntargets = "${TARGET}"`,
      http: `method = "http"\ntargets = "http://${TARGET}/204"`,
      spare: `targets = "${TARGET}"`,
    },
    before: ({ lab }) => serveAnswers(lab),
  });
  expect(await h.traffic()).toEqual(h.only("ping"));
  const slow = async (latency: number) => {
    for (const method of METHODS) await h.line(method).set(`delay ${latency / ROUND_TRIPS[method]}`);
  };
  const eachBecomes = async (latency: number, health: "degraded" | "down", state: string, why: RegExp) => {
    const began = Date.now();
    await slow(latency);
    for (const method of METHODS) {
      const { reason, state: found } = await h.becomes(method, health);
      expect([method, found, reason]).toEqual([method, state, expect.stringMatching(why)]);
      h.took(`latency ${latency} ms by ${method}`, method, health, began);
    }
  };

  await eachBecomes(300, "degraded", "up", /^latency \d+ ms, more than max_latency 200 ms$/);
  await h.chooses("spare");
  expect(await h.traffic()).toEqual(h.only("spare"));

  await eachBecomes(700, "down", "down", /^latency \d+ ms, more than down_latency 500 ms$/);
  expect(await h.traffic()).toEqual(h.only("spare"));

  const began = Date.now();
  await slow(0);
  for (const method of METHODS) {
    await h.becomes(method, "up");
    h.took(`no latency by ${method}`, method, "up", began);
  }
  await h.chooses("ping");
  expect(await h.traffic()).toEqual(h.only("ping"));
  expect(h.verdicts("spare")).not.toContain("degraded");
});

it("a line whose answers are all late is degraded, not dead", async () => {
  const h = await HealthHouse.open({
    check: `targets = "${TARGET}"\ninterval = "300ms"\ntimeout = "300ms"\ndown_after = 6\nwindow = 8`,
  });
  // a step that is shorter than the silence that kills
  await h.line("main").set("delay 600");
  const { reason, state, loss } = await h.becomes("main", "degraded");
  expect([state, reason]).toEqual(["up", expect.stringMatching(/more than timeout 300 ms$/)]);
  expect(loss).not.toBe(1);
  await h.chooses("spare");
  await h.probed("main", 12);
  expect(h.verdicts("main")).not.toContain("down");
  expect(await h.traffic()).toEqual(h.only("spare"));
});
