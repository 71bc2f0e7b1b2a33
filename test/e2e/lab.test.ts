/** The namespace lab's scenarios with the programs of Debian 12 and 13: their node, iproute2, nft and conntrack. */

import { spawnSync } from "node:child_process";
import { copyFileSync, linkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attempt, type Ended } from "./bed.ts";

const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** What vitest's JSON reporter writes, as far as it is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Lays what runs the tests into /xchg: this node, and the checkout's modules, which stay as they are. */
function bringVitest(directory: string): void {
  const node = join(directory, "node");
  try {
    linkSync(process.execPath, node);
  } catch {
    // Another file system.
    copyFileSync(process.execPath, node);
  }
  for (const how of ["-al", "-a"]) {
    const { status } = spawnSync("cp", [how, MODULES, join(directory, "node_modules")]);
    if (status === 0) return;
  }
  throw new Error(`${MODULES} could not be laid into ${directory}`);
}

describe.each([
  { debian: "Debian 12", release: "bookworm", node: /^v18\./, ip: /iproute2-6\.1/, nft: /v1\.0/ },
  { debian: "Debian 13", release: "trixie", node: /^v20\./, ip: /iproute2-6\.15/, nft: /v1\.1/ },
] as const)("the namespace lab on $debian", ({ release, node, ip, nft }) => {
  let job: Ended;
  let report: Report;
  beforeAll(async () => {
    job = await attempt({ bed: "namespaces", release, job: "lab.sh", limit: 2700, bring: bringVitest });
    expect(job.status, String(job)).toBe(0);
    report = job.json<Report>("report");
  });
  afterAll(() => {
    for (const name of ["node", "node_modules"])
      rmSync(join(job.directory, name), { recursive: true, force: true });
  });

  it("runs with that Debian's programs", () => {
    expect(job.fact("node")).toMatch(node);
    expect(job.fact("ip")).toMatch(ip);
    expect(job.fact("nft")).toMatch(nft);
  });

  it("passes, every test of it", () => {
    const broken = report.testResults
      .filter(
        (file) => file.status === "failed" && file.assertionResults.every((one) => one.status === "passed"),
      )
      .map((file) => `${file.name}: ${file.message}`);
    const failed = report.testResults
      .flatMap((file) => file.assertionResults)
      .filter((one) => one.status !== "passed")
      .map((one) => `${one.status}: ${one.fullName}\n${one.failureMessages.join("\n")}`);
    expect([...broken, ...failed].join("\n\n")).toBe("");
    expect(report.numPassedTests).toBeGreaterThan(60);
    expect(job.fact("vitest")).toBe("0");
  });
});
