import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { noticeMachine } from "../../../lib/notify/machine.ts";

const folder = mkdtempSync(join(tmpdir(), "waymark-tell-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
const edge = (times = { limit: 60_000, grace: 60_000 }) =>
  noticeMachine(() => undefined, join(folder, "queue"), folder, times);

function program(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

it("runs a program with the notice and a plain environment, and nothing of ours", async () => {
  process.env.WAYMARK_SECRET = "x";
  const out = join(folder, "environment");
  const path = program("environment-of", `#!/bin/sh\nenv >${out}\n`);
  const end = await edge().run(path, { WAYMARK_EVENT: "up", WAYMARK_REASON: "$(id) `id` 'x'" });
  delete process.env.WAYMARK_SECRET;
  expect(end).toEqual({ status: 0, why: null, words: "" });
  const lines = readFileSync(out, "utf8").trim().split("\n");
  expect(lines.filter((line) => !/^(PWD|_|SHLVL)=/.test(line)).sort()).toEqual([
    "HOME=/root",
    "LANG=C",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "WAYMARK_EVENT=up",
    "WAYMARK_REASON=$(id) `id` 'x'",
  ]);
});

it("hands on its status and its last line", async () => {
  const path = program("failing", "#!/bin/sh\necho one\necho two >&2\nexit 3\n");
  expect(await edge().run(path, {})).toEqual({ status: 3, why: null, words: "two" });
});

it("ends one that runs out of time, with all it started", async () => {
  const file = join(folder, "child");
  const path = program("hanging", `#!/bin/sh\ntrap '' TERM\nsleep 600 & echo $! >${file}; wait; wait\n`);
  const end = await edge({ limit: 300, grace: 100 }).run(path, {});
  expect(end).toEqual({ status: null, why: "ended after 0.3 s", words: "" });
  const child = Number(readFileSync(file, "utf8"));
  while (existsSync(`/proc/${child}`) && !readFileSync(`/proc/${child}/stat`, "utf8").includes(") Z"))
    await pause();
});

it("does not wait for what it leaves running", async () => {
  const file = join(folder, "left");
  const path = program("leaving", `#!/bin/sh\nsleep 600 & echo $! >${file}\necho done\n`);
  expect(await edge().run(path, {})).toEqual({ status: 0, why: null, words: "done" });
  process.kill(Number(readFileSync(file, "utf8")), "SIGKILL");
});

it("says what is no program", async () => {
  const path = program("text", "#!/no/such/interpreter\n");
  expect(await edge().run(path, {})).toMatchObject({
    status: null,
    why: expect.stringMatching(/^cannot be run: /),
  });
});

it("the lock is held by one at a time", async () => {
  const first = await edge().lock();
  expect(first).not.toBeNull();
  expect(await edge().lock()).toBeNull();
  await first?.();
  const second = await edge().lock();
  expect(second).not.toBeNull();
  await second?.();
});
