/** `waymark watch` as the service that is enabled when a machine boots. */

import { describe, expect, it } from "vitest";
import { facts, jobOf, RELEASES, units } from "./service-facts.ts";

describe.each(RELEASES)("waymark-watch.service, enabled at the boot of $debian", ({ release }) => {
  const prepare = "service-image.sh";
  const job = jobOf({ bed: "systemd", release, job: "service.sh", args: ["50"], prepare, limit: 1800 });
  it("at boot begins when the choice is made, and has nothing to put right", () => {
    const common = { ActiveState: "active", UnitFileState: "enabled", Result: "success", NRestarts: "0" };
    expect(units(job().saved("boot-units"))).toEqual([
      { Id: "waymark.service", SubState: "exited", ...common },
      { Id: "waymark-watch.service", SubState: "running", ...common },
    ]);
    expect(job().json("boot-status")).toMatchObject({ choice: ["first"] });
    const journal = job().saved("boot-journal");
    expect(journal).toMatch(/^waymark apply.*: choice none -> first/m);
    expect(journal).not.toMatch(
      /^watch [a-z+]*(route|rule|filter).* changes? in |keeps changing|error|cannot|failed/im,
    );
  });

  facts(job);
});
