import { expect, it } from "vitest";
import type { Command } from "../../../lib/kernel/command.ts";
import { takeDown } from "../../../lib/reconcile/take-down.ts";
import type { World } from "../../../lib/reconcile/world.ts";
import { NO_STATE } from "../../../lib/state/record.ts";

/** As many routes of prefix files as the contract names, for two uplinks. */
const MANY = Array.from({ length: 200_000 }, (_, place) => ({
  dst: `10.${place >> 16}.${(place >> 8) & 255}.${place & 255}`,
  table: "87400",
  protocol: "87",
  metric: 1,
  dev: "eth0",
}));

it("takes away 200,000 routes, and does not list them one by one", async () => {
  let removed = 0;
  const run = async ({ args, input = "" }: Command) => {
    removed += input.split("\n").filter((line) => line.startsWith("route del ")).length;
    const looks = input.includes("address show");
    const stdout = looks ? `[]\n[]\n[]\n${JSON.stringify(MANY)}\n` : args.includes("-6") ? "[]\n" : "";
    return { exitCode: 0, stdout, stderr: "" };
  };
  const { changes, errors } = await takeDown(NO_STATE, { run } as unknown as World);
  expect([removed, errors, changes]).toEqual([200_000, [], ["ip route del …: 200000 routes"]]);
});
