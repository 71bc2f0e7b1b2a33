import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Checkout, HOOKS, listing, makeCheckout, runProgram, snapshot } from "./checkout.ts";

let checkout: Checkout;
beforeEach(() => {
  checkout = makeCheckout();
});
afterEach(() => checkout.remove());

const files = () =>
  listing(checkout.root).filter((line) => line.startsWith("f") && !line.includes("/usr/share/doc/"));
const read = (path: string) => readFileSync(join(checkout.root, path), "utf8");

describe("install.sh with DESTDIR", () => {
  it("puts every file in its place with its mode", () => {
    const { status, stderr } = checkout.installBelowRoot();
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(files()).toEqual([
      "f 755 /etc/NetworkManager/dispatcher.d/90-waymark",
      "f 644 /etc/dhcp/dhclient-exit-hooks.d/waymark",
      "f 755 /etc/ifplugd/action.d/waymark",
      "f 644 /etc/iproute2/rt_protos.d/waymark.conf",
      "f 755 /etc/network/if-post-down.d/waymark",
      "f 755 /etc/network/if-up.d/waymark",
      "f 755 /etc/ppp/ip-down.d/waymark",
      "f 755 /etc/ppp/ip-up.d/waymark",
      "f 755 /etc/ppp/ipv6-down.d/waymark",
      "f 755 /etc/ppp/ipv6-up.d/waymark",
      "f 644 /etc/waymark/waymark.toml",
      "f 755 /usr/bin/waymark",
      "f 644 /usr/lib/dhcpcd/dhcpcd-hooks/70-waymark",
      "f 644 /usr/lib/systemd/system/waymark-watch.service",
      "f 644 /usr/lib/systemd/system/waymark.service",
      "f 644 /usr/lib/tmpfiles.d/waymark.conf",
      "f 644 /usr/share/bash-completion/completions/waymark",
      "f 644 /usr/share/man/man5/waymark.toml.5.gz",
      "f 644 /usr/share/man/man8/waymark.8.gz",
      "f 644 /usr/share/waymark/waymark.toml",
      "f 644 /var/lib/waymark/manifest",
    ]);
    const directories = listing(checkout.root).filter((line) => line.startsWith("d"));
    expect(directories.filter((line) => !line.startsWith("d 755"))).toEqual([]);
    expect(directories).toContain("d 755 /etc/waymark/notify.d");
    expect(listing(join(checkout.root, "usr/share/doc/waymark"))).toContain("f 644 /copyright");
  });

  it("leaves the interpreter to be looked up, since the machine is another", () => {
    checkout.installBelowRoot();
    expect(read("usr/bin/waymark")).toBe(readFileSync(join(checkout.directory, "dist/waymark"), "utf8"));
  });

  it("names the interpreter that NODE names", () => {
    expect(checkout.install([], { DESTDIR: checkout.root, NODE: "/opt/node/bin/node" }).status).toBe(0);
    expect(read("usr/bin/waymark")).toMatch(/^WAYMARK_NODE=\/opt\/node\/bin\/node$/m);
    expect(read("etc/network/if-up.d/waymark")).toMatch(/^WAYMARK_NODE=\/opt\/node\/bin\/node$/m);
  });

  it("compresses the man pages, the same way each time", () => {
    checkout.installBelowRoot();
    const page = join(checkout.root, "usr/share/man/man8/waymark.8.gz");
    expect(runProgram("gzip", ["-dc", page]).stdout).toBe(
      readFileSync(join(checkout.directory, "packaging/waymark.8"), "utf8"),
    );
    expect(runProgram("sh", ["-c", `tail -c +5 '${page}' | head -c 4 | od -An -tx1`]).stdout.trim()).toBe(
      "00 00 00 00",
    );
  });

  it("takes a unit or a page more from one line of packaging/files", () => {
    checkout.write("packaging/more.service", "[Service]\nExecStart=/bin/true\n");
    const list = readFileSync(join(checkout.directory, "packaging/files"), "utf8");
    checkout.write(
      "packaging/files",
      `${list}0644 packaging/more.service /usr/lib/systemd/system/waymark-more.service\n`,
    );
    checkout.installBelowRoot();
    expect(files()).toContain("f 644 /usr/lib/systemd/system/waymark-more.service");
  });

  it("records each file with its checksum", () => {
    checkout.installBelowRoot();
    for (const [, sum, path] of read("var/lib/waymark/manifest").matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)) {
      expect(runProgram("sha256sum", [join(checkout.root, path ?? "")]).stdout.slice(0, 64)).toBe(sum);
    }
    expect(read("var/lib/waymark/manifest")).toMatch(/^directory {2}\/etc\/ppp\/ip-up\.d$/m);
  });

  it("changes nothing the second time, and says so", () => {
    checkout.installBelowRoot();
    const before = snapshot(checkout.root);
    const { status, stdout } = checkout.installBelowRoot();
    expect(status).toBe(0);
    expect(stdout).toContain("nothing changed");
    expect(snapshot(checkout.root)).toBe(before);
  });

  it("repairs what was changed, and touches nothing else", () => {
    checkout.installBelowRoot();
    runProgram("chmod", ["0700", join(checkout.root, "etc/ppp/ip-up.d/waymark")]);
    rmSync(join(checkout.root, "usr/bin/waymark"));
    const { stdout } = checkout.installBelowRoot();
    expect(stdout.match(/^installed .*/gm)).toEqual([
      `installed ${checkout.root}/usr/bin/waymark`,
      `installed ${checkout.root}/etc/ppp/ip-up.d/waymark`,
    ]);
  });

  it("upgrades its own files and takes away those that are no longer part of it", () => {
    checkout.write("docs/old.md", "old\n");
    checkout.installBelowRoot();
    rmSync(join(checkout.directory, "docs/old.md"));
    checkout.write("dist/waymark", "#!/bin/sh\necho new\n", 0o755);
    expect(checkout.installBelowRoot().stdout).toContain(
      `removed ${checkout.root}/usr/share/doc/waymark/old.md`,
    );
    expect(read("usr/bin/waymark")).toContain("echo new");
    expect(files().join()).not.toContain("old.md");
  });

  it("never writes over a configuration", () => {
    checkout.write("root/etc/waymark/waymark.toml", "# mine\n");
    checkout.installBelowRoot();
    expect(read("etc/waymark/waymark.toml")).toBe("# mine\n");
  });

  it.each([1, 2, 9, 15])("goes on from where a run was killed, at its rename number %i", (last) => {
    checkout.installBelowRoot();
    const whole = listing(checkout.root);
    checkout.installBelowRoot("--purge");
    const counter = join(checkout.directory, "counter");
    checkout.write(
      "bin/mv",
      `#!/bin/sh\necho >>${counter}\n[ "$(wc -l <${counter})" -lt ${last} ] || kill -KILL $PPID\nexec /bin/mv "$@"\n`,
      0o755,
    );
    const path = `${join(checkout.directory, "bin")}:${process.env.PATH}`;
    expect(checkout.install([], { DESTDIR: checkout.root, PATH: path }).status).not.toBe(0);
    // The next run is of another version: what the killed one left behind is still known to be ours.
    for (const hook of HOOKS) checkout.write(`dist/hooks/${hook}`, "#!/bin/sh\nexit 0\n", 0o755);
    expect(checkout.installBelowRoot()).toMatchObject({ status: 0, stderr: "" });
    expect(listing(checkout.root)).toEqual(whole);
    expect(checkout.installBelowRoot("--purge").status).toBe(0);
    expect(listing(checkout.root)).toEqual([]);
  });
});

describe("install.sh --uninstall and --purge", () => {
  it("leave the tree as it was, but for the configuration or without it", () => {
    checkout.write("root/etc/ppp/ip-up.d/0000usepeerdns", "#!/bin/sh\n", 0o755);
    checkout.write("root/etc/network/if-up.d/mtu", "#!/bin/sh\n", 0o755);
    const before = listing(checkout.root);
    checkout.installBelowRoot();

    const uninstalled = checkout.installBelowRoot("--uninstall");
    expect(uninstalled.status).toBe(0);
    expect(uninstalled.stdout).toContain(`Kept: ${checkout.root}/etc/waymark`);
    const kept = ["d 755 /etc/waymark", "f 644 /etc/waymark/waymark.toml"];
    expect(listing(checkout.root).filter((line) => !kept.includes(line))).toEqual(before);

    expect(checkout.installBelowRoot("--purge").status).toBe(0);
    expect(listing(checkout.root)).toEqual(before);
  });

  it("take away the configuration and the state in one go", () => {
    checkout.write("root/etc/hostname", "pi\n");
    const before = listing(checkout.root);
    checkout.installBelowRoot();
    checkout.write("root/var/lib/waymark/numbers.json", "{}\n");
    checkout.write("root/etc/waymark/notify.d/dyndns", "#!/bin/sh\n", 0o755);
    expect(checkout.installBelowRoot("--purge").status).toBe(0);
    expect(listing(checkout.root)).toEqual(before);
  });

  it("remove the hooks before the program", () => {
    checkout.installBelowRoot();
    const { stdout } = checkout.installBelowRoot("--uninstall");
    expect(stdout.lastIndexOf("/etc/network/if-up.d/waymark")).toBeLessThan(
      stdout.indexOf("/usr/bin/waymark"),
    );
    expect(stdout.indexOf("/etc/ppp/ip-up.d/waymark")).toBeGreaterThan(0);
  });

  it("say so when there is nothing to do", () => {
    const { status, stdout } = checkout.installBelowRoot("--uninstall");
    expect(status).toBe(0);
    expect(stdout).toContain("Nothing is installed");
  });
});
