import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { until } from "../lab/harness/wait.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** The demo as install.sh starts it, without a terminal, in a session of its own. */
function demo(...before: string[]) {
  const [file = "", ...args] = [...before, "node_modules/.bin/tsx", "scripts/demo.ts"];
  const options = {
    cwd: REPOSITORY,
    env: { LC_ALL: "C", CI: "true" },
    reject: false,
    detached: true,
  } as const;
  return execa(file, args, { ...options, stdin: "ignore", timeout: 100_000 });
}

/** What the demo could leave behind on this machine. */
async function machine(): Promise<string> {
  const { stdout } = await execa("sh", ["-c", "ip netns list; ip -o link | cut -d: -f2; ip rule"]);
  return stdout;
}

/** Commands that still run in a session. */
function processesOf(session: number): string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const [, command = "", rest = ""] =
        /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return rest.split(" ")[3] === String(session) ? [command] : [];
    } catch {
      return [];
    }
  });
}

const expectNobody = async (session = 0) => {
  expect(session).toBeGreaterThan(1);
  await until("the demo's processes to be gone", async () => processesOf(session).length === 0);
};

describe("the demo", () => {
  it("shows what it promises, and leaves the machine as it was", async () => {
    const before = await machine();
    const run = demo();
    const { exitCode, stdout, stderr } = await run;
    expect(`${stdout}\n${stderr}`).not.toMatch(/not as promised:/i);
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/4G cable pulled\.$/m);
    expect(stdout).toMatch(/New connections leave by 3G \d+ ms later; \d+ of \d+ old ones still answer/);
    expect(stdout).toContain("8 scenes, all as promised.");
    expect(stdout).toContain("Packets that left by a line with another line's address: 0.");
    await expectNobody(run.pid);
    expect(await machine()).toBe(before);
  });

  for (const [signal, status] of [
    ["SIGTERM", 143],
    ["SIGKILL", undefined],
  ] as const)
    it(`takes everything away when it is ended by ${signal}`, async () => {
      const before = await machine();
      const run = demo();
      let heard = "";
      run.stdout.on("data", (chunk) => {
        heard += String(chunk);
      });
      await until("the first scene", async () => heard.includes("An ordinary day"), 60_000);
      expect(processesOf(run.pid ?? 0)).toContain("perl");
      run.kill(signal);
      expect((await run).exitCode).toBe(status);
      await expectNobody(run.pid);
      expect(await machine()).toBe(before);
    });

  it("says why it does not start for anybody but root", async () => {
    const { exitCode, stderr } = await demo("setpriv", "--reuid", "65534", "--clear-groups");
    expect(stderr).toBe("demo: it makes network namespaces, which only root may: sudo ./install.sh --demo");
    expect(exitCode).toBe(1);
  });
});
