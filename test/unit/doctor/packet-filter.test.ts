import { describe, expect, it } from "vitest";
import { readIptables, splitWords } from "../../../lib/doctor/packet-filter/from-iptables.ts";
import { readNft, readRuleTexts } from "../../../lib/doctor/packet-filter/from-nft.ts";
import { type FilterChain, includesDevice } from "../../../lib/doctor/packet-filter/model.ts";
import { fateIn, type Passing } from "../../../lib/doctor/packet-filter/passage.ts";

const TABLE = { table: { family: "inet", name: "t" } };
const CHAIN = { chain: { family: "inet", table: "t", name: "fw", hook: "forward", policy: "drop" } };

/** The chain `fw` of a table with these rules, as nft tells it. */
function nft(...rules: readonly unknown[][]): FilterChain {
  const objects = rules.map((expr, handle) => ({
    rule: { family: "inet", table: "t", chain: "fw", handle, expr },
  }));
  const [chain] = readNft({ nftables: [TABLE, CHAIN, ...objects] }, new Map()).chains;
  if (chain === undefined) throw new Error("no chain");
  return chain;
}

const match = (left: unknown, right: unknown, op = "==") => ({ match: { op, left, right } });
const meta = (key: string) => ({ meta: { key } });
const ACCEPT = { accept: null };

describe("nft's rules", () => {
  const one = (...expr: unknown[]) => nft(expr).rules[0];

  it("name devices", () => {
    expect(one(match(meta("iifname"), "eth0"), ACCEPT)?.input).toEqual({ names: ["eth0"], not: false });
    expect(one(match(meta("iif"), "lo", "!="))?.input).toEqual({ names: ["lo"], not: true });
    expect(one(match(meta("oifname"), { set: ["a", "b*"] }))?.output).toEqual({
      names: ["a", "b*"],
      not: false,
    });
  });
  it("ask for a state", () => {
    const state = { ct: { key: "state" } };
    expect(one(match(state, "invalid", "in"))?.states).toEqual(["invalid"]);
    expect(one(match(state, ["established", "related"], "in"))?.states).toEqual(["established", "related"]);
    expect(one(match(state, { set: ["new"] }))?.states).toEqual(["new"]);
    expect(one(match(state, "new", "!="))?.more).toBe(true);
  });
  it("check the way back", () => {
    const fib = (flags: string[]) => ({ fib: { result: "oif", flags } });
    expect(one(match(fib(["saddr", "iif"]), false))?.reversePath).toBe(true);
    expect(one(match(fib(["saddr", "mark", "iif"]), "0"))?.reversePath).toBe(true);
    expect(one(match(fib(["saddr"]), false))?.reversePath).toBe(false);
    expect(one(match(fib(["saddr", "iif"]), false, "!="))?.reversePath).toBe(false);
  });
  it("do this and that", () => {
    expect(one({ notrack: null })?.untracked).toBe(true);
    expect(one({ flow: { op: "add", flowtable: "@f" } })?.offloads).toBe(true);
    expect(one({ tproxy: { port: 1 } })?.transparentProxy).toBe(true);
    expect(one({ snat: { family: "ip", addr: "1.2.3.4" } })?.sourceTo).toBe("1.2.3.4");
    expect(one({ mangle: { key: meta("mark"), value: 1 } })?.marks).toHaveLength(1);
  });
  it("end somewhere", () => {
    expect(one(ACCEPT)?.verdict).toEqual({ kind: "accept" });
    expect(one({ reject: { type: "icmpx" } })?.verdict).toEqual({ kind: "drop" });
    expect(one({ jump: { target: "x" } })?.verdict).toEqual({ kind: "jump", target: "x" });
    expect(one({ counter: { packets: 0 } })?.verdict).toBe(null);
    expect(one({ xt: { type: "target", name: "SET" } })?.verdict).toEqual({ kind: "unknown" });
    expect(one({ vmap: { key: meta("mark"), data: "@v" } })?.verdict).toEqual({ kind: "unknown" });
  });
  it("ask for more than is read", () => {
    expect(one({ limit: { rate: 3 } }, ACCEPT)?.more).toBe(true);
    expect(one({ xt: { type: "match", name: "set" } }, ACCEPT)?.more).toBe(true);
    expect(one({ counter: {} }, { log: null }, ACCEPT)?.more).toBe(false);
  });
  it("with a verdict map are several", () => {
    const vmap = {
      vmap: {
        key: { ct: { key: "state" } },
        data: {
          set: [
            ["invalid", { drop: null }],
            ["established", ACCEPT],
          ],
        },
      },
    };
    expect(nft([vmap]).rules.map(({ states, verdict }) => `${states} ${verdict?.kind}`)).toEqual([
      "invalid drop",
      "established accept",
    ]);
  });
  it("of Waymark's own table are left out", () => {
    const own = { chain: { family: "inet", table: "waymark", name: "pin", hook: "postrouting" } };
    const flow = { flowtable: { family: "inet", table: "x", name: "f", dev: "eth0" } };
    const read = readNft(
      { nftables: [{ table: { family: "inet", name: "waymark" } }, own, CHAIN, flow] },
      new Map(),
    );
    expect(read.chains.map(({ owner }) => owner)).toEqual(["nft table inet t"]);
    expect(read.flowTables).toEqual([{ owner: "nft table inet x", name: "f", devices: ["eth0"] }]);
  });
  it("of bridges and devices are left out", () =>
    expect(
      readNft(
        { nftables: [{ chain: { family: "bridge", table: "b", name: "c", hook: "forward" } }] },
        new Map(),
      ).chains,
    ).toEqual([]));
  it("may be none", () => expect(readNft({}, new Map())).toEqual({ chains: [], flowTables: [] }));
  it("have the words of the listing", () => {
    const texts = readRuleTexts(
      "table inet t { # handle 1\n\tchain fw { # handle 1\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tct state established counter packets 3 bytes 5 accept # handle 7\n\t}\n}\n",
    );
    expect([...texts]).toEqual([["inet t 7", "ct state established accept"]]);
  });
});

describe("iptables' rules", () => {
  const one = (rule: string) =>
    readIptables(`*filter\n:FORWARD DROP [0:0]\n-A FORWARD ${rule}\n`, "iptables", 4)[0]?.rules[0];

  it("name devices", () => {
    expect(one("-i eth0 -j ACCEPT")?.input).toEqual({ names: ["eth0"], not: false });
    expect(one("! -o ppp+ -j ACCEPT")?.output).toEqual({ names: ["ppp*"], not: true });
  });
  it("negate only what follows", () => {
    const rule = one("! -i eth0 -o eth1 -j ACCEPT");
    expect([rule?.input?.not, rule?.output?.not]).toEqual([true, false]);
  });
  it("ask for a state", () => {
    expect(one("-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT")?.states).toEqual([
      "related",
      "established",
    ]);
    expect(one("-m state --state INVALID -j DROP")?.states).toEqual(["invalid"]);
    expect(one("-m conntrack ! --ctstate NEW -j ACCEPT")).toMatchObject({ states: null, more: true });
    expect(one("-m conntrack --ctstatus DNAT -j ACCEPT")?.states).toEqual(["dnat"]);
  });
  it("may have a comment with blanks and quotes", () => {
    expect(one('-m comment --comment "a \\"b\\" -j DROP" -j ACCEPT')).toMatchObject({
      more: false,
      verdict: { kind: "accept" },
    });
    expect(splitWords('-m comment --comment "two words" x')).toEqual([
      "-m",
      "comment",
      "--comment",
      "two words",
      "x",
    ]);
  });
  it("ask for more than is read", () => {
    expect(one("-s 10.0.0.0/8 -j ACCEPT")?.more).toBe(true);
    expect(one("-m set --match-set x src -j ACCEPT")?.more).toBe(true);
    expect(one("-j REJECT --reject-with icmp-port-unreachable")?.more).toBe(false);
  });
  it("check the way back", () => {
    expect(one("-m rpfilter --invert -j DROP")?.reversePath).toBe(true);
    expect(one("-m rpfilter --validmark --invert -j DROP")?.reversePath).toBe(true);
    expect(one("-m rpfilter -j RETURN")?.reversePath).toBe(false);
  });
  it("use marks", () => {
    const marks = (rule: string) =>
      one(rule)?.marks.map(
        ({ field, kind, value, mask }) => `${field} ${kind} ${value} ${mask.toString(16)}`,
      );
    expect(marks("-j MARK --set-xmark 0x4000/0x4000")).toEqual(["packet set 16384 4000"]);
    expect(marks("-j MARK --set-mark 0x1")).toEqual(["packet set 1 ffffffff"]);
    expect(marks("-m connmark ! --mark 0x1/0xf -j ACCEPT")).toEqual(["connection match null f"]);
    expect(marks("-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf0")).toEqual(["connection copy null f0"]);
    expect(marks("-j CONNMARK --restore-mark")).toEqual(["packet copy null ffffffff"]);
  });
  it("belong to their own chain and table", () => {
    const chains = readIptables(
      "*nat\n:A - [0:0]\n-A A -j ACCEPT\nCOMMIT\n*filter\n:A - [0:0]\n:FORWARD ACCEPT [0:0]\nCOMMIT\n",
      "iptables",
      4,
    );
    expect(chains.map(({ table, name, hook, rules }) => `${table} ${name} ${hook} ${rules.length}`)).toEqual([
      "nat A null 1",
      "filter A null 0",
      "filter FORWARD forward 0",
    ]);
  });
});

describe("device names", () => {
  it.each([
    [null, true],
    [{ names: ["eth0"], not: false }, true],
    [{ names: ["eth0"], not: true }, false],
    [{ names: ["eth*"], not: false }, true],
    [{ names: ["*"], not: true }, false],
    [{ names: ["eth"], not: false }, false],
    [{ names: ["ppp0", "eth0"], not: false }, true],
  ])("%j has eth0: %s", (names, has) => expect(includesDevice(names, "eth0")).toBe(has));
});

describe("a packet's way through a chain", () => {
  const NEW: Passing = { input: "eth1", output: "eth0", state: "new" };
  const fate = (rules: string, packet = NEW, policy = "DROP") => {
    const chains = readIptables(
      `*filter\n:FORWARD ${policy} [0:0]\n:sub - [0:0]\n:deep - [0:0]\n${rules}\n`,
      "iptables",
      4,
    );
    return fateIn(chains[0] as FilterChain, chains, packet).kind;
  };

  it.each([
    ["", "ACCEPT", "passes"],
    ["", "DROP", "dropped"],
    ["-A FORWARD -j ACCEPT", "DROP", "passes"],
    ["-A FORWARD -j DROP", "ACCEPT", "dropped"],
    ["-A FORWARD -i eth2 -j ACCEPT", "DROP", "dropped"],
    ["-A FORWARD -i eth1 -o eth0 -j ACCEPT", "DROP", "passes"],
    ["-A FORWARD -s 10.0.0.0/8 -j ACCEPT", "DROP", "perhaps"],
    ["-A FORWARD -s 10.0.0.0/8 -j DROP", "ACCEPT", "passes"],
    ["-A FORWARD -p icmp -j ACCEPT", "DROP", "dropped"],
    ["-A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT", "DROP", "dropped"],
    ["-A FORWARD -m conntrack --ctstatus DNAT -j ACCEPT", "DROP", "dropped"],
    ["-A FORWARD -j sub\n-A sub -j ACCEPT", "DROP", "passes"],
    ["-A FORWARD -j sub\n-A sub -j RETURN\n-A sub -j ACCEPT", "DROP", "dropped"],
    ["-A FORWARD -j sub\n-A FORWARD -j ACCEPT", "DROP", "passes"],
    ["-A FORWARD -g sub\n-A FORWARD -j ACCEPT", "DROP", "dropped"],
    ["-A FORWARD -j sub\n-A sub -j deep\n-A deep -i eth1 -j ACCEPT", "DROP", "passes"],
    ["-A FORWARD -s 10.0.0.0/8 -j sub\n-A sub -j ACCEPT", "DROP", "perhaps"],
    ["-A FORWARD -j sub\n-A sub -s 10.0.0.0/8 -j ACCEPT\n-A FORWARD -j DROP", "ACCEPT", "perhaps"],
    ["-A FORWARD -j elsewhere", "DROP", "perhaps"],
    ["-A FORWARD -j sub\n-A sub -j sub", "DROP", "perhaps"],
    ["-A FORWARD -j LOG\n-A FORWARD -j ACCEPT", "DROP", "passes"],
  ])("%s (%s): %s", (rules, policy, expected) => expect(fate(rules, NEW, policy)).toBe(expected));
  it("that is answered", () =>
    expect(
      fate("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", {
        ...NEW,
        state: "established",
      }),
    ).toBe("passes"));
  it("names the rule that drops it", () => {
    const chains = readIptables("*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j DROP\n", "iptables", 4);
    expect(fateIn(chains[0] as FilterChain, chains, NEW)).toEqual({
      kind: "dropped",
      by: "-A FORWARD -j DROP",
    });
  });
  it("does not leave its tool", () => {
    const chains = [
      ...readIptables("*filter\n:FORWARD DROP [0:0]\n-A FORWARD -j sub\n", "iptables", 4),
      ...readIptables("*filter\n:sub - [0:0]\n-A sub -j DROP\n", "iptables-legacy", 4),
    ];
    expect(fateIn(chains[0] as FilterChain, chains, NEW).kind).toBe("perhaps");
  });
});
