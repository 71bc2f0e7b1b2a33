import { describe, expect, it } from "vitest";
import { controlGroups } from "./harness/control-groups.ts";
import { factsOf, nm, pppUp } from "./harness/hooks.ts";
import { EDGE, type EdgeRouter, edgeRouter } from "./harness/houses.ts";
import type { Isp } from "./harness/isp.ts";
import type { ExecOptions } from "./harness/machine.ts";
import { connect, flows, OTHERS, SERVER } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";
import { until } from "./harness/wait.ts";
import { A, A4, B, house, SERVER as SERVER6, TALK, thrice } from "./ipv6-house.ts";

/** The machine may be busy. */
const PATIENCE_MS = 20_000;

const config = (tiers: { adsl: number; lte: number; gsm: number }) => `
[uplink.adsl]
interface = "eth0"
gateway = "192.168.1.1"
tier = ${tiers.adsl}
nat = "none"
lan = true

[uplink.lte]
interface = "usb0"
gateway = "192.168.42.129"
tier = ${tiers.lte}

[uplink.gsm]
peer = "gsm"
tier = ${tiers.gsm}
`;

async function edge(tiers: { adsl: number; lte: number; gsm: number }): Promise<EdgeRouter> {
  const home = await edgeRouter();
  await controlGroups(home.router);
  await home.router.apply(config(tiers));
  await pppUp(home.router, factsOf(home.line));
  for (const isp of [home.adsl, home.lte, home.gsm]) await isp.forget();
  return home;
}

const ADDRESS = { adsl: EDGE.router, lte: EDGE.lte, gsm: EDGE.gsm } as const;
const use = (router: Router, uplink: string, command: readonly string[], options: ExecOptions = {}) =>
  router.exec(["waymark", "use", uplink, ...command], { reject: false, ...options });
/** Control groups of `waymark use` with a process of this number. */
const groups = (router: Router, pid: number) =>
  router.sh(`ls -d /sys/fs/cgroup/waymark-use-${pid}.* 2>/dev/null || true`);

const GROUPS = "find /sys/fs/cgroup -type d -name 'waymark-use-*'";

describe("waymark use", () => {
  it("inside another use leads by the inner one's uplink, and takes both groups away", async () => {
    const { router } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    for (const under of [
      ["waymark", "use", "lte", "waymark", "use", "gsm"],
      ["waymark", "use", "lte", "--", "sh", "-c", '"$@"', "sh", "waymark", "use", "gsm"],
    ]) {
      expect(await flows(router, 2, { under })).toMatchObject({ by: { [EDGE.gsm]: 2 }, failed: 0 });
    }
    await until("the groups to go", async () => (await router.sh(GROUPS)) === "", PATIENCE_MS);
  });

  it("leads TCP, UDP, ping and a child's child over the one uplink with its address, and nobody else's", async () => {
    const { router, adsl, lte, gsm } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    const before = await router.kernel();
    const isps = { adsl, lte, gsm } as const;
    for (const [name, address] of Object.entries(ADDRESS)) {
      const under = ["waymark", "use", name];
      expect(await flows(router, 3, { under }), `${name}, TCP`).toMatchObject({
        by: { [address]: 3 },
        failed: 0,
      });
      expect(await flows(router, 3, { under, proto: "udp" }), `${name}, UDP`).toMatchObject({
        by: { [address]: 3 },
        failed: 0,
      });
      const shell = [...under, "sh", "-c", '"$@"', "sh", "setsid", "-w"];
      expect(await flows(router, 1, { under: shell }), `${name}, a child`).toMatchObject({
        by: { [address]: 1 },
      });
      expect(
        (await use(router, name, ["ping", "-nc1", "-W2", OTHERS[0] as string])).code,
        `${name}, ping`,
      ).toBe(0);
      for (const [other, isp] of Object.entries(isps)) {
        const seen = Object.keys(await (isp as Isp).sources());
        expect(seen, `by ${other}`).toEqual(other === name ? [address] : []);
        await (isp as Isp).forget();
      }
      expect(await flows(router, 3), "without").toMatchObject({ by: { [EDGE.router]: 3 } });
      await adsl.forget();
    }
    expect(await router.kernel()).toBe(before);
  });

  it("from within a balanced tier too, where others go on being shared out", async () => {
    const { router } = await edge({ adsl: 1, lte: 1, gsm: 1 });
    for (const [name, address] of Object.entries(ADDRESS)) {
      const under = ["waymark", "use", name];
      for (const proto of ["tcp", "udp"] as const)
        expect(await flows(router, 10, { under, proto })).toMatchObject({ by: { [address]: 10 }, failed: 0 });
    }
    expect(Object.keys((await flows(router, 12)).by)).toHaveLength(3);
  });

  it("keeps a connection where it is when the choice moves, and carries it while others do not", async () => {
    const { router } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    const open = await connect(router, { under: ["waymark", "use", "gsm"] });
    expect((await open.say()).peer).toBe(EDGE.gsm);
    await router.waymark(["disable", "adsl"]);
    await router.waymark(["enable", "adsl"]);
    expect((await open.say()).peer).toBe(EDGE.gsm);
    // The packet filter is made anew under it.
    await router.sh("nft delete table inet waymark");
    await router.waymark(["apply"]);
    expect((await open.say()).peer).toBe(EDGE.gsm);
    await open.close();
  });

  it("asks the uplink's own name servers", async () => {
    const { router, adsl, lte } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    await router.sh(
      "echo nameserver 127.0.0.1 >/etc/resolv.conf; echo search example.test >>/etc/resolv.conf",
    );
    const mine = ["cat", "/etc/resolv.conf"];
    expect((await use(router, "lte", mine)).err).toMatch(/^waymark use: no name server of lte is known/);
    await nm(router, "usb0", "up", {
      IP4_NAMESERVERS: `${OTHERS[1]} ${OTHERS[2]}`,
      IP4_GATEWAY: "192.168.42.129",
    });
    const told = await use(router, "lte", mine);
    expect(told.err).toBe("");
    expect(told.out.split("\n")).toEqual([
      "search example.test",
      `nameserver ${OTHERS[1]}`,
      `nameserver ${OTHERS[2]}`,
    ]);
    await Promise.all([adsl.forget(), lte.forget()]);
    await use(router, "lte", ["getent", "ahosts", "somewhere.test"]);
    const asked = (isp: Isp) => isp.seen().then((seen) => seen.filter(({ dport }) => dport === 53));
    expect(await asked(lte)).toContainEqual(
      expect.objectContaining({ from: EDGE.lte, to: OTHERS[1], proto: "udp", dport: 53 }),
    );
    expect(await asked(adsl)).toEqual([]);
    expect(await router.sh("cat /etc/resolv.conf; ls /run/waymark | grep resolv || true")).toBe(
      "nameserver 127.0.0.1\nsearch example.test",
    );
  });

  it("is the command: its process, status, signals, environment, open files and terminal", async () => {
    const { router } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    const status = async (...command: string[]) => (await use(router, "lte", command)).code;
    expect(await status("sh", "-c", "exit 42")).toBe(42);
    expect(await status("true", "--help")).toBe(0);
    expect(await status("/no/such/program")).toBe(127);
    expect(await status("/etc/passwd")).toBe(126);
    expect(
      (await router.exec(["sh", "-c", "waymark use lte sh -c 'kill -SEGV $$'"], { reject: false })).code,
    ).toBe(139);

    const PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";
    const env = { PATH, PWD: "/", node: "a", run: "b", LC_ALL: "none", PERL_BADLANG: "1", _: "x" };
    const sorted = (text: string) =>
      text
        .split("\n")
        .filter((line) => !line.startsWith("_="))
        .sort();
    const there = await use(router, "lte", ["env"], { env });
    expect(sorted(there.out)).toEqual(sorted((await router.exec(["env"], { env })).out));
    expect(there.err).toBe("");
    expect(
      await router.sh(
        "echo five >/tmp/five; waymark use lte sh -c 'cat <&5; ls /proc/self/fd | wc -l' 5</tmp/five; ls /proc/self/fd 5</tmp/five | wc -l",
      ),
    ).toMatch(/^five\n(\d+)\n\1$/);
    expect((await use(router, "lte", ["cat"], { input: "piped" })).out).toBe("piped");

    const sleeper = router.spawn(["waymark", "use", "lte", "sleep", "600"]);
    const command = async () => (await router.sh(`tr '\\0' ' ' </proc/${sleeper.pid}/cmdline`)).trim();
    await until("the command in its own process", async () => (await command()) === "sleep 600", PATIENCE_MS);
    expect(await groups(router, sleeper.pid)).not.toBe("");
    await sleeper.kill("SIGTERM");
    await until("its group to go", async () => (await groups(router, sleeper.pid)) === "", PATIENCE_MS);

    const script = `trap : INT; stty cols 77; waymark use lte sh -c 'tty; stty size; exec sleep 600'; echo "status $?"`;
    const terminal = router.spawn(["script", "-qefc", script, "/dev/null"]);
    await terminal.line(/^\/dev\/pts\/\d+/, PATIENCE_MS);
    await terminal.line(/^\d+ 77/, PATIENCE_MS);
    terminal.say("\x03");
    await terminal.line(/status 130/, PATIENCE_MS);
  });

  it("a child that is left behind stays on the uplink, and the group goes with the last one", async () => {
    const { router } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    const later = `perl /srv/lab/peer.pl flows tcp ${SERVER} 7000 1`;
    await router.sh("mkfifo /srv/go");
    const child = `(read go </srv/go; ${later}) </dev/null >/srv/said 2>&1`;
    const shell = router.spawn(["waymark", "use", "lte", "sh", "-c", `${child} & wait`]);
    await until("the group", async () => (await groups(router, shell.pid)) !== "", PATIENCE_MS);
    await until(
      "the shell",
      async () => (await router.sh(`cat /proc/${shell.pid}/comm`)) === "sh",
      PATIENCE_MS,
    );
    await shell.kill("SIGKILL");
    expect(await groups(router, shell.pid)).not.toBe("");
    await router.sh("echo go >/srv/go");
    await until("what the child saw", async () =>
      /failed 0/.test(await router.sh("cat /srv/said 2>/dev/null || true")),
    );
    expect(await router.read("/srv/said")).toContain(`${EDGE.lte} 1\n`);
    await until("its group to go", async () => (await groups(router, shell.pid)) === "", PATIENCE_MS);
  });

  it("does not begin on an uplink that is not up", async () => {
    const { router } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    const refused = async (uplink: string) => {
      const { code, out, err } = await use(router, uplink, ["echo", "ran"]);
      expect(out).toBe("");
      return `${code} ${err.split("\n")[0]}`;
    };
    expect(await refused("cable")).toBe('2 waymark: there is no uplink "cable"; there are adsl, lte, gsm');
    await router.sh("ip link set usb0 down");
    expect(await refused("lte")).toBe(
      "1 waymark use: lte is down: usb0 is switched off (ip link set usb0 up)",
    );
    await router.waymark(["disable", "gsm"]);
    expect(await refused("gsm")).toMatch(/^1 waymark use: gsm is disabled: switched off by hand/);
    await router.sh("ip rule del fwmark 0x100/0xff00 lookup 87001 protocol 87");
    expect(await refused("adsl")).toMatch(
      /^1 waymark use: the kernel lacks the rule .* to adsl: sudo waymark apply$/,
    );
    await router.waymark(["stop"]);
    expect(await refused("adsl")).toBe("1 waymark use: Waymark is stopped: sudo waymark apply");
    const { code, err } = await router.exec(
      ["setpriv", "--reuid", "4242", "--clear-groups", "waymark", "use", "adsl", "true"],
      { reject: false },
    );
    expect([code, err]).toEqual([1, "waymark use: must be run by root: sudo waymark use adsl …"]);
  });

  it("says what is missing where a kernel or a container cannot do it", async () => {
    const { router } = await edge({ adsl: 1, lte: 2, gsm: 3 });
    await router.sh(
      "mount -o remount,bind,ro /sys/fs/cgroup 2>/dev/null || mount -o bind,ro /sys/fs/cgroup /sys/fs/cgroup",
    );
    const sealed = await use(router, "lte", ["echo", "ran"]);
    expect([sealed.code, sealed.out]).toEqual([1, ""]);
    expect(sealed.err).toMatch(
      /^waymark use: cannot make a control group below \/sys\/fs\/cgroup.*Read-only file system/,
    );
    await router.sh("umount -l /sys/fs/cgroup; mount -t tmpfs none /sys/fs/cgroup");
    expect((await use(router, "lte", ["echo", "ran"])).err).toMatch(
      /^waymark use: no file system of control groups/,
    );
    await router.sh("umount /sys/fs/cgroup");
    await controlGroups(router);
    const caged = await router.exec(
      [
        "setpriv",
        "--bounding-set",
        "-bpf,-sys_admin",
        "--inh-caps",
        "-bpf,-sys_admin",
        "waymark",
        "use",
        "lte",
        "echo",
        "ran",
      ],
      { reject: false },
    );
    expect([caged.code, caged.out]).toEqual([1, ""]);
    expect(caged.err).toMatch(
      /^waymark use: the kernel takes no program .* Operation not permitted \(a container needs CAP_BPF/,
    );
  });
});

describe("waymark use with IPv6", () => {
  const CONFIG = (a: string, b: string) =>
    `[uplink.a]\ninterface = "eth1"\ntier = 1\n${a}\n[uplink.b]\ninterface = "eth2"\ntier = 2\n${b}\n`;
  const asked = async (router: Router, uplink: string, proto: string) => {
    const { out } = await use(router, uplink, ["perl", "-e", TALK, "ask", proto, SERVER6, "-", "3"]);
    return out.split("\n");
  };

  it("has the uplink's address, and no other way where the uplink has none", async () => {
    const { router } = await house({ a6: true, b6: true });
    await controlGroups(router);
    await router.apply(CONFIG("", ""));
    for (const proto of ["tcp", "udp"]) {
      expect(await asked(router, "a", proto)).toEqual(thrice(A));
      expect(await asked(router, "b", proto)).toEqual(thrice(B));
    }
    await router.sh(`ip addr del ${B}/64 dev eth2`);
    await router.waymark(["apply"]);
    expect(await asked(router, "b", "tcp")).toEqual(thrice(expect.stringMatching(/^fail/)));
  });

  it("refuses it where no uplink has it, though the machine does", async () => {
    const { router } = await house({ a6: false, b6: false });
    await controlGroups(router);
    await router.apply(CONFIG("", ""));
    await router.sh("ip link add v6 type veth peer name peer6; ip link set v6 up; ip link set peer6 up");
    await router.sh(
      "ip addr add 2001:db8:c::2/64 dev v6 nodad; ip -6 route add default via 2001:db8:c::1 dev v6",
    );
    await router.waymark(["apply"]);
    expect(await asked(router, "a", "udp")).toEqual(thrice("fail Operation not permitted"));
    expect((await flows(router, 2, { under: ["waymark", "use", "a"] })).by).toEqual({ [A4]: 2 });
  });
});
