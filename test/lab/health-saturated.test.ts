import { expect, it } from "vitest";
import { blast, pour, sink } from "./harness/crowd.ts";
import { lineAddress } from "./harness/houses.ts";
import { SERVER } from "./harness/peer.ts";
import { until } from "./harness/wait.ts";
import { HealthHouse, lose, SECOND, TARGET } from "./health-house.ts";

/**
 * A modem's line and queue: 200 packets of full size are 0.6 s, and a small one is dropped as soon as a large one. The
 * burst is too small for what the sender's segmentation offload puts together: a queue of those would be six seconds.
 */
const shape = (port: string) =>
  `tc qdisc add dev ${port} root handle 1: tbf rate 4mbit burst 2kb limit 400kb; tc qdisc add dev ${port} parent 1:1 handle 2: pfifo limit 200`;

it("a line that is full is not dead, at the defaults: TCP out, both ways, UDP beyond its rate; dead, it is found", async () => {
  const h = await HealthHouse.open({ check: `targets = ["${TARGET}", "${SECOND}"]` });
  const { lab, client } = h.house;
  const isp = h.isp("main");
  // up to the internet, and down to the customer
  for (const port of ["core", "cust"]) await isp.sh(shape(port));
  const dropped = async () =>
    Number(/dropped (\d+)/.exec(await isp.sh("tc -s qdisc show dev core"))?.[1] ?? "0");
  const arrived = [await sink(lab.internet), await sink(h.router)];
  const latency = async () => (await h.standing("main")).latency ?? 0;
  const stillAlive = async () => {
    for (const verdict of ["down", "unknown"]) expect(h.verdicts("main")).not.toContain(verdict);
    expect(await h.standing("main")).toMatchObject({ state: "up", address: lineAddress(0) });
  };

  const crowds = [await pour(client, SERVER, 8)];
  await until("a queue", async () => (await latency()) > 300, 40_000);
  await stillAlive();
  expect(await h.choice()).toEqual(["main"]);
  crowds.push(await pour(lab.internet, lineAddress(0), 8));
  await h.probed("main", 8);
  await stillAlive();
  const before = await dropped();
  crowds.push(await blast(client, SERVER, 8000));
  await h.probed("main", 10);
  await stillAlive();
  expect(await dropped()).toBeGreaterThan(before + 200);
  expect((await h.standing("main")).loss).toBeGreaterThan(0);

  const dead = Date.now();
  await lose(isp, 100);
  await h.becomes("main", "down");
  h.took("a full line is dead", "main", "down", dead);
  await h.chooses("spare");
  for (const crowd of crowds) await crowd.stop();
  expect(await h.traffic()).toEqual(h.only("spare"));
  for (const end of arrived) expect(await end.stop()).toBeGreaterThan(500_000);
});
