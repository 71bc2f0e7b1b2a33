import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { putBatch, readBatch, removeBatch, waiting } from "../../../lib/notify/queue.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-queue-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("nothing waits where there is no queue", () => expect(waiting(join(folder, "none"))).toEqual([]));

it("batches come out in the order of the clock, whatever its length", () => {
  const queue = join(folder, "order");
  for (const time of [9n, 100n, 20n]) putBatch(queue, [{ WAYMARK_TIME: String(time) }], time);
  expect(waiting(queue).map((name) => readBatch(queue, name)[0]?.WAYMARK_TIME)).toEqual(["9", "20", "100"]);
  for (const name of waiting(queue)) removeBatch(queue, name);
  expect(waiting(queue)).toEqual([]);
});

it("files of others are no batches, and what cannot be read holds none", () => {
  const queue = join(folder, "others");
  putBatch(queue, [{}], 5n);
  writeFileSync(join(queue, "00000000000000000001.json"), '{"format":1,"batch":[{"A"');
  writeFileSync(join(queue, "00000000000000000002.json.77.new"), "");
  const names = waiting(queue);
  expect(names).toHaveLength(2);
  expect(readBatch(queue, names[0] ?? "")).toEqual([]);
});

it("never more than 200: the oldest go", () => {
  const queue = join(folder, "many");
  let dropped = 0;
  for (let time = 1; time <= 203; time++) dropped += putBatch(queue, [{}], BigInt(time));
  expect(dropped).toBe(3);
  expect(waiting(queue)).toHaveLength(200);
  expect(waiting(queue)[0]).toBe("00000000000000000004.json");
});
