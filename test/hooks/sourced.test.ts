/** The hooks that DHCP clients read into their own shells: those must be as they were, and the hook a process of its own. */

import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const DIST = process.env.LAB_DIST ?? fileURLToPath(new URL("../../dist", import.meta.url));

interface Sourced {
  readonly hook: string;
  /** What the caller's script is called: it is `$0` there. */
  readonly caller: string;
  /** Where the hook is installed: what it starts. */
  readonly target: string;
}

const HOOKS: readonly Sourced[] = [
  {
    hook: "dhclient",
    caller: "dhclient-script",
    target: "/etc/dhcp/dhclient-exit-hooks.d/waymark",
  },
  { hook: "dhcpcd", caller: "dhcpcd-run-hooks", target: "/usr/lib/dhcpcd/dhcpcd-hooks/70-waymark" },
];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "waymark-sourced-"));
});
afterEach(() => rmSync(directory, { recursive: true }));
const below = (name: string) => join(directory, name);

/** What stands in for the hook as it is started: it tells who it is, then waits until it may end. */
const STARTED = `
env >"$0.env"
{ echo "$(ps -o sid= -p $$)" $$; pwd; ls -l /proc/self/fd; } >"$0.about"
mv "$0.env" "$0.told"
while ! [ -e "$0.end" ]; do sleep 0.1; done
: >"$0.ended"
`;

/** All that a shell has and a script read into it could change. */
const STATE =
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  'set; echo "$- / $# $* / $(umask) / $(pwd) / ${!:-none} / $(trap) / $(ls -l /proc/$$/fd)"; jobs';

/** Lays the hook out so that it starts the stand-in, and a caller's script that sources it. */
function lay({ hook, caller, target }: Sourced, shell: string, change = (text: string) => text): string {
  const text = readFileSync(join(DIST, "hooks", hook), "utf8")
    .replaceAll(target, below("started"))
    // A place where systemd does not run, unless the test makes it.
    .replaceAll("/run/systemd/system", below("systemd"));
  writeFileSync(below("hook"), change(text));
  writeFileSync(below("started"), STARTED);
  const script = `#!${shell}
trap 'echo the trap of the caller' EXIT
set -eu one "two words" '*'
cd /tmp
umask 027
state() { ${STATE}; }
state >${below("before")}
. ${below("hook")}
state >${below("after")}
echo went on
`;
  writeFileSync(below(caller), script);
  chmodSync(below(caller), 0o755);
  return below(caller);
}

/** bash counts lines and times, and keeps the last word. */
function comparable(file: string): string {
  const restless = /^(_|LINENO|SECONDS|RANDOM|SRANDOM|EPOCH\w+|BASH_\w+|PIPESTATUS|PPID|FUNCNAME)=.*\n/gm;
  const own = /^.* (255|1|3) -> .*(before|after|pipe:.*)\n|^(total|l-wx|lr-x|lrwx).*\n/gm;
  return readFileSync(below(file), "utf8").replace(restless, "").replace(own, "");
}

const LEASE = { reason: "BOUND", interface: "eth0", new_ip_address: "192.0.2.54", new_routers: "192.0.2.1" };
const told = () => readFileSync(below("started.told"), "utf8");
const end = () => writeFileSync(below("started.end"), "");

describe.each(HOOKS)("$hook", (sourced) => {
  describe.each(["/bin/dash", "/bin/bash"])("read into %s", (shell) => {
    it("leaves the shell as it was, and its caller need not wait", async () => {
      const script = lay(sourced, shell);
      // What it started still waits to be let end: had somebody to wait for it, this would not come back.
      const { status, stdout, stderr } = spawnSync(script, [], {
        env: { PATH: "/usr/bin:/bin", ...LEASE },
        encoding: "utf8",
        timeout: 20_000,
      });
      expect({ status, stdout, stderr }).toEqual({
        status: 0,
        stdout: "went on\nthe trap of the caller\n",
        stderr: "",
      });
      expect(comparable("after")).toBe(comparable("before"));
      await vi.waitFor(told, { timeout: 20_000 });
      expect(existsSync(below("started.ended"))).toBe(false);
      end();
      await vi.waitFor(() => readFileSync(below("started.ended")), { timeout: 20_000 });
    });

    it("is a process of its own, and has the variables", async () => {
      end();
      spawnSync(lay(sourced, shell), [], { env: { PATH: "/usr/bin:/bin", ...LEASE } });
      await vi.waitFor(told, { timeout: 20_000 });
      for (const [name, value] of Object.entries(LEASE)) expect(told()).toContain(`${name}=${value}\n`);
      const [ids = "", cwd, ...files] = readFileSync(below("started.about"), "utf8").split("\n");
      const [session, process] = ids.trim().split(/\s+/);
      expect(session).toBe(process);
      expect(cwd).toBe("/");
      expect(files.filter((line) => / [012] -> /.test(line)).map((line) => line.split(" -> ")[1])).toEqual([
        "/dev/null",
        expect.stringMatching(/about$/),
        "/dev/null",
      ]);
      await vi.waitFor(() => readFileSync(below("started.ended")), { timeout: 20_000 });
    });

    it("does no harm when what it starts is not there", () => {
      const script = lay(sourced, shell, (text) => text.replaceAll("/usr/bin/setsid", "/usr/bin/no-such"));
      const { status, stdout, stderr } = spawnSync(script, [], {
        env: { PATH: "/usr/bin:/bin", ...LEASE },
        encoding: "utf8",
      });
      expect({ status, stderr, told: stdout.split("\n")[0] }).toEqual({
        status: 0,
        stderr: "",
        told: "went on",
      });
    });
  });

  it("is no more than a few lines to the shell that reads it", () => {
    const text = readFileSync(join(DIST, "hooks", sourced.hook), "utf8");
    const read = text.slice(0, text.indexOf("\nesac\n"));
    expect(read.split("\n").length).toBeLessThanOrEqual(50);
    expect(read).toMatch(/\n {4}return 0\n {4};;$/);
  });
});

/** How the sandbox of dhcpcd's service shows: made so here, or put out of sight. */
const SANDBOXES: readonly (readonly [string, (text: string) => string])[] = [
  ["nothing can be written", (text) => text.replaceAll("-w /run ", "-w /nowhere ")],
  [
    "system calls are filtered",
    (text) => {
      writeFileSync(below("status"), "Name:\tsh\nSeccomp:\t2\nSeccomp_filters:\t14\n");
      return text.replaceAll("/proc/self/status", below("status"));
    },
  ],
];

describe("dhcpcd in a sandbox", () => {
  it.each(SANDBOXES)(
    "where %s has systemd start the hook outside, with what is understood and no more",
    async (_, sandboxed) => {
      const [, sourced] = HOOKS as [Sourced, Sourced];
      writeFileSync(below("systemd-run"), `#!/bin/sh\nprintf '%s\\n' "$@" >$0.new; mv $0.new $0.args\n`, {
        mode: 0o755,
      });
      mkdirSync(below("systemd"));
      const script = lay(sourced, "/bin/sh", (text) =>
        sandboxed(text).replaceAll("/usr/bin/systemd-run", below("systemd-run")),
      );
      spawnSync(script, [], {
        env: { PATH: "/usr/bin:/bin", ...LEASE, new_routers: "$(x) `y` %i", new_host_name: "not for us" },
      });
      const args = await vi.waitFor(() => readFileSync(below("systemd-run.args"), "utf8"), {
        timeout: 20_000,
      });
      expect(args.trim().split("\n")).toEqual([
        "--quiet",
        "--no-block",
        "--collect",
        "--description=Waymark hears of dhcpcd",
        "--setenv=reason=BOUND",
        "--setenv=interface=eth0",
        "--setenv=new_ip_address=192.0.2.54",
        "--setenv=new_routers=$(x) `y` %i",
        "/bin/sh",
        below("started"),
      ]);
    },
  );
});
