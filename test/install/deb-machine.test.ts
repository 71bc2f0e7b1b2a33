import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { makePackage } from "../../scripts/deb/package.ts";
import { type Checkout, UNITS as LISTED, makeCheckout } from "./checkout.ts";
import { runInSandbox, whyNoSandbox } from "./sandbox.ts";

/** As the package's scripts name them. */
const UNITS = [...LISTED].sort();

const probe = makeCheckout();
const obstacle = whyNoSandbox(probe.directory);
afterAll(() => probe.remove());

/** Stands in for the built command, as in machine.test.ts. */
const program = (apply: string, more = "") => `#!/bin/sh
WAYMARK_NODE=
echo "waymark $*" >>/run/calls
case "$1" in
  init) printf '[uplink.first]\\ninterface = "uplink0"\\n' ;;
  apply) mkdir -p /run/waymark; ${apply} ;;
  stop) ip route del unreachable 192.0.2.1 2>/dev/null; mkdir -p /run/waymark; touch /run/waymark/stopped ;;
  status) echo "first up" ;;
${more}esac
exit 0
`;
const HARMLESS = "rm -f /run/waymark/stopped; echo applied";
const BREAKS = "ip route add unreachable 192.0.2.1";

/**
 * A systemd that runs, and notes what it is told; and no chroot, though mounts of one's own look like that; and no policy against starting. dpkg asks no question (there is nobody to answer: stdin is /dev/null),
 * takes the packages that are needed as given, and leaves other packages' triggers alone.
 */
const SETTING = `
rm -f /usr/sbin/policy-rc.d
mkdir -p /run/systemd/system
cp /usr/bin/systemctl /usr/bin/systemctl.real
cat >/usr/bin/systemctl <<'STUB'
#!/bin/sh
case "$*" in --root=*preset*) exec systemctl.real --quiet "$@" ;; esac
echo "systemctl $*" >>/run/calls
case "$*" in
  *is-enabled*) [ -e /etc/systemd/system/multi-user.target.wants/waymark.service ] && echo enabled || exit 1 ;;
esac
STUB
printf '#!/bin/sh\\nexit 1\\n' >/usr/bin/ischroot
chmod 755 /usr/bin/systemctl /usr/bin/ischroot
: >/run/calls
export DEBIAN_FRONTEND=noninteractive
deb() { dpkg --force-depends --no-triggers "$@"; }
known() { dpkg-query -W -f '\${db:Status-Status}\\n' waymark 2>/dev/null || echo unknown; }
list() {
  find /etc /usr/bin /usr/lib/systemd /usr/lib/tmpfiles.d /usr/share/waymark /usr/share/bash-completion \\
    /usr/share/doc /usr/share/lintian /usr/share/man /var/lib ! -path '/var/lib/dpkg*' -printf '%p %m\\n' 2>/dev/null | sort
}
`;
const CALLS = "echo '--- calls'; cat /run/calls";

let checkout: Checkout;
beforeEach(() => {
  checkout = makeCheckout();
  checkout.write("dist/waymark", program(HARMLESS), 0o755);
});
afterEach(() => checkout.remove());

const make = (into = "a.deb") => {
  const file = makePackage(checkout.directory, checkout.directory);
  writeFileSync(join(checkout.directory, into), readFileSync(file));
};
const sandbox = (script: string) => runInSandbox(checkout.directory, `${SETTING}${script}`);
const callsOf = (stdout: string) => stdout.split("--- calls\n")[1]?.trim().split("\n");
const HOOK = "/etc/network/if-up.d/waymark";

describe.skipIf(obstacle !== null && process.env.CI !== "true")(
  `the package on a machine of its own${obstacle === null ? "" : ` (${obstacle})`}`,
  () => {
    it("installs, writes a configuration, applies it, and enables the service", () => {
      make();
      const { status, stdout, stderr } = sandbox(`
        deb -i a.deb
        known
        ls -l /etc/systemd/system/*/waymark.service | wc -l
        cat /etc/waymark/waymark.toml
        stat -c '%a %U:%G' ${HOOK} /usr/bin/waymark
        ${CALLS}`);
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(stdout).toContain("Wrote /etc/waymark/waymark.toml from what was found here.");
      expect(stdout).toContain("applied\nfirst up\n");
      expect(stdout).toContain(
        'installed\n2\n[uplink.first]\ninterface = "uplink0"\n755 root:root\n755 root:root\n',
      );
      expect(callsOf(stdout)).toEqual([
        "waymark init --stdout",
        "systemctl --system daemon-reload",
        "waymark check",
        "waymark apply",
        ...UNITS.flatMap((unit) => [
          `systemctl --system is-enabled -- ${unit}`,
          `systemctl --system --quiet is-active -- ${unit}`,
        ]),
        `systemctl --quiet --system start ${UNITS.join(" ")}`,
        "waymark status",
      ]);
    });

    it("keeps the configuration at an upgrade, applies it, and stops nothing", () => {
      make();
      checkout.write("package.json", '{ "version": "0.2.0" }\n');
      const changelog = readFileSync(join(checkout.directory, "packaging/deb/changelog"), "utf8");
      checkout.write("packaging/deb/changelog", changelog.replace(/\(.+?\)/, "(0.2.0)") + changelog);
      checkout.write("dist/hooks/ifupdown", "#!/bin/sh\necho new hook\n", 0o755);
      make("b.deb");
      const { status, stdout, stderr } = sandbox(`
        deb -i a.deb >/dev/null
        echo '# mine' >>/etc/waymark/waymark.toml
        : >/run/calls
        deb -i b.deb
        ${HOOK}
        tail -n 1 /etc/waymark/waymark.toml
        ${CALLS}`);
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(stdout).toContain("new hook\n# mine\n");
      expect(callsOf(stdout)).not.toContain("waymark init --stdout");
      expect(callsOf(stdout)).not.toContain("waymark stop");
      expect(callsOf(stdout)?.join()).not.toMatch(/systemctl.* (stop|restart) /);
      expect(callsOf(stdout)).toContain("waymark apply");
    });

    it("starts a long-running unit anew at an upgrade, and takes it away with the others", () => {
      const list = readFileSync(join(checkout.directory, "packaging/files"), "utf8");
      checkout.write(
        "packaging/more.service",
        "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n",
      );
      checkout.write(
        "packaging/files",
        `${list}0644 packaging/more.service /usr/lib/systemd/system/waymark-more.service\n`,
      );
      make();
      const { status, stdout } = sandbox(`
        deb -i a.deb >/dev/null
        ls /etc/systemd/system/*/waymark-more.service
        : >/run/calls
        deb -i a.deb >/dev/null
        deb --purge waymark >/dev/null 2>&1
        ls /etc/systemd/system/*/waymark-more.service 2>/dev/null || echo gone
        ${CALLS}`);
      expect(status).toBe(0);
      expect(stdout).toMatch(
        /^\/etc\/systemd\/system\/multi-user.target.wants\/waymark-more.service\ngone\n/,
      );
      expect(callsOf(stdout)).toContain("systemctl try-restart waymark-more.service");
      expect(callsOf(stdout)).not.toContain("systemctl try-restart waymark.service");
      const stop = callsOf(stdout)?.find((call) => call.startsWith("systemctl stop ")) ?? "";
      expect(stop).toBe(`systemctl stop ${[...UNITS, "waymark-more.service"].sort().join(" ")}`);
    });

    it.each([
      ["no systemd runs", "rm -r /run/systemd"],
      [
        "a policy is against it",
        "printf '#!/bin/sh\\nexit 101\\n' >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d",
      ],
      ["it is a chroot", "printf '#!/bin/sh\\nexit 0\\n' >/usr/bin/ischroot; chmod 755 /usr/bin/ischroot"],
    ])("leaves the network alone where %s", (_, setting) => {
      make();
      const { status, stdout, stderr } = sandbox(`${setting}
        deb -i a.deb
        cmp /etc/waymark/waymark.toml /usr/share/waymark/waymark.toml && echo example
        ${CALLS}`);
      expect(stderr).toBe("");
      expect(status).toBe(0);
      expect(stdout).toContain("Nothing was started");
      expect(stdout).toContain("example\n--- calls\n");
      expect(callsOf(stdout)).toEqual([""]);
    });

    it("takes back what cuts the machine off, for good, until dpkg-reconfigure", () => {
      checkout.write("dist/waymark", program(BREAKS), 0o755);
      make();
      const { status, stdout, stderr } = sandbox(`
        deb -i a.deb
        known
        ping -c 1 -W 1 192.0.2.1 >/dev/null && echo reachable again
        ls /etc/systemd/system/*/waymark.service 2>/dev/null || echo disabled
        [ /var/lib/waymark/taken-back -nt /etc/waymark/waymark.toml ] && echo held
        ${CALLS}
        sed -i 's/apply) .*/apply) echo fine ;;/' /usr/bin/waymark
        deb -i a.deb 2>&1 | grep 'not applied'
        sed -i 's/apply) .*/apply) echo fine ;;/' /usr/bin/waymark
        dpkg-reconfigure waymark
        ls /var/lib/waymark /etc/systemd/system/multi-user.target.wants/waymark.service`);
      expect(status).toBe(0);
      expect(stderr).toContain("cut this machine off from the gateway 192.0.2.1");
      expect(stdout).toContain("installed\nreachable again\ndisabled\nheld\n");
      const calls = callsOf(stdout)?.join("\n") ?? "";
      expect(calls).toContain(`waymark apply\nsystemctl stop ${UNITS.join(" ")}\nwaymark stop\nwaymark: `);
      expect(calls).toMatch(/waymark stop\nwaymark: .* is not applied/);
      expect(calls).toContain("fine\nfirst up");
      expect(calls).toMatch(/wants\/waymark.service\n\n\/var\/lib\/waymark:$/);
    });

    it("says what is wrong with a configuration, and applies nothing", () => {
      checkout.write(
        "dist/waymark",
        program(HARMLESS, '  check) echo "toml:1:1: wrong" >&2; exit 1 ;;\n'),
        0o755,
      );
      make();
      const { status, stdout, stderr } = sandbox(`deb -i a.deb; known; ${CALLS}`);
      expect(status).toBe(0);
      expect(stderr).toContain("toml:1:1: wrong\nwaymark: /etc/waymark/waymark.toml is not right");
      expect(stdout).toContain("installed\n--- calls");
      expect(callsOf(stdout)).not.toContain("waymark apply");
    });

    it("leaves alone what an administrator stopped or disabled", () => {
      make();
      const { status, stdout } = sandbox(`
        deb -i a.deb >/dev/null
        rm /etc/systemd/system/*/waymark.service
        deb -i a.deb >/dev/null 2>&1
        ls /etc/systemd/system/*/waymark.service 2>/dev/null || echo still disabled
        touch /run/waymark/stopped
        : >/run/calls
        deb -i a.deb | grep 'stays so'
        ${CALLS}`);
      expect(status).toBe(0);
      expect(stdout).toContain("still disabled\nWaymark is stopped and stays so");
      expect(callsOf(stdout)).not.toContain("waymark apply");
    });

    it("once removed leaves configuration and hooks, and once purged nothing", () => {
      make();
      const { status, stdout } = sandbox(`
        list >/run/before
        deb -i a.deb >/dev/null
        : >/run/calls
        deb --remove waymark >/dev/null
        known
        ls ${HOOK} /etc/waymark/waymark.toml
        ls -d /run/waymark /usr/bin/waymark /usr/share/doc/waymark 2>/dev/null || :
        deb --purge waymark >/dev/null
        list | diff /run/before - && echo as before
        ${CALLS}`);
      expect(status).toBe(0);
      expect(stdout).toContain(
        `config-files\n/etc/network/if-up.d/waymark\n/etc/waymark/waymark.toml\nas before\n`,
      );
      expect(callsOf(stdout)?.slice(0, 2)).toEqual([`systemctl stop ${UNITS.join(" ")}`, "waymark stop"]);
    });

    it("is removed though waymark stop fails, and says what stays", () => {
      checkout.write("dist/waymark", program(HARMLESS).replace("stop)", "stop) exit 1;"), 0o755);
      make();
      const { status, stdout, stderr } = sandbox(
        "deb -i a.deb >/dev/null; deb --purge waymark >/dev/null; known",
      );
      expect(status).toBe(0);
      expect(stderr).toContain("waymark stop failed");
      expect(stdout).toBe("unknown\n");
    });
  },
);

describe.skipIf(obstacle !== null && process.env.CI !== "true")("install.sh and the package", () => {
  it("the package takes over from install.sh, without a question and without a trace", () => {
    make();
    checkout.write("docs/old.md", "only here\n");
    checkout.write("dist/hooks/ifupdown", "#!/bin/sh\necho other version\n", 0o755);
    const { status, stdout, stderr } = sandbox(`
      list >/run/before
      ./install.sh >/dev/null
      echo '# mine' >>/etc/waymark/waymark.toml
      : >/run/calls
      deb -i a.deb
      known
      ls /usr/share/doc/waymark/old.md /var/lib/waymark/manifest 2>/dev/null || :
      find / -xdev -name '*.dpkg-*' -newer /run/before 2>/dev/null | grep -v ^/var/lib/dpkg || :
      ${HOOK}
      tail -n 1 /etc/waymark/waymark.toml
      dpkg --verify waymark && echo verified
      ${CALLS}
      deb --purge waymark >/dev/null
      list | diff /run/before - && echo as before`);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toContain("Took over from install.sh");
    expect(stdout).toContain("installed\nstand-in of ifupdown: \n# mine\nverified\n");
    expect(callsOf(stdout)).toContain("waymark apply");
    expect(callsOf(stdout)).not.toContain("waymark stop");
    expect(stdout).toMatch(/\nas before\n$/);
  });

  it("a hook changed since install.sh is dpkg's question, and stays if the answer is to keep it", () => {
    make();
    const { status, stdout } = sandbox(`
      ./install.sh >/dev/null
      echo 'echo mine' >>${HOOK}
      deb -i a.deb >/dev/null 2>&1 || echo asked
      deb --force-confold -i a.deb >/dev/null 2>&1
      known
      tail -n 1 ${HOOK}
      ls /var/lib/waymark/manifest /etc/ppp/ip-up.d/*.dpkg-taken 2>/dev/null || echo nothing left`);
    expect(status).toBe(0);
    expect(stdout).toBe("asked\ninstalled\necho mine\nnothing left\n");
  });

  it("an installation that dpkg gives up leaves install.sh's hooks where they were", () => {
    make();
    const { status, stdout } = sandbox(`
      ./install.sh >/dev/null
      list >/run/before
      dpkg-deb -e a.deb control
      control/preinst install
      ls /etc/NetworkManager/dispatcher.d /etc/network/if-up.d | grep waymark
      run-parts --test /etc/network/if-up.d | grep waymark || echo not run meanwhile
      control/postrm abort-install
      list | diff /run/before - && echo as before
      ./install.sh | grep 'nothing changed'`);
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        "90-waymark.dpkg-taken",
        "waymark.dpkg-taken",
        "not run meanwhile",
        "as before",
        "Every file is in place already: nothing changed.",
        "",
      ].join("\n"),
    );
  });

  it("install.sh refuses over the package, and says what to do", () => {
    make();
    const { status, stdout, stderr } = sandbox(`
      deb -i a.deb >/dev/null
      : >/run/calls
      list >/run/before
      for option in --no-start --uninstall --purge; do ./install.sh $option || echo $?; done
      list | diff /run/before - && echo as before
      ${CALLS}`);
    expect(status).toBe(0);
    expect(stdout).toBe("1\n1\n1\nas before\n--- calls\n");
    expect(stderr).toContain("Waymark is installed here as a Debian package");
    expect(stderr).toContain("apt remove waymark");
    expect(stderr.match(/came as a Debian package/g)).toHaveLength(2);
  });

  it("install.sh takes over from the removed package, and keeps the configuration", () => {
    make();
    checkout.write("dist/hooks/ifupdown", "#!/bin/sh\necho other version\n", 0o755);
    const { status, stdout, stderr } = sandbox(`
      list >/run/before
      deb -i a.deb >/dev/null
      echo '# mine' >>/etc/waymark/waymark.toml
      touch /var/lib/waymark/numbers.json
      deb --remove waymark >/dev/null
      ./install.sh --dry-run | grep purge
      ./install.sh >/run/said
      head -n 1 /run/said
      known
      tail -n 1 /etc/waymark/waymark.toml
      ${HOOK}
      ls /var/lib/waymark
      ./install.sh | grep 'nothing changed'
      ./install.sh --purge >/dev/null
      list | diff /run/before - && echo as before`);
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        "would run: dpkg --purge waymark (the configuration stays)",
        "took over from the removed package; the configuration stays",
        "unknown",
        "# mine",
        "other version",
        "manifest",
        "numbers.json",
        "Every file is in place already: nothing changed.",
        "as before",
        "",
      ].join("\n"),
    );
  });

  it("install.sh does not delete what was changed in a removed package's hook", () => {
    make();
    const { status, stdout, stderr } = sandbox(`
      deb -i a.deb >/dev/null
      deb --remove waymark >/dev/null
      echo 'echo mine' >>${HOOK}
      ./install.sh || echo $?
      tail -n 1 ${HOOK}
      known`);
    expect(status).toBe(0);
    expect(stdout).toBe("1\necho mine\nconfig-files\n");
    expect(stderr).toContain(`changed since: ${HOOK}`);
  });
});
