import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Checkout, LASTING_UNITS, makeCheckout, UNITS } from "./checkout.ts";
import { runInSandbox, whyNoSandbox } from "./sandbox.ts";

const probe = makeCheckout();
const obstacle = whyNoSandbox(probe.directory);
afterAll(() => probe.remove());

/** Stands in for the built command: notes how it was called, and does to the routing what a test asks for. */
const program = (apply: string, more = "") => `#!/bin/sh
WAYMARK_NODE=
echo "waymark $*" >>/run/calls
case "$1" in
  init) printf '[uplink.first]\\ninterface = "uplink0"\\n' ;;
  apply) ${apply} ;;
  stop) ip route del unreachable 192.0.2.1 2>/dev/null; rm -f /run/installed ;;
  status) echo "first up" ;;
${more}esac
exit 0
`;
const HARMLESS = "touch /run/installed; echo applied";
const BREAKS = "ip route add unreachable 192.0.2.1";
/** Where install.sh may write, outside /run. */
const TREE =
  "/etc /usr/bin /usr/lib/systemd /usr/lib/tmpfiles.d /usr/share/bash-completion /usr/share/doc /usr/share/man /var/lib";
/** Stands in for a running systemd. */
const SYSTEMD = `
mkdir -p /run/systemd/system
printf '#!/bin/sh\\necho "systemctl $*" >>/run/calls\\n' >/usr/bin/systemctl
chmod 755 /usr/bin/systemctl
`;
const CALLS = "echo '--- calls'; cat /run/calls";

let checkout: Checkout;
beforeEach(() => {
  checkout = makeCheckout();
  checkout.write("dist/waymark", program(HARMLESS), 0o755);
});
afterEach(() => checkout.remove());

const sandbox = (script: string) => runInSandbox(checkout.directory, script);
const callsOf = (stdout: string) => stdout.split("--- calls\n")[1]?.trim().split("\n");

describe.skipIf(obstacle !== null && process.env.CI !== "true")(
  `install.sh on a machine of its own${obstacle === null ? "" : ` (${obstacle})`}`,
  () => {
    it("installs, writes a configuration, applies it, and ends with the status", () => {
      const { status, stdout, stderr } = sandbox(`
        ./install.sh
        ${CALLS}`);
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(stdout).toContain("wrote /etc/waymark/waymark.toml from what was found here");
      expect(stdout).toContain("systemd does not run here");
      expect(stdout).toMatch(/first up\n\nNext: /);
      expect(callsOf(stdout)).toEqual([
        "waymark init --stdout",
        "waymark check",
        "waymark apply",
        "waymark status",
      ]);
    });

    it("tells the installed files where node is", () => {
      const { stdout } = sandbox(`
        ./install.sh >/dev/null
        grep -n WAYMARK_NODE /usr/bin/waymark /etc/ppp/ip-up.d/waymark
        stat -c '%a %U:%G' /etc/NetworkManager/dispatcher.d/90-waymark`);
      expect(stdout).toBe(
        [
          `/usr/bin/waymark:2:WAYMARK_NODE=${process.execPath}`,
          `/etc/ppp/ip-up.d/waymark:2:WAYMARK_NODE=${process.execPath}`,
          "/etc/ppp/ip-up.d/waymark:4:WAYMARK_NODE=",
          "755 root:root",
          "",
        ].join("\n"),
      );
    });

    it("names the routing protocol", () => {
      const { stdout } = sandbox(`
        ./install.sh >/dev/null
        ip route add 203.0.113.0/24 dev uplink0 proto 87
        ip route show proto waymark`);
      expect(stdout).toContain("203.0.113.0/24");
    });

    it("enables and starts the service where systemd runs", () => {
      const { status, stdout } = sandbox(`${SYSTEMD}
        ./install.sh
        ${CALLS}`);
      expect(status).toBe(0);
      expect(callsOf(stdout)).toEqual([
        "waymark init --stdout",
        "systemctl daemon-reload",
        "waymark check",
        "waymark apply",
        `systemctl try-restart ${LASTING_UNITS.join(" ")}`,
        `systemctl enable --quiet --now ${UNITS.join(" ")}`,
        "waymark status",
      ]);
    });

    it("changes nothing the second time", () => {
      const { status, stdout } = sandbox(`
        ./install.sh >/dev/null
        list() { find ${TREE} -printf '%p %m %T@\\n' | sort; }
        list >/run/before
        ./install.sh
        list | diff /run/before -`);
      expect(status).toBe(0);
      expect(stdout).toContain("nothing changed");
    });

    it("with --no-start installs only", () => {
      const { status, stdout } = sandbox(`${SYSTEMD}
        ./install.sh --no-start
        ls /etc/waymark/waymark.toml /etc/network/if-up.d/waymark
        ${CALLS}`);
      expect(status).toBe(0);
      expect(stdout).toContain("Installed only");
      expect(callsOf(stdout)).toEqual(["systemctl daemon-reload"]);
    });

    it("writes an example where no uplink is found, and looks again the next time", () => {
      checkout.write(
        "dist/waymark",
        program(HARMLESS).replace("init)", "init) [ -e /run/plugged ] || exit 1;"),
        0o755,
      );
      const { status, stdout } = sandbox(`
        ./install.sh
        echo '--- again'
        touch /run/plugged
        ./install.sh
        ${CALLS}`);
      expect(status).toBe(0);
      const [first, second] = stdout.split("--- again\n");
      expect(first).toContain("has no uplink yet, so nothing was applied");
      expect(second).toContain("from what was found here");
      expect(callsOf(stdout)).toEqual([
        "waymark init --stdout",
        "waymark init --stdout",
        "waymark check",
        "waymark apply",
        "waymark status",
      ]);
    });

    it("does not apply a configuration with a mistake", () => {
      checkout.write(
        "dist/waymark",
        program(HARMLESS, '  check) echo "toml:1:1: wrong" >&2; exit 1 ;;\n'),
        0o755,
      );
      const { status, stdout, stderr } = sandbox(`./install.sh || rc=$?; ${CALLS}; exit "\${rc:-0}"`);
      expect(status).toBe(1);
      expect(stderr).toContain("toml:1:1: wrong");
      expect(callsOf(stdout)).not.toContain("waymark apply");
    });

    it("takes everything back that acts by itself when the gateway is lost", () => {
      checkout.write("dist/waymark", program(BREAKS), 0o755);
      const { status, stdout, stderr } = sandbox(`${SYSTEMD}
        ./install.sh || rc=$?
        ping -c 1 -W 1 192.0.2.1 >/dev/null && echo reachable again
        ls -d /etc/*/*/*waymark /usr/bin/waymark /etc/waymark/waymark.toml 2>/dev/null || :
        ${CALLS}
        exit "\${rc:-0}"`);
      expect(status).toBe(1);
      expect(stderr).toContain("the configuration cut this machine off from 192.0.2.1");
      expect(stdout).toContain("the routing (waymark stop)");
      expect(stdout).toContain("reachable again\n/etc/waymark/waymark.toml\n/usr/bin/waymark\n");
      expect(callsOf(stdout)).toEqual([
        "waymark init --stdout",
        "systemctl daemon-reload",
        "waymark check",
        "waymark apply",
        `systemctl disable --quiet --now ${UNITS.join(" ")}`,
        "waymark stop",
      ]);
    });

    it("does so for a gateway that answers no ping", () => {
      checkout.write("dist/waymark", program(BREAKS), 0o755);
      const silent = "ip netns exec isp sysctl -qw net.ipv4.icmp_echo_ignore_all=1";
      expect(sandbox(`${silent}; ./install.sh`)).toMatchObject({ status: 1 });
      checkout.write("dist/waymark", program(HARMLESS), 0o755);
      expect(sandbox(`${silent}; ./install.sh`)).toMatchObject({ status: 0 });
    });

    it("does not blame the configuration for a gateway that was silent before", () => {
      const { status, stdout } = sandbox("ip netns exec isp ip link set far1 down; ./install.sh");
      expect(status).toBe(0);
      expect(stdout).toContain("gateway 198.51.100.1 (uplink1) was silent before: not watched");
    });

    it("takes it back though the terminal is gone", () => {
      checkout.write("dist/waymark", program(`${BREAKS}; kill -HUP $PPID`), 0o755);
      const { stdout } = sandbox(`
        ./install.sh >/dev/null 2>&1 || :
        ip route show type unreachable
        ${CALLS}`);
      expect(callsOf(stdout)).toContain("waymark stop");
      expect(stdout).not.toContain("unreachable");
    });

    it("says when apply fails, and leaves the last good configuration in force", () => {
      checkout.write("dist/waymark", program("echo no >&2; exit 1"), 0o755);
      const { status, stdout, stderr } = sandbox(`./install.sh || rc=$?; ${CALLS}; exit "\${rc:-0}"`);
      expect(status).toBe(1);
      expect(stderr).toContain("waymark apply failed");
      expect(callsOf(stdout)).not.toContain("waymark stop");
    });

    it("uninstalls: hooks, then the routing, then the program", () => {
      const { status, stdout } = sandbox(`${SYSTEMD}
        list() { find ${TREE} ! -path /etc/waymark ! -name waymark.toml -printf '%p %m\\n' | sort; }
        list >/run/before
        ./install.sh >/dev/null
        : >/run/calls
        ./install.sh --uninstall
        list | diff /run/before - || :
        ls /etc/waymark
        ${CALLS}`);
      expect(status).toBe(0);
      expect(stdout).toMatch(/Kept: \/etc\/waymark \(--purge removes it\)\.\nwaymark\.toml\n/);
      expect(callsOf(stdout)).toEqual([
        `systemctl disable --quiet --now ${UNITS.join(" ")}`,
        "waymark stop",
        "systemctl daemon-reload",
      ]);
    });

    it("purges", () => {
      const { status, stdout } = sandbox(`
        find ${TREE} -printf '%p %m\\n' | sort >/run/before
        ./install.sh >/dev/null
        mkdir -p /run/waymark
        ./install.sh --purge
        ls -d /run/waymark 2>/dev/null || :
        find ${TREE} -printf '%p %m\\n' | sort | diff /run/before -`);
      expect(stdout).not.toContain("/run/waymark\n");
      expect(status).toBe(0);
    });

    it("goes on uninstalling when stop fails, and says what stays", () => {
      checkout.write("dist/waymark", program(HARMLESS).replace("stop)", "stop) exit 1;"), 0o755);
      const { status, stderr } = sandbox("./install.sh >/dev/null; ./install.sh --uninstall");
      expect(status).toBe(1);
      expect(stderr).toContain("waymark stop failed");
    });
  },
);
