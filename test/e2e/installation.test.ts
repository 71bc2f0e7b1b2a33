/** Installation, upgrade and removal on Debian 12 and 13, by install.sh and as a package. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";
import { ACTIVE, BOTH_UP, BY_FIRST, bring, lines, RELEASES, units, working } from "./installation-facts.ts";
import { builtCheckout, packageVersions } from "./packages.ts";

/** Those that are programs; DHCP clients read theirs into their own shell. */
const HOOKS = [
  "/etc/NetworkManager/dispatcher.d/90-waymark",
  "/etc/ifplugd/action.d/waymark",
  "/etc/network/if-post-down.d/waymark",
  "/etc/network/if-up.d/waymark",
  "/etc/ppp/ip-down.d/waymark",
  "/etc/ppp/ip-up.d/waymark",
  "/etc/ppp/ipv6-down.d/waymark",
  "/etc/ppp/ipv6-up.d/waymark",
];
const DHCLIENT = "/etc/dhcp/dhclient-exit-hooks.d/waymark";
/** Of a list of files: those that are no documents, with type, mode and owner. */
const programs = (text: string) => lines(text).filter((line) => !line.includes("/usr/share/doc/waymark"));
const byPath = (a: string, b: string) => (a.replace(/^.*? \//, "/") < b.replace(/^.*? \//, "/") ? -1 : 1);

describe.each(RELEASES)("install.sh on $debian where no systemd runs", ({ release }) => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({ bed: "namespaces", release, job: "installation-files.sh", limit: 240, bring });
  });

  it("puts its files where they belong, with their modes, and root's", () => {
    expect(programs(job.saved("installed"))).toEqual(
      [
        ...HOOKS.map((hook) => `f 755 root:root ${hook}`),
        `f 644 root:root ${DHCLIENT}`,
        "f 644 root:root /etc/iproute2/rt_protos.d/waymark.conf",
        "d 755 root:root /etc/waymark",
        "d 755 root:root /etc/waymark/notify.d",
        "f 644 root:root /etc/waymark/waymark.toml",
        "f 755 root:root /usr/bin/waymark",
        "f 644 root:root /usr/lib/dhcpcd/dhcpcd-hooks/70-waymark",
        "f 644 root:root /usr/lib/systemd/system/waymark-watch.service",
        "f 644 root:root /usr/lib/systemd/system/waymark.service",
        "f 644 root:root /usr/lib/tmpfiles.d/waymark.conf",
        "f 644 root:root /usr/share/bash-completion/completions/waymark",
        "f 644 root:root /usr/share/man/man5/waymark.toml.5.gz",
        "f 644 root:root /usr/share/man/man8/waymark.8.gz",
        "d 755 root:root /usr/share/waymark",
        "f 644 root:root /usr/share/waymark/waymark.toml",
        "d 755 root:root /var/lib/waymark",
        "f 644 root:root /var/lib/waymark/last-good.json",
        "f 644 root:root /var/lib/waymark/manifest",
        "f 644 root:root /var/lib/waymark/numbers.json",
      ].sort(byPath),
    );
  });

  it("works at once, with what it found", () => {
    expect(job.saved("install-first")).toContain("wrote /etc/waymark/waymark.toml from what was found here");
    expect(job.saved("configuration")).toContain('interface = "uplink1"');
    // Templates that Debian's packages have put below /etc/ppp/peers are no uplinks.
    expect(job.saved("configuration")).not.toMatch(/^peer/m);
    expect(working(job)).toEqual(BOTH_UP);
    expect(job.fact("way")).toBe(BY_FIRST);
    expect(job.saved("kernel-installed")).toContain("table inet waymark");
  });

  it("changes nothing the second time", () => {
    expect(job.fact("second time")).toBe("1");
    expect(job.fact("touched").trim()).toBe("");
  });

  it("is upgraded by the next version's install.sh, which keeps the configuration", () => {
    expect(job.fact("upgraded").trim()).toBe("/usr/bin/waymark /etc/network/if-up.d/waymark");
    expect(job.fact("document")).toContain("No such file");
    expect(job.fact("configuration")).toBe("# mine");
    expect(job.fact("way after upgrade")).toBe(BY_FIRST);
  });

  it("is uninstalled without a trace in the kernel, and keeps the configuration", () => {
    expect(job.saved("kernel-uninstalled")).toBe(job.saved("kernel-before"));
    expect(lines(job.saved("uninstalled"))).toEqual([
      "d 755 root:root /etc/waymark",
      "f 644 root:root /etc/waymark/waymark.toml",
      "d 755 root:root /var/lib/waymark",
      "f 644 root:root /var/lib/waymark/last-good.json",
      "f 644 root:root /var/lib/waymark/numbers.json",
    ]);
  });

  it("is purged without a trace in the files", () => {
    expect(job.saved("files-purged")).toBe(job.saved("files-before"));
    expect(job.fact("run")).toBe("gone");
  });

  it("has the same files as the package", () => {
    const packageOnly = "f 644 root:root /usr/share/lintian/overrides/waymark";
    const atWork = ["manifest", "last-good.json", "numbers.json"].map((name) => `/var/lib/waymark/${name}`);
    expect(lines(job.saved("packaged"))).toContain(packageOnly);
    expect(lines(job.saved("packaged")).filter((line) => line !== packageOnly)).toEqual(
      lines(job.saved("installed")).filter((line) => !atWork.some((path) => line.endsWith(` ${path}`))),
    );
    expect(job.fact("verify")).toBe("");
  });

  it("as a package leaves the network alone there", () => {
    expect(job.fact("package")).toMatch(/^installed /);
    expect(job.fact("starting")).toBe("example");
    expect(job.saved("kernel-packaged")).toBe(job.saved("kernel-before"));
    expect(job.saved("files-package-purged")).toBe(job.saved("files-before"));
  });
});

describe.each(RELEASES)("the package on $debian with systemd", ({ release }) => {
  let job: Ended;
  let versions: readonly [string, string];
  beforeAll(async () => {
    versions = packageVersions(builtCheckout());
    const args = ["installation-systemd.sh", ...versions];
    job = await run({ bed: "namespaces", release, job: "in-systemd.sh", args, limit: 600, bring });
  });

  it("is installed by apt, configured from what is there, and works", () => {
    expect(job.fact("package")).toBe(`installed ${versions[0]}`);
    expect(job.saved("apt-install")).toContain("Wrote /etc/waymark/waymark.toml from what was found here.");
    expect(working(job)).toEqual(BOTH_UP);
    expect(job.fact("way")).toBe(BY_FIRST);
    expect(units(job.saved("units-installed"))).toMatchObject(ACTIVE);
  });

  it("comes back after a reload of nftables", () => {
    expect(job.output).toContain("Waymark's table is back");
  });

  it("is upgraded under traffic: no packet lost, no rule touched, the configuration kept", () => {
    expect(job.fact("upgraded")).toBe(`installed ${versions[1]}`);
    expect(job.fact("files upgraded").trim()).toBe("/usr/bin/waymark /etc/network/if-up.d/waymark");
    expect(job.fact("configuration")).toBe("# mine");
    expect(job.saved("ping")).toMatch(/ 0% packet loss/);
    expect(job.saved("rules-during-upgrade")).toBe("");
    expect(units(job.saved("units-upgraded"))).toMatchObject(ACTIVE);
  });

  it("is not overwritten by install.sh", () => {
    expect(job.facts("install")[0]).toBe("1");
    expect(job.saved("refused")).toContain("Waymark is installed here as a Debian package");
  });

  it("once removed leaves the kernel as it was, and hooks and configuration in /etc", () => {
    expect(job.saved("kernel-removed")).toBe(job.saved("kernel-before"));
    const left = lines(job.saved("removed"));
    for (const hook of HOOKS) expect(left).toContain(`f 755 root:root ${hook}`);
    expect(left).toContain(`f 644 root:root ${DHCLIENT}`);
    expect(left).toContain("f 644 root:root /etc/waymark/waymark.toml");
    expect(left.filter((line) => / \/usr\//.test(line))).toEqual([]);
    expect(job.fact("run")).toBe("gone");
  });

  it("leaves hooks behind that do nothing, and say nothing", () => {
    expect([...job.facts("hook of the removed package")].sort()).toEqual(
      [...HOOKS, DHCLIENT].sort().map((hook) => `${hook}: 0 `),
    );
    expect(job.saved("kernel-after-hooks")).toBe(job.saved("kernel-before"));
    const [before, after] = job.fact("said").trim().split(/\s+/);
    expect(after).toBe(before);
  });

  it("hands over to install.sh, with the configuration", () => {
    expect(job.facts("install")[1]).toBe("0");
    expect(job.saved("taken-over")).toContain("took over from the removed package");
    expect(job.fact("package now")).toBe("unknown");
    expect(job.fact("configuration now")).toBe("# mine");
    expect(units(job.saved("units-taken-over"))).toMatchObject(ACTIVE);
  });

  it("takes over from install.sh, without a question", () => {
    expect(job.saved("apt-took-over")).toContain("Took over from install.sh");
    expect(job.fact("package then")).toBe("installed no manifest");
    expect(job.fact("verify")).toBe("");
    expect(job.fact("left aside")).toBe("");
    expect(job.fact("way again")).toBe(BY_FIRST);
    expect(units(job.saved("units-again"))).toMatchObject(ACTIVE);
  });

  it("is purged without a trace", () => {
    expect(job.saved("kernel-purged")).toBe(job.saved("kernel-before"));
    expect(job.saved("files-purged")).toBe(job.saved("files-before"));
  });

  it("install.sh comes and goes without a trace, too", () => {
    expect(units(job.saved("units-install.sh"))).toMatchObject(ACTIVE);
    expect(job.fact("way of install.sh")).toBe(BY_FIRST);
    expect(job.saved("kernel-uninstalled")).toBe(job.saved("kernel-before"));
    expect(job.fact("kept")).toBe("waymark.toml");
    expect(job.saved("files-install.sh-purged")).toBe(job.saved("files-before"));
    expect(job.fact("failed").trim()).toBe("");
  });
});
