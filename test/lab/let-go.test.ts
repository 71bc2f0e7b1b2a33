import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { factsOf, pppDown } from "./harness/hooks.ts";
import { homeServer } from "./harness/houses.ts";
import { Lab } from "./harness/lab.ts";
import type { Machine } from "./harness/machine.ts";
import { connect } from "./harness/peer.ts";

const PROGRAM = readFileSync(new URL("../../hooks/front/let-go.pl", import.meta.url), "utf8");

const MARKS = [0x100, 0x200, 0x1ff, 0xab000100];

/** A machine that has a connection of each of the marks, in both families. */
async function connections(): Promise<Machine> {
  const machine = await (await Lab.open()).machine("box");
  for (const [n, mark] of MARKS.entries()) {
    for (const [from, to] of [
      ["192.0.2.1", "192.0.2.2"],
      ["2001:db8::1", "2001:db8::2"],
    ] as const) {
      const ports = `-p udp --sport ${5000 + n} --dport 53`;
      await machine.sh(`conntrack -I -s ${from} -d ${to} ${ports} --timeout 600 --mark ${mark}`);
    }
  }
  return machine;
}

/** Marks of the connections that are there, in order. */
async function left(machine: Machine, family: "ipv4" | "ipv6"): Promise<number[]> {
  const list = await machine.sh(`conntrack -L -f ${family} 2>/dev/null`);
  return [...list.matchAll(/ mark=(\d+)/g)].map(([, mark]) => Number(mark)).sort((a, b) => a - b);
}

async function letGo(machine: Machine, lines: string, word = "go"): Promise<number> {
  const run = 'echo "$3" | perl -e "$1" /dev/fd/3 3<<END\n$2\nEND\n';
  const words = ["sh", "-c", run, "sh", PROGRAM, lines.trimEnd(), word];
  const { code } = await machine.exec(words, { reject: false });
  return code;
}

const sorted = [...MARKS].sort((a, b) => a - b);

it("lets go the connections of a mark, whatever other bits they bear, and of one family", async () => {
  const machine = await connections();
  expect(await letGo(machine, "-D -f ipv4 --mark 0x100/0xff00\n")).toBe(0);
  expect(await left(machine, "ipv4")).toEqual([0x200]);
  expect(await left(machine, "ipv6")).toEqual(sorted);
  expect(await letGo(machine, "-D -f ipv4 --mark 0x200/0xff00\n-D -f ipv6 --mark 0x200/0xff00\n")).toBe(0);
  expect(await left(machine, "ipv4")).toEqual([]);
  expect(await left(machine, "ipv6")).toEqual(sorted.filter((mark) => mark !== 0x200));
});

it.each(["no", ""])("lets go nothing when it is told %j in the end", async (word) => {
  const machine = await connections();
  expect(await letGo(machine, "-D -f ipv4 --mark 0x100/0xff00\n", word)).toBe(0);
  expect(await left(machine, "ipv4")).toEqual(sorted);
});

it("is content with a mark that nobody has", async () => {
  const machine = await connections();
  expect(await letGo(machine, "-D -f ipv4 --mark 0x300/0xff00\n")).toBe(0);
  expect(await left(machine, "ipv4")).toEqual(sorted);
});

it.each([
  ["an address among the lines", "-D -f ipv4 --mark 0x100/0xff00\n-D -f ipv4 --reply-dst 192.0.2.1\n"],
  ["a mask of nothing, which all would fit", "-D -f ipv4 --mark 0x0/0x0\n"],
  ["a line cut short", "-D -f ipv4 --mark 0x100/0xff00\n-D -f ipv4 --mark 0x1"],
])("touches nobody for %s, and says so", async (_, lines) => {
  const machine = await connections();
  expect(await letGo(machine, lines)).not.toBe(0);
  expect(await left(machine, "ipv4")).toEqual(sorted);
});

it.each([
  ["a hook does it by the kernel's own filter", "true"],
  ["and by conntrack(8) where there is no perl", 'mount --bind /dev/null "$(readlink -f /usr/bin/perl)"'],
])("%s", async (_, first) => {
  const { router, dial } = await homeServer();
  const [main] = [await dial(0, "198.51.100.10"), await dial(1, "198.51.100.130")];
  await router.apply('[uplink.main]\ninterface = "ppp0"\n\n[uplink.p2p]\ninterface = "ppp1"\ntier = 2\n');
  const open = await connect(router, { proto: "udp" });
  expect((await open.say()).peer).toBe(main.local);
  const known = () => router.sh("conntrack -L -p udp 2>/dev/null");
  expect(await known()).toContain(main.local);
  await main.drop();
  await router.sh(first);
  await pppDown(router, factsOf(main));
  expect(await known()).not.toContain(main.local);
  expect(JSON.parse(await router.sh("waymark status --json")).errors).toEqual([]);
});
