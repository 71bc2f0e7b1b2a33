import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Checkout, listing, makeCheckout, runProgram, snapshot, UNITS } from "./checkout.ts";

let checkout: Checkout;
beforeEach(() => {
  checkout = makeCheckout();
});
afterEach(() => checkout.remove());

describe("install.sh refuses", () => {
  it("an unknown option", () => {
    const { status, stderr } = checkout.install(["--frobnicate"]);
    expect(status).toBe(2);
    expect(stderr).toContain("unknown option --frobnicate");
    expect(stderr).toContain("Usage: sudo ./install.sh");
  });

  it("somebody else's file, and does nothing by halves", () => {
    checkout.write("root/etc/ppp/ip-up.d/waymark", "#!/bin/sh\n# mine\n", 0o755);
    checkout.write("root/usr/bin/waymark", "#!/bin/sh\n# mine too\n", 0o755);
    const before = snapshot(checkout.root);
    const { status, stderr } = checkout.installBelowRoot();
    expect(status).toBe(1);
    expect(stderr).toContain(`${checkout.root}/etc/ppp/ip-up.d/waymark`);
    expect(stderr).toContain(`${checkout.root}/usr/bin/waymark`);
    expect(snapshot(checkout.root)).toBe(before);
  });

  it("a link where a file should be, though its target be the same", () => {
    checkout.installBelowRoot();
    const hook = join(checkout.root, "etc/network/if-up.d/waymark");
    runProgram("rm", [hook]);
    symlinkSync("/nowhere", hook);
    const { status, stderr } = checkout.installBelowRoot();
    expect(status).toBe(1);
    expect(stderr).toContain(hook);
  });

  it("but takes a file of the same content for its own", () => {
    checkout.write(
      "root/usr/bin/waymark",
      readFileSync(join(checkout.directory, "dist/waymark"), "utf8"),
      0o755,
    );
    expect(checkout.installBelowRoot().status).toBe(0);
  });

  it("a checkout without a file", () => {
    runProgram("rm", [join(checkout.directory, "dist/hooks/ifupdown")]);
    const { status, stderr } = checkout.installBelowRoot();
    expect(status).toBe(1);
    expect(stderr).toContain("dist/hooks/ifupdown is not there");
    expect(existsSync(join(checkout.root, "usr"))).toBe(false);
  });

  const fakeNode = (title: string, body: string, message: string) =>
    it(`a node that ${title}`, () => {
      checkout.write("node", `#!/bin/sh\n${body}\n`, 0o755);
      const { status, stderr } = checkout.install(["--dry-run"], { NODE: join(checkout.directory, "node") });
      expect(stderr).toContain(message);
      expect(status).toBe(1);
    });
  fakeNode("is too old", "echo 12.22.12", "is version 12.22.12, and 18 or later is needed");
  fakeNode("the processor cannot run", "kill -ILL $$", "does not run on this processor");
  fakeNode("does not start", "exit 127", "does not start (exit status 127)");

  it("a path of node that a shell could take apart", () => {
    checkout.write("my node", "#!/bin/sh\necho 20.0.0\n", 0o755);
    const { stderr } = checkout.install(["--dry-run"], { NODE: join(checkout.directory, "my node") });
    expect(stderr).toContain("must be an absolute path");
  });
});

describe("install.sh --dry-run", () => {
  it("prints each step and touches nothing", () => {
    checkout.write("root/etc/hostname", "pi\n");
    const before = snapshot(checkout.directory);
    const { status, stdout } = checkout.installBelowRoot("--dry-run");
    expect(status).toBe(0);
    expect(stdout).toContain(`would install ${checkout.root}/usr/bin/waymark (0755)`);
    expect(stdout).toContain(`would write ${checkout.root}/etc/waymark/waymark.toml`);
    expect(snapshot(checkout.directory)).toBe(before);
  });

  it("says what it would run on this machine", () => {
    runProgram("rm", ["-r", join(checkout.directory, "dist")]);
    const before = snapshot(checkout.directory);
    const { status, stdout } = checkout.install(["--dry-run"], { NODE: process.execPath });
    expect(status).toBe(0);
    expect(stdout).toContain("would run: npm ci");
    expect(stdout).toContain("would run: npm run -s build");
    expect(stdout).toContain("would install /etc/network/if-up.d/waymark (0755)");
    expect(stdout).toContain("would run: waymark apply");
    expect(stdout).toContain(`would run: systemctl enable --now ${UNITS.join(" ")}`);
    expect(snapshot(checkout.directory)).toBe(before);
  });

  it("shows an uninstallation too", () => {
    checkout.installBelowRoot();
    const before = snapshot(checkout.root);
    const { stdout } = checkout.installBelowRoot("--purge", "--dry-run");
    expect(stdout).toContain(`would remove ${checkout.root}/usr/bin/waymark`);
    expect(stdout).toContain(`would run: rm -rf ${checkout.root}/etc/waymark`);
    expect(snapshot(checkout.root)).toBe(before);
  });
});

describe("install.sh warns", () => {
  const warns = (title: string, path: string, content: string, mode: number, message: string) =>
    it(title, () => {
      checkout.write(`root${path}`, content, mode);
      const { status, stderr } = checkout.installBelowRoot();
      expect(status).toBe(0);
      expect(stderr).toContain(message);
      expect(listing(checkout.root)).toContain("f 755 /usr/bin/waymark");
    });
  warns("of an ip-up.local", "/etc/ppp/ip-up.local", "#!/bin/sh\n", 0o755, "ip-up.local is executable");
  warns("of an ip-up-script", "/etc/ppp/peers/gsm", "ip-up-script /root/up\n", 0o640, "/etc/ppp/peers/gsm");
  warns("of an ifplugd that ends", "/etc/default/ifplugd", 'ARGS="-q -f -u0 -d10 -w"\n', 0o644, "lacks -I");

  it("of nothing when ifplugd goes on", () => {
    checkout.write("root/etc/default/ifplugd", 'ARGS="-q -f -u0 -d10 -w -I"\n');
    expect(checkout.installBelowRoot().stderr).toBe("");
  });
});
