import { describe, expect, it } from "vitest";
import { planRelease } from "../../../lib/plan/release.ts";
import { NO_STATE, type State } from "../../../lib/state/record.ts";
import { aLink, aRecord, type Given, mainDefault, planOf, uplink } from "./support.ts";

const FILE = (more0 = "", more1 = "") =>
  uplink("eth0", `gateway = "192.0.2.1"\ntier = 1\n${more0}`) +
  uplink("eth1", `gateway = "198.51.100.1"\ntier = 2\n${more1}`);
const eth0 = (how = {}) => aLink("eth0", ["192.0.2.5/24"], how);
const eth1 = (how = {}) => aLink("eth1", ["198.51.100.5/24"], how);

/** Both were up, the first was chosen. */
const WERE_UP: Partial<State> = {
  uplinks: { eth0: aRecord({ address4: "192.0.2.5" }), eth1: aRecord({ address4: "198.51.100.5" }) },
  choice: ["eth0"],
};

const MARK0 = ["-D -f ipv4 --mark 0x100/0xff00"];
const MARK1 = ["-D -f ipv4 --mark 0x200/0xff00"];
const GONE0 = ["-D -f ipv4 --reply-dst 192.0.2.5", "-D -f ipv4 --orig-dst 192.0.2.5"];

interface Case extends Given {
  readonly text?: string;
  readonly before?: Partial<State>;
  readonly lines: readonly string[];
  /** Names of the uplinks to which something is owed. */
  readonly owed?: readonly string[];
}

const release = (title: string, { text = FILE(), before = WERE_UP, lines, owed = [], ...given }: Case) =>
  it(title, () => {
    const state = { ...NO_STATE, ...before };
    const found = planRelease(planOf(text, { ...given, state }), state, 0xff00);
    expect(found.lines).toEqual(lines);
    expect(Object.keys(found.owed)).toEqual(owed);
  });

describe("let go", () => {
  release("nobody, when all is as it was", { links: [eth0(), eth1()], lines: [] });
  release("those of a line without carrier", { links: [eth0({ carrier: false }), eth1()], lines: MARK0 });
  release("those of a line in reserve, too", { links: [eth0(), eth1({ carrier: false })], lines: MARK1 });
  release("those of a device that is gone", { links: [eth1()], lines: MARK0 });
  release("in both families, where there are two", {
    links: [eth0({ carrier: false }), aLink("eth1", ["198.51.100.5/24", "2001:db8::5/64"])],
    main: [mainDefault("eth1", "fe80::1", { family: 6 })],
    lines: [...MARK0, "-D -f ipv6 --mark 0x100/0xff00"],
  });
  release("those of an address that is gone", {
    links: [aLink("eth0", ["192.0.2.6/24"]), eth1()],
    lines: GONE0,
  });
  release("not while the address merely moved to the other device", {
    links: [aLink("eth0", ["192.0.2.6/24"]), aLink("eth1", ["198.51.100.5/24", "192.0.2.5/24"])],
    lines: [],
  });
  release("of an address that is gone, with nobody else up", {
    links: [aLink("eth0", ["192.0.2.6/24"])],
    before: { ...WERE_UP, uplinks: { eth0: aRecord({ address4: "192.0.2.5" }) } },
    lines: GONE0,
  });
  release("those of an uplink disabled by hand", {
    links: [eth0(), eth1()],
    before: { ...WERE_UP, manual: { eth0: "disabled" } },
    lines: MARK0,
  });
  release("nobody of a drained one", {
    links: [eth0(), eth1()],
    before: { ...WERE_UP, manual: { eth0: "drained" } },
    lines: [],
  });
  release("IPv6 addresses by their own family", {
    links: [eth0(), eth1()],
    before: { ...WERE_UP, uplinks: { eth0: aRecord({ address6: "2001:db8::5" }) } },
    lines: ["-D -f ipv6 --reply-dst 2001:db8::5", "-D -f ipv6 --orig-dst 2001:db8::5"],
  });
  release("of an unpinned line those of its address only", {
    text: FILE("pin = false"),
    links: [eth1()],
    lines: GONE0,
  });
});

describe("nowhere to go", () => {
  release("nobody is let go, and it is owed", {
    links: [eth0({ carrier: false })],
    before: { ...WERE_UP, uplinks: { eth0: aRecord({ address4: "192.0.2.5" }) } },
    lines: [],
    owed: ["eth0"],
  });

  const OWED: Partial<State> = {
    uplinks: { eth0: aRecord({ state: "down", address4: "192.0.2.5" }) },
    owed: { eth0: { all: true, addresses: [] } },
  };
  release("paid when another one comes", {
    links: [eth0({ carrier: false }), eth1()],
    before: OWED,
    lines: MARK0,
  });
  release("still owed while none does", {
    links: [eth0({ carrier: false })],
    before: OWED,
    lines: [],
    owed: ["eth0"],
  });
  release("forgiven when the line itself returns with its address", {
    links: [eth0()],
    before: OWED,
    lines: [],
  });
  release("it returns with another address: those of the old one", {
    links: [aLink("eth0", ["192.0.2.6/24"])],
    before: { ...OWED, owed: { eth0: { all: true, addresses: ["192.0.2.5"] } } },
    lines: GONE0,
  });
});

describe("back to a better tier", () => {
  const returned: Partial<State> = {
    uplinks: { eth0: aRecord({ state: "down" }), eth1: aRecord({ address4: "198.51.100.5" }) },
    choice: ["eth1"],
  };
  const links = [eth0(), eth1()];
  release("connections stay", { links, before: returned, lines: [] });
  release("but for a metered line's", {
    text: FILE("", "metered = true"),
    links,
    before: returned,
    lines: MARK1,
  });
  release("or by failback", { text: FILE("", 'failback = "move"'), links, before: returned, lines: MARK1 });
  release("once", {
    text: FILE("", "metered = true"),
    links,
    before: { ...returned, choice: ["eth0"] },
    lines: [],
  });
  release("not when the choice falls to a worse tier", {
    text: FILE("metered = true"),
    links,
    before: { ...WERE_UP, manual: { eth0: "drained" } },
    lines: [],
  });
});

describe("an uplink that the file no longer has", () => {
  const before = (choice: readonly string[]) => ({ ...NO_STATE, ...WERE_UP, choice });
  const left = uplink("eth0", 'gateway = "192.0.2.1"\n');
  const plan = (links: NonNullable<Given["links"]>) => planOf(left, { links, state: before(["eth0"]) });

  it("lets its connections go, which are pinned to nothing", () =>
    expect(planRelease(plan([eth0()]), before(["eth0"]), 0xff00, { eth0: 1, eth1: 2 }).lines).toEqual(MARK1));

  it("owes it while there is nowhere to go", () => {
    const found = planRelease(plan([]), before(["eth0"]), 0xff00, { eth0: 1, eth1: 2 });
    expect([found.lines, Object.keys(found.owed)]).toEqual([[], ["eth0", "eth1"]]);
  });
});
