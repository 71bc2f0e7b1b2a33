/** `waymark watch` as the service that is installed on a machine that runs. */

import { describe, expect, it } from "vitest";
import { facts, jobOf, RELEASES } from "./service-facts.ts";

describe.each(RELEASES)("waymark-watch.service, installed on a running $debian", ({ release }) => {
  const job = jobOf({
    bed: "namespaces",
    release,
    job: "in-systemd.sh",
    args: ["service.sh", "5"],
    limit: 600,
  });

  it("was installed", () => expect(job().fact("install")).toBe("0"));
  facts(job);
});
