import { describe, expect, it } from "vitest";
import type { CheckMethod } from "../../lib/config/types.ts";
import type { Isp } from "./harness/isp.ts";
import { until } from "./harness/wait.ts";
import { B, house, SERVER as SERVER6, sources } from "./ipv6-house.ts";
import {
  checkOf,
  LINES,
  NAMES,
  type Name,
  type ProbeHouse,
  Probing,
  pings,
  probeHouse,
  serveAnswers,
  targetOf,
} from "./probe-house.ts";

const METHODS: readonly CheckMethod[] = ["ping", "tcp", "dns", "http"];

const usual = (name: Name, method: CheckMethod) => checkOf(method, [targetOf(method, LINES[name].target)]);

/** Which of the lines' addresses sent something to which of the targets, as the provider saw it. */
async function seenBy(isp: Isp): Promise<string[]> {
  const targets: readonly string[] = NAMES.map((name) => LINES[name].target);
  const seen = (await isp.seen()).filter(({ to }) => targets.includes(to));
  return [...new Set(seen.map(({ from, to }) => `${from} > ${to}`))];
}

/** The provider drops everything between its customers and the internet, or so many of a hundred packets. */
async function lose(isp: Isp, percent: number): Promise<void> {
  await isp.nft("table inet loss\ndelete table inet loss\n");
  if (percent === 0) return;
  const which = percent === 100 ? "" : `numgen random mod 100 < ${percent} `;
  await isp.nft(
    `table inet loss {\n chain forward {\n type filter hook forward priority -10;\n iifname "cust" ${which}drop\n }\n}\n`,
  );
}

async function expectOwnWays({ isps }: ProbeHouse): Promise<void> {
  for (const name of NAMES) {
    const { address, target } = LINES[name];
    expect([name, await seenBy(isps[name])]).toEqual([name, [`${address} > ${target}`]]);
  }
}

describe.each(METHODS)("%s", (method) => {
  it("leaves by the uplink that it is for: balanced, in reserve, against a rule, without a source rule", async () => {
    const house = await probeHouse();
    await serveAnswers(house.lab);
    const probing = await Probing.begin(house.router);
    for (const name of NAMES) await probing.start(name, usual(name, method));
    for (const name of NAMES) {
      const results = await probing.wait(name, "answered", 10);
      expect(results.filter(({ outcome }) => outcome !== "answered")).toEqual([]);
    }
    await expectOwnWays(house);
  });

  it("tells of a silent death by the deadline, of that uplink only, and of its recovery", async () => {
    const { lab, router, isps } = await probeHouse();
    await serveAnswers(lab);
    const probing = await Probing.begin(router);
    for (const name of NAMES) await probing.start(name, usual(name, method));
    for (const name of NAMES) await probing.wait(name, "answered", 3);
    await lose(isps.two, 100);
    const dead = probing.mark;
    const results = await probing.wait("two", "lost", 5, dead);
    // what was under way when the line died may have been answered
    const lost = results.slice(results.findIndex(({ outcome }) => outcome === "lost"));
    expect(lost.filter(({ outcome }) => outcome !== "lost")).toEqual([]);
    for (const name of ["one", "spare"] as const) {
      const others = await probing.wait(name, "answered", 3, dead);
      expect(others.filter(({ outcome }) => outcome !== "answered")).toEqual([]);
    }
    await lose(isps.two, 0);
    const back = probing.mark;
    await probing.wait("two", "answered", 5, back);
  });
});

it.each(["ping", "tcp"] as const)("extra probes go out while an answer is overdue (%s)", async (method) => {
  const { router, isps } = await probeHouse();
  const probing = await Probing.begin(router);
  const check = checkOf(method, [targetOf(method, LINES.one.target)], { interval: 2000, timeout: 1000 });
  await probing.start("one", check, { overdue: 100 });
  await probing.wait("one", "answered", 2);
  expect(probing.results().filter((told) => "extra" in told)).toEqual([]);
  await lose(isps.one, 100);
  const dead = probing.mark;
  // two seconds apart, five of them would take ten
  const results = await probing.wait("one", "lost", 5, dead);
  const sent = results.filter(({ outcome }) => outcome === "lost").map(({ sentAt }) => sentAt);
  expect(Math.max(...sent) - Math.min(...sent)).toBeLessThan(6000);
  expect(results.filter((told) => "extra" in told).length).toBeGreaterThanOrEqual(3);
});

describe("a bad line", () => {
  it.each(["ping", "tcp"] as const)(
    "that loses a third of its packets loses a third of its probes (%s)",
    async (method) => {
      const { router, isps } = await probeHouse();
      await lose(isps.one, 30);
      const probing = await Probing.begin(router);
      const target = targetOf(method, LINES.one.target);
      await probing.start("one", checkOf(method, [target], { interval: 100 }));
      await until("a hundred results", async () => probing.results("one").length >= 100, 60_000);
      const results = probing.results("one").filter((told) => !("extra" in told));
      const share = results.filter(({ outcome }) => outcome === "lost").length / results.length;
      // beyond five standard deviations
      expect(share).toBeGreaterThan(0.07);
      expect(share).toBeLessThan(0.55);
    },
  );

  it("an answer behind its deadline is told as one all the same: the line is slow, not dead", async () => {
    const { router, isps } = await probeHouse();
    // two and a half answers a second: half of what is asked for, the rest waits in a queue
    await isps.one.sh("tc qdisc add dev cust root tbf rate 2kbit burst 200 latency 60s");
    const probing = await Probing.begin(router);
    const target = targetOf("ping", LINES.one.target);
    await probing.start("one", checkOf("ping", [target], { interval: 200, timeout: 300 }));
    await probing.wait("one", "lost", 5);
    const late = await until("late answers", async () => {
      const results = probing.results("one");
      const lost = results.filter(({ outcome }) => outcome === "lost").map(({ sentAt }) => sentAt);
      const answers = results.filter((told) => told.outcome === "answered" && lost.includes(told.sentAt));
      return answers.length >= 3 && answers;
    });
    expect(late.some((told) => told.outcome === "answered" && told.rtt > 250)).toBe(true);
  });
});

describe("a device that goes and comes back", () => {
  it.each(["ping", "tcp"] as const)("is probed again without being asked to (%s)", async (method) => {
    const { router, line, dial } = await probeHouse();
    const probing = await Probing.begin(router);
    await probing.start("spare", usual("spare", method));
    await probing.wait("spare", "answered", 3);
    await line.hangUp();
    probing.pathsChanged();
    const gone = probing.mark;
    const results = await probing.wait("spare", "lost", 3, gone);
    expect(results.at(-1)).toMatchObject({ why: expect.stringContaining("there is no device ppp0") });
    expect(await pings(router)).toEqual([]);
    await dial();
    await router.apply();
    probing.pathsChanged();
    await probing.wait("spare", "answered", 3, probing.mark);
  });
});

describe("a probe that would not leave by its uplink", () => {
  it("is not sent, and says where it would go: a tunnel's route; a ping is bound to the device", async () => {
    const { router, isps } = await probeHouse();
    await router.sh(
      "ip link add tun0 type veth peer name tun1; ip link set tun0 up; ip link set tun1 up; ip addr add 10.8.0.2/24 dev tun0; ip route add 203.0.113.0/24 via 10.8.0.1",
    );
    const probing = await Probing.begin(router);
    await probing.start("two", usual("two", "tcp"));
    const results = await probing.wait("two", "cannot-run", 3);
    expect(results.at(-1)).toMatchObject({
      why: expect.stringContaining("would leave by tun0, not by eth2"),
    });
    await probing.start("two", usual("two", "ping"), { name: "ping" });
    await probing.wait("ping", "answered", 3);
    expect(await seenBy(isps.two)).toEqual([`${LINES.two.address} > ${LINES.two.target}`]);
    await router.sh("ip link del tun0");
    probing.pathsChanged();
    await probing.wait("two", "answered", 3);
  });

  it("nor while the packet filter does not know it, nor by a process of another group", async () => {
    const { router } = await probeHouse();
    const probing = await Probing.begin(router);
    await probing.start("one", usual("one", "tcp"));
    await probing.wait("one", "answered", 3);
    await router.sh("nft delete table inet waymark");
    probing.pathsChanged();
    const wiped = await probing.wait("one", "cannot-run", 1, probing.mark);
    expect(wiped.at(-1)).toMatchObject({ why: expect.stringContaining("the packet filter does not mark") });
    await router.apply();
    probing.pathsChanged();
    await probing.wait("one", "answered", 3, probing.mark);

    const stranger = await Probing.begin(router, 0);
    await stranger.start("one", usual("one", "tcp"));
    const refused = await stranger.wait("one", "cannot-run");
    expect(refused[0]).toMatchObject({ why: expect.stringContaining("not of group 2000000087") });
  });

  it("is lost where the uplink has no way at all", async () => {
    const { router } = await probeHouse();
    const { table } = await router.uplink("two");
    const probing = await Probing.begin(router);
    for (const method of ["tcp", "ping"] as const)
      await probing.start("two", usual("two", method), { name: method });
    for (const method of ["tcp", "ping"]) await probing.wait(method, "answered", 2);
    await router.sh(
      `ip route flush table ${table}; ip route add unreachable default table ${table} metric 4294967295`,
    );
    probing.pathsChanged();
    for (const method of ["tcp", "ping"]) {
      const results = await probing.wait(method, "lost", 2, probing.mark);
      expect(results.at(-1)).toMatchObject({
        why: expect.stringContaining("no way to 203.0.113.82 by eth2"),
      });
    }
  });
});

describe("answers that are none", () => {
  it("a portal's redirection, a page without the keyword, a page without end, a name server that fails, a forged answer", async () => {
    const { lab, router } = await probeHouse();
    await serveAnswers(lab);
    const probing = await Probing.begin(router);
    const page = (path: string) => [targetOf("http", LINES.one.target, path)];
    const name = [targetOf("dns", LINES.one.target)];
    const slow = { interval: 500 };
    await probing.start("one", checkOf("http", page("/portal"), slow), { name: "portal" });
    await probing.start(
      "one",
      checkOf("http", page("/page"), { ...slow, expect: 200, keyword: "all is well" }),
      { name: "page" },
    );
    await probing.start("one", checkOf("http", page("/page"), { ...slow, expect: 200, keyword: "welcome" }), {
      name: "other",
    });
    await probing.start(
      "one",
      checkOf("http", page("/endless"), { ...slow, expect: 200, keyword: "welcome" }),
      { name: "endless" },
    );
    await probing.start("one", checkOf("dns", name, { ...slow, query: "fail" }), { name: "fail" });
    await probing.start("one", checkOf("dns", name, { ...slow, query: "forged" }), { name: "forged" });
    const why = async (which: string) => (await probing.wait(which, "lost", 2)).at(-1);
    expect(await why("portal")).toMatchObject({ why: "answered 302, expected 204" });
    const missing = { why: "answered with a page that does not contain the keyword" };
    expect(await why("other")).toMatchObject(missing);
    expect(await why("endless")).toMatchObject(missing);
    expect(await why("fail")).toMatchObject({ why: "answered SERVFAIL" });
    expect(await why("forged")).not.toHaveProperty("why");
    await probing.wait("page", "answered", 2);
    expect(probing.results("page").every(({ outcome }) => outcome === "answered")).toBe(true);
  });

  it("a refused connection is one: the line is alive", async () => {
    const { router } = await probeHouse();
    const probing = await Probing.begin(router);
    const closed = { ...targetOf("tcp", LINES.one.target), port: 9 };
    await probing.start("one", checkOf("tcp", [closed]));
    await probing.wait("one", "answered", 3);
  });
});

it("a page's host is found by the uplink's own name server, by way of the uplink", async () => {
  const { lab, router, isps } = await probeHouse();
  await serveAnswers(lab);
  const probing = await Probing.begin(router);
  const target = { name: "http://page.example/204", host: "page.example", family: null, port: 80 } as const;
  await probing.start("two", checkOf("http", [target]), { nameServers: [LINES.two.target] });
  await probing.wait("two", "answered", 3);
  const seen = await isps.two.seen();
  const ports = seen
    .filter(({ to }) => to === LINES.two.target)
    .map(({ proto, dport }) => `${proto}/${dport}`);
  expect([...new Set(ports)].sort()).toEqual(["tcp/80", "udp/53"]);
  expect(await seenBy(isps.one)).toEqual([]);
});

it("IPv6 leaves by the uplink that it is for, too", async () => {
  const { router, a, b } = await house({ a6: true, b6: true });
  await router.apply(`
    [uplink.a]
    interface = "eth1"
    tier = 1
    [uplink.b]
    interface = "eth2"
    tier = 2
    [[rule]]
    protocol = "tcp"
    via = "a"
    [check]
    method = "tcp"
    targets = "[${SERVER6}]:7000"`);
  const probing = await Probing.begin(router);
  const target = { family: 6, host: SERVER6 } as const;
  const tcp = { ...target, name: `[${SERVER6}]:7000`, port: 7000 };
  const second = { interface: "eth2", address: B, family: 6 } as const;
  await sources(a);
  await probing.startOn("b", second, checkOf("tcp", [tcp]), { name: "tcp" });
  await probing.startOn("b", second, checkOf("ping", [{ ...target, name: SERVER6, port: null }]), {
    name: "ping",
  });
  for (const name of ["tcp", "ping"]) await probing.wait(name, "answered", 5);
  expect(probing.results().every(({ outcome }) => outcome === "answered")).toBe(true);
  expect(await sources(b)).toEqual([B]);
  expect(await sources(a)).toEqual([]);
});

describe("processes", () => {
  it("one for each target that is pinged, idle in between; none is left behind, even by a murder", async () => {
    const { router } = await probeHouse();
    const probing = await Probing.begin(router);
    const targets = [targetOf("ping", LINES.one.target), targetOf("ping", LINES.two.target)];
    await probing.start("one", checkOf("ping", targets));
    await probing.start("spare", usual("spare", "ping"));
    await probing.wait("one", "answered", 40);
    const running = await pings(router);
    expect(running).toHaveLength(3);
    await probing.stop("spare");
    const left = await pings(router);
    expect(left).toHaveLength(2);
    // the same ones all along
    expect(running).toEqual(expect.arrayContaining(left));
    await probing.finish();
    expect(await pings(router)).toEqual([]);

    const other = await Probing.begin(router);
    await other.start("one", usual("one", "ping"));
    await other.wait("one", "answered", 3);
    expect(await pings(router)).toHaveLength(1);
    await other.kill();
    await until("no ping", async () => (await pings(router)).length === 0);
  });

  it("a ping that is killed is started again", async () => {
    const { router } = await probeHouse();
    const probing = await Probing.begin(router);
    await probing.start("one", usual("one", "ping"));
    await probing.wait("one", "answered", 3);
    const [before = ""] = await pings(router);
    await router.sh(`kill -9 ${before.split(" ")[0]}`);
    const killed = probing.mark;
    const results = await probing.wait("one", "answered", 3, killed);
    expect(results[0]).toMatchObject({ outcome: "cannot-run", why: expect.stringContaining("SIGKILL") });
  });
});
