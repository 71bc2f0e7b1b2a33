import { defineConfig } from "vitest/config";

/**
 * Four kinds of test: facts and properties (seconds, no root), built hooks as installed, the namespace lab, and real
 * daemons in a bed.
 */
export default defineConfig({
  test: {
    projects: [
      // Facts about pure functions share one world: a fresh one per file would take three times as long as the facts.
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], isolate: false } },
      { test: { name: "property", include: ["test/property/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "hooks",
          include: ["test/hooks/**/*.test.ts", "test/install/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["test/lab/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          // A job has its own limit; the first one waits for its bed to be made, too.
          testTimeout: 50 * 60_000,
          hookTimeout: 50 * 60_000,
        },
      },
    ],
  },
});
