import { describe, expect, it } from "vitest";
import { factsOf, ifplugd, pppDown, pppUp } from "./harness/hooks.ts";
import { homeServer } from "./harness/houses.ts";
import type { Isp } from "./harness/isp.ts";
import type { Line } from "./harness/line.ts";
import type { Machine } from "./harness/machine.ts";
import { SERVER } from "./harness/peer.ts";
import type { Router } from "./harness/router.ts";
import { until as untilSoon } from "./harness/wait.ts";
import { A, B, cable, house, SERVER as SERVER6, sources, talk, thrice } from "./ipv6-house.ts";

/** The machine may be busy with other tests. */
const until = <T>(what: string, probe: () => Promise<T | undefined | null | false>) =>
  untilSoon(what, probe, 60_000);

const MAIN = "198.51.100.10";
const P2P = "198.51.100.130";
/** Each provider's own name server, which answers with its own number, and one on the internet. */
const OWN = ["100.80.1.53", "100.80.2.53"] as const;
const PUBLIC = "203.0.113.200";
const ANSWER = { [OWN[0]]: "192.0.2.1", [OWN[1]]: "192.0.2.2", [PUBLIC]: "192.0.2.200" };

const LINES = `
[uplink.main]
peer = "dsl-a"
tier = 1

[uplink.p2p]
peer = "dsl-b"
tier = 2
`;

/** Starts a real name server on a machine's loopback. */
async function nameServer(machine: Machine, address: keyof typeof ANSWER): Promise<void> {
  await machine.sh(`ip addr replace ${address}/32 dev lo`);
  const options = ["--no-resolv", "--no-hosts", "--bind-interfaces", "--pid-file", "--conf-file=/dev/null"];
  const server = machine.spawn([
    "dnsmasq",
    "--keep-in-foreground",
    ...options,
    `--listen-address=${address}`,
    `--address=/who.example/${ANSWER[address]}`,
    "--log-facility=-",
  ]);
  await until(`${address} to listen`, async () => {
    if (server.errors().includes("failed")) throw new Error(server.errors());
    return (await machine.sh("ss -Hlun sport = 53")).includes(address);
  });
}

const ASK = `
  const { Resolver } = require("node:dns").promises;
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([process.argv[1]]);
  resolver.resolve4("who.example").then(([address]) => console.log(address), ({ code }) => console.log(code));
`;

/** What a name server says to a question of this machine's: an address, or why there is none. */
async function ask(machine: Machine, server: string): Promise<string> {
  return (await machine.exec([process.execPath, "-e", ASK, server])).out.trim();
}

interface NamedHouse {
  readonly router: Router;
  readonly client: Machine;
  readonly isps: readonly [Isp, Isp];
  dial(which: 0 | 1, dns: readonly string[], local?: string): Promise<Line>;
  /** Questions that a provider saw: whom they were for, and from whom they came. */
  questions(which: 0 | 1): Promise<string[]>;
}

/** The home server as a router with a client, two providers with name servers of their own, and one beyond them. */
async function namedHouse(): Promise<NamedHouse> {
  const { lab, router, isps } = await homeServer();
  await router.sh("sysctl -qw net.ipv4.ip_forward=1");
  const client = await lab.client("client", router, "eth0", "10.0.0.50/24", "10.0.0.1");
  await router.sh("ip addr add 10.0.0.1/24 dev eth0");
  await Promise.all([
    nameServer(isps[0], OWN[0]),
    nameServer(isps[1], OWN[1]),
    nameServer(lab.internet, PUBLIC),
  ]);
  return {
    router,
    client,
    isps,
    dial: async (which, dns, local = [MAIN, P2P][which] ?? "") => {
      const options = {
        iface: `ppp${which}`,
        peer: `dsl-${"ab"[which]}`,
        local,
        remote: "198.51.100.1",
        dns,
      };
      const line = await lab.line(router, isps[which], options);
      await pppUp(router, factsOf(line));
      return line;
    },
    questions: async (which) => {
      const seen = await isps[which].seen();
      await isps[which].forget();
      return [
        ...new Set(seen.filter(({ dport }) => dport === 53).map(({ from, to }) => `${to} from ${from}`)),
      ];
    },
  };
}

/** dnsmasq as the documentation has it set up. */
async function localResolver(router: Router): Promise<void> {
  await router.write("/etc/dnsmasq.d/waymark", "servers-file=/run/waymark/dnsmasq.servers\nno-resolv\n");
  await router.write("/etc/resolv.conf", "nameserver 127.0.0.1\n");
  await router.sh("mkdir -p /run/dnsmasq");
  router.spawn([
    "dnsmasq",
    "--keep-in-foreground",
    "--conf-file=/etc/dnsmasq.d/waymark",
    "--pid-file=/run/dnsmasq/dnsmasq.pid",
    "--no-hosts",
    "--cache-size=0",
    "--log-facility=-",
  ]);
  await until("dnsmasq to listen", async () => (await router.sh("ss -Hlun sport = 53")) !== "");
}

const hangUp = async (router: Router, line: Line) => {
  await line.hangUp();
  await pppDown(router, factsOf(line));
};

const answers = (machine: Machine, server: string, answer: string) =>
  until(`${answer} from ${server}`, async () => (await ask(machine, server)) === answer);

describe("name servers, with dnsmasq", () => {
  it("follow the choice, and are asked by their own line only", async () => {
    const { router, client, dial, questions } = await namedHouse();
    await localResolver(router);
    await router.apply(`${LINES}[dns]\n`);
    const main = await dial(0, [OWN[0]]);
    await dial(1, [OWN[1]]);
    await answers(client, "10.0.0.1", ANSWER[OWN[0]]);
    expect(await router.sh("getent ahostsv4 who.example | head -1")).toContain(ANSWER[OWN[0]]);
    expect(await questions(0)).toEqual([`${OWN[0]} from ${MAIN}`]);
    expect(await questions(1)).toEqual([]);

    await hangUp(router, main);
    await answers(client, "10.0.0.1", ANSWER[OWN[1]]);
    expect(await router.sh("getent ahostsv4 who.example | head -1")).toContain(ANSWER[OWN[1]]);
    // The dead line's server is asked by nobody: not by the resolver, and not by who asks it outright.
    expect(await ask(client, OWN[0])).toMatch(/^E/);
    expect(await ask(router, OWN[0])).toMatch(/^E/);
    expect(await questions(1)).toEqual([`${OWN[1]} from ${P2P}`]);

    await dial(0, [OWN[0]], "198.51.100.11");
    await answers(client, "10.0.0.1", ANSWER[OWN[0]]);
    expect(await questions(0)).toEqual([`${OWN[0]} from 198.51.100.11`]);
    // Each by its own line, whatever the choice.
    expect(await ask(client, OWN[1])).toBe(ANSWER[OWN[1]]);
    expect(await ask(router, OWN[1])).toBe(ANSWER[OWN[1]]);
    expect(await questions(0)).toEqual([]);
    expect(await questions(1)).toEqual([`${OWN[1]} from ${P2P}`]);
  });

  it("are all taken back by stop", async () => {
    const { router, client, dial } = await namedHouse();
    await localResolver(router);
    await dial(0, [OWN[0]]);
    const before = await router.snapshot();
    await router.apply(`${LINES}[dns]\npublish = "dnsmasq"\n`);
    await pppUp(router, {
      iface: "ppp0",
      local: MAIN,
      remote: "198.51.100.1",
      pid: 1,
      callFile: "dsl-a",
      dns: [OWN[0]],
    });
    await answers(client, "10.0.0.1", ANSWER[OWN[0]]);
    const { out } = await router.waymark(["stop"]);
    expect(out).toContain("name servers taken back from dnsmasq");
    expect(await router.read("/run/waymark/dnsmasq.servers")).toMatch(/^#[^\n]*\n$/);
    expect(await router.snapshot()).toBe(before);
  });

  it("that two lines have is asked by the better one, and by the other when that is gone", async () => {
    const { router, client, dial, questions } = await namedHouse();
    await router.apply(`${LINES.replaceAll("tier", `dns = ["${PUBLIC}"]\ntier`)}`);
    const main = await dial(0, []);
    await dial(1, []);
    for (const machine of [client, router]) expect(await ask(machine, PUBLIC)).toBe(ANSWER[PUBLIC]);
    expect(await questions(0)).toEqual([`${PUBLIC} from ${MAIN}`]);
    await hangUp(router, main);
    for (const machine of [client, router]) expect(await ask(machine, PUBLIC)).toBe(ANSWER[PUBLIC]);
    expect(await questions(1)).toEqual([`${PUBLIC} from ${P2P}`]);
  });

  it("are asked by their own line in a balanced tier too, also over a worse line than the choice", async () => {
    const { router, client, dial, questions } = await namedHouse();
    await router.apply(LINES.replace("tier = 2", `tier = 1\ndns = ["${PUBLIC}"]`));
    await dial(0, []);
    await dial(1, []);
    for (let count = 0; count < 6; count++)
      for (const machine of [client, router]) expect(await ask(machine, PUBLIC)).toBe(ANSWER[PUBLIC]);
    expect(await questions(0)).toEqual([]);
    expect(await questions(1)).toEqual([`${PUBLIC} from ${P2P}`]);
  });

  it("go where a rule of the file says, and by the address that somebody binds to", async () => {
    const { router, client, dial, questions } = await namedHouse();
    await router.apply(
      `${LINES.replace("tier = 1", `tier = 1\ndns = ["${PUBLIC}"]`)}[[rule]]\nsource = "10.0.0.0/24"\nvia = "p2p"\n`,
    );
    await dial(0, []);
    await dial(1, []);
    expect(await ask(client, PUBLIC)).toBe(ANSWER[PUBLIC]);
    expect(await questions(1)).toEqual([`${PUBLIC} from ${P2P}`]);
    expect(await ask(router, PUBLIC)).toBe(ANSWER[PUBLIC]);
    expect(await questions(0)).toEqual([`${PUBLIC} from ${MAIN}`]);
    const bound = ASK.replace("resolver.resolve4", `resolver.setLocalAddress("${P2P}"); resolver.resolve4`);
    expect((await router.exec([process.execPath, "-e", bound, PUBLIC])).out.trim()).toBe(ANSWER[PUBLIC]);
    expect(await questions(1)).toEqual([`${PUBLIC} from ${P2P}`]);
    expect(await questions(0)).toEqual([]);
  });
});

describe("an IPv6 name server", () => {
  it("is asked by its own line only, and by none while that is down", async () => {
    const { router, a, b } = await house({ a6: true, b6: true });
    const uplinks = '[uplink.a]\ninterface = "eth1"\ntier = 1\n[uplink.b]\ninterface = "eth2"\ntier = 2\n';
    await router.apply(`${uplinks}dns = ["${SERVER6}"]\n`);
    expect(await talk(router)).toEqual(thrice(B));
    expect(await talk(router, { from: A })).toEqual(thrice(A));
    expect([await sources(a), await sources(b)]).toEqual([[A], [B]]);
    expect(await router.apply()).toBe("nothing to do");

    await cable(router, b, "eth2", "down");
    await ifplugd(router, "eth2", "down");
    expect(await talk(router)).toEqual(thrice("fail"));
    expect(await sources(a)).toEqual([]);
    expect(await router.apply()).toBe("nothing to do");

    await cable(router, b, "eth2", "up");
    await ifplugd(router, "eth2", "up");
    expect(await talk(router)).toEqual(thrice(B));
    await router.waymark(["stop"]);
    expect(await router.sh("ip -6 rule | grep -c 87310 || true")).toBe("0");
  });
});

const STAND_IN = `#!/bin/sh
# keeps records as resolvconf does
cd /srv/lab/records
echo "$*" >>../calls
case $1 in
  -a) [ ! -p ../gate ] || read -r _ <../gate; cat >"$2" ;;
  -d) rm "$2" ;;
  -i) ls ;;
esac
`;

describe("name servers, with resolvconf", () => {
  const records = async (router: Router) =>
    router.sh("mkdir -p /srv/lab/records; cd /srv/lab/records; grep -r . . || true");

  it("are told, switched and taken back", async () => {
    const { router, dial } = await namedHouse();
    await router.write("/usr/local/sbin/resolvconf", STAND_IN, 0o755);
    expect(await records(router)).toBe("");
    await router.apply(`${LINES}[dns]\npublish = "resolvconf"\n`);
    const main = await dial(0, [OWN[0], PUBLIC]);
    const two = `./vpn.waymark:nameserver ${OWN[0]}\n./vpn.waymark:nameserver ${PUBLIC}`;
    await until("both servers", async () => (await records(router)) === two);
    await dial(1, [OWN[1]]);
    await hangUp(router, main);
    await until("the other's", async () => (await records(router)) === `./vpn.waymark:nameserver ${OWN[1]}`);
    await router.waymark(["stop"]);
    expect(await records(router)).toBe("");
  });

  it("hold up neither hook nor command, however long resolvconf takes", async () => {
    const { router, dial } = await namedHouse();
    await router.write("/usr/local/sbin/resolvconf", STAND_IN, 0o755);
    await router.sh("mkdir /srv/lab/records; mkfifo /srv/lab/gate");
    await router.apply(`${LINES}[dns]\npublish = "resolvconf"\n`);
    await dial(0, [OWN[0]]);
    await until("resolvconf to be called", async () => (await router.read("/srv/lab/calls")).includes("-a"));
    await dial(1, [OWN[1]]);
    await router.waymark(["apply"]);
    expect(await records(router)).toBe("");
    await router.sh("echo >/srv/lab/gate; echo >/srv/lab/gate");
    await until("the server", async () => (await records(router)) === `./vpn.waymark:nameserver ${OWN[0]}`);
  });
});

describe("a name server's address", () => {
  it("is explained", async () => {
    const { router, dial } = await namedHouse();
    await router.apply(LINES.replace("tier = 2", `tier = 2\ndns = ["${PUBLIC}"]`));
    await dial(0, []);
    const line = await dial(1, []);
    expect((await router.waymark(["explain", PUBLIC])).out).toContain("name servers by their own uplinks");
    expect((await router.waymark(["explain", SERVER])).out).not.toContain("name servers");
    await hangUp(router, line);
    const { out } = await router.waymark(["explain", PUBLIC], false);
    expect(out).toContain("a name server of an uplink that does not work");
  });
});
