/** The beds themselves: what every scenario relies on. */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { attempt, type Ended, run } from "./bed.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));

describe.each([
  { bed: "namespaces", release: "bookworm", debian: "12", node: /^18\./ },
  { bed: "namespaces", release: "trixie", debian: "13", node: /^20\./ },
  { bed: "guest", release: "bookworm", debian: "12", node: /^18\./ },
  { bed: "guest", release: "trixie", debian: "13", node: /^20\./ },
  { bed: "systemd", release: "bookworm", debian: "12", node: /^18\./ },
] as const)("bed $bed $release", ({ bed, release, debian, node }) => {
  let job: Ended;
  beforeAll(async () => {
    job = await attempt({ bed, release, job: "hello.sh", args: ["7", "b c"], limit: 300 });
  });

  it("hands the job its arguments, and its exit status back", () => {
    expect(job.status, String(job)).toBe(7);
    expect(job.fact("arguments")).toBe("2 7 b c");
    expect(job.output).toMatch(/^\[[\d.]+\] hello$/m);
    expect(job.saved("text")).toBe("two\nlines\n");
  });

  it("is that Debian, with its own node", () => {
    expect(job.fact("release")).toBe(debian);
    expect(job.fact("node")).toMatch(node);
    expect(job.fact("host")).toBe("bed");
  });

  it("has no network but its own, which can be written", () => {
    expect(job.fact("links")).toBe("1");
    expect(job.fact("forward")).toBe("1");
  });

  it("has the checkout, which cannot be written, and installs from it", () => {
    expect(job.fact("checkout")).toBe("read-only");
    expect(job.fact("install.sh")).toBe("there");
    expect(job.fact("install"), job.output).toBe("0");
    expect(job.fact("command")).toMatch(/^waymark \d/);
  });

  it("throws away what is written", async () => {
    expect(job.fact("written")).toBe("/written");
    if (bed !== "namespaces") return;
    const after = await run({ bed, release, job: "hello.sh", limit: 60 });
    expect(after.facts("left over")).toEqual([]);
  });

  if (bed !== "namespaces")
    it("has a kernel of Debian's with PPP", () => {
      expect(job.fact("kernel")).toMatch(/-amd64$/);
      expect(job.fact("ppp")).toBe("there");
    });
});

it("ends a job whose time is up", async () => {
  const job = await attempt({ bed: "namespaces", release: "bookworm", job: "sleep.sh", limit: 2 });
  expect(job.status).toBe(124);
  expect(job.output).toContain("its time was up after 2 s");
});

it("has no fault that shellcheck knows in its programs and jobs", () => {
  const files = ["bed", "jobs"].flatMap((folder) =>
    readdirSync(join(HERE, folder)).map((name) => join(HERE, folder, name)),
  );
  const scripts = files.filter((file) => readFileSync(file, "utf8").startsWith("#!") || file.endsWith(".sh"));
  const { stdout, error } = spawnSync("shellcheck", ["-x", "-P", "SCRIPTDIR", ...scripts], {
    encoding: "utf8",
  });
  expect(error).toBeUndefined();
  expect(stdout).toBe("");
});
