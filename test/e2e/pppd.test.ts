/**
 * Two PPPoE lines of one provider with real pppds (examples/home-server.toml): the far end has the same address on both,
 * everything of the user mldonkey leaves by the second line, everything else by the first.
 */

import { beforeAll, describe, expect, it } from "vitest";
import { type Ended, run } from "./bed.ts";

/** The order matters: each step goes on from the state that the one before has left. */
const STEPS = [
  "installed",
  "stopped",
  "inbound",
  "hung_up",
  "silent",
  "swapped",
  "killed",
  "late",
  "without_ipv6",
  "unsaid",
  "unheard",
  "local_script",
] as const;

interface Uplink {
  readonly name: string;
  readonly interface: string | null;
  readonly state: string;
  readonly address: string | null;
}
interface Status {
  readonly uplinks: readonly Uplink[];
  readonly choice: readonly string[];
  readonly errors: readonly { readonly message: string }[];
}

const A = /^100\.64\.1\.\d+$/;
const B = /^100\.64\.2\.\d+$/;
const SERVER = "203.0.113.1";

type Step = (typeof STEPS)[number];

/** Of Debian 13 only what its pppd might do in another way: a guest takes half a minute for each step. */
const SOME: readonly Step[] = ["installed", "stopped", "hung_up", "swapped", "late"];

describe.each([
  { release: "bookworm", pppd: "2.4.9", steps: STEPS },
  { release: "trixie", pppd: "2.5.2", steps: SOME },
] as const)("two PPPoE lines of one provider, pppd of $release", ({ release, pppd, steps }) => {
  let job: Ended;
  beforeAll(async () => {
    job = await run({ bed: "guest", release, job: "pppd.sh", args: steps, limit: 2400 });
  });

  /** What must hold after a step, where that step is taken. */
  const after = (step: Step, what: string, facts: () => void) => {
    if ((steps as readonly Step[]).includes(step)) describe(what, facts);
  };

  const at = (step: string) => ({
    a: job.fact(`${step}: a`),
    b: job.fact(`${step}: b`),
    status: job.json<Status>(`${step}.status`),
  });
  const uplink = (step: string, name: string) =>
    at(step).status.uplinks.find((one) => one.name === name) as Uplink;

  /** Who a user's connections were seen as by the server, over TCP and UDP, and what failed. */
  const flows = (step: string, user: "root" | "mldonkey") =>
    ["tcp", "udp"].map((protocol) => job.fact(`${step}: ${user} ${protocol}`));
  const all = (address: string) => [`${address} 3 failed 0`, `${address} 3 failed 0`];

  /** What the provider of a line saw come in, by source address and protocol (6 is TCP, 17 UDP). */
  const seen = (name: string) => job.saved(name).split("\n").filter(Boolean);
  const only = (address: string) => [`${address} > ${SERVER} 17`, `${address} > ${SERVER} 6`];

  /** Each user by its own line with that line's address, no packet astray, and Waymark says so. */
  function expectSplit(step: string): void {
    const { a, b, status } = at(step);
    expect(a).toMatch(A);
    expect(b).toMatch(B);
    expect({ mldonkey: flows(step, "mldonkey"), others: flows(step, "root") }).toEqual({
      mldonkey: all(b),
      others: all(a),
    });
    expect({ a: seen(`${step}.seen-a`), b: seen(`${step}.seen-b`) }).toEqual({ a: only(a), b: only(b) });
    expect(status.choice).toEqual(["main"]);
    expect(status.uplinks).toMatchObject([
      { name: "main", state: "up", address: a, interface: job.fact(`${step}: device a`) },
      { name: "p2p", state: "up", address: b, interface: job.fact(`${step}: device b`) },
    ]);
  }

  /** Rules, routes, packet filter and connections of the kernel do not name the address. */
  function expectForgotten(step: string, address: string): void {
    expect(address).toMatch(/^100\./);
    const lines = job.saved(`${step}.tables`).split("\n");
    expect(lines.filter((line) => line.split(/[^\d.]+/).includes(address))).toEqual([]);
  }

  const lossless = /^sent [1-9]\d* lost 0 longest 0$/;

  it("is the pppd of that release", () => {
    expect(job.fact("pppd")).toContain(pppd);
  });

  it("waited for nothing in vain", () => {
    expect(job.facts("timeout")).toEqual([]);
  });

  it("says nothing to syslog that is an error, and keeps none for status", () => {
    const ours = job.saved("journal").match(/<\d+>[^<]*waymark\[\d+\][^<]*/g) ?? [];
    expect(ours.length).toBeGreaterThan(10);
    const errors = ours.filter((line) => Number(/^<(\d+)>/.exec(line)?.[1]) % 8 <= 3);
    // Two hooks at once may take longer than the 20 s that the second waits: the guest is that slow. What they leave is
    // looked at below.
    expect(errors.filter((line) => !line.includes("has held the lock"))).toEqual([]);
    const last = steps.at(-1) === "local_script" ? "local-calls" : "late";
    const kept = job.json<Status>(`${last}.status`).errors.map(({ message }) => message);
    expect(kept.filter((message) => !message.includes("has held the lock"))).toEqual([]);
  });

  after("installed", "installed while both are up", () => {
    it("lets the user's traffic leave by ppp1 with its address, the rest by ppp0", () => {
      expect([job.fact("installed: device a"), job.fact("installed: device b")]).toEqual(["ppp0", "ppp1"]);
      expectSplit("installed");
    });

    it("leaves the network as it was before, when it is stopped", () => {
      expect(job.saved("stopped")).toBe(job.saved("before"));
    });
  });

  after("inbound", "from outside", () => {
    it.each(["a", "b"])("answers who connects to the address of line %s from it", (line) => {
      const other = line === "a" ? "b" : "a";
      expect(job.fact(`inbound ${line} tcp`)).toBe(`${SERVER} 3 failed 0`);
      expect(job.fact(`inbound ${line} udp`)).toBe(`${SERVER} 3 failed 0`);
      expect(seen(`inbound-${line}.seen-${line}`)).toEqual(only(job.fact(`installed: ${line}`)));
      expect(seen(`inbound-${line}.seen-${other}`)).toEqual([]);
    });
  });

  after("hung_up", "the second line hung up and dialled again", () => {
    it("lets nothing of the user's out by the first meanwhile", () => {
      expect(flows("hung-up", "mldonkey").join()).toMatch(/^failed 3 [^,]*,failed 3 [^,]*$/);
      expect(flows("hung-up", "root")).toEqual(all(job.fact("hung-up: a")));
      expect(seen("hung-up.seen-a")).toEqual(only(job.fact("hung-up: a")));
      expect(uplink("hung-up", "p2p").state).toBe("absent");
    });

    it("is right again with another address", () => {
      expect(job.fact("dialled-again: b")).not.toBe(job.fact("hung-up: old b"));
      expectSplit("dialled-again");
    });

    it("leaves nothing of the old address", () => {
      expectForgotten("hung-up", job.fact("hung-up: old b"));
      expectForgotten("dialled-again", job.fact("hung-up: old b"));
    });

    it("loses no packet of a connection on the first", () => {
      expect(job.fact("probes by a while b was hung up")).toMatch(lossless);
    });
  });

  after("silent", "the first line silent until its echoes fail, and answering again", () => {
    it("moves the others to the second meanwhile", () => {
      const { b, status } = at("silent");
      expect({ mldonkey: flows("silent", "mldonkey"), others: flows("silent", "root") }).toEqual({
        mldonkey: all(b),
        others: all(b),
      });
      expect(status.choice).toEqual(["p2p"]);
    });

    it("is right again with another address, and leaves nothing of the old one", () => {
      expect(job.fact("answers-again: a")).not.toBe(job.fact("silent: old a"));
      expectSplit("answers-again");
      expectForgotten("answers-again", job.fact("silent: old a"));
    });

    it("loses no packet of a connection on the second", () => {
      expect(job.fact("probes by b while a was silent")).toMatch(lossless);
    });
  });

  after("swapped", "the interfaces swapped between the peers", () => {
    it("follows the peers", () => {
      expect([job.fact("swapped: device a"), job.fact("swapped: device b")]).toEqual(["ppp1", "ppp0"]);
      expectSplit("swapped");
    });
  });

  after("killed", "pppd killed, so that nobody tells", () => {
    it("has no event", () => {
      expect([job.fact("killed a: events"), job.fact("killed b: events")]).toEqual(["0", "0"]);
    });

    it("lets nothing of the user's out by the first line when the second's is killed", () => {
      expect(flows("killed-b", "mldonkey").join()).toMatch(/^failed 3 [^,]*,failed 3 [^,]*$/);
      expect(flows("killed-b", "root")).toEqual(all(job.fact("killed-b: a")));
      expect(seen("killed-b.seen-a")).toEqual(only(job.fact("killed-b: a")));
    });

    it("lets the others go by the second line when the first's is killed", () => {
      const b = job.fact("killed-a: b");
      expect(flows("killed-a", "root")).toEqual(all(b));
      expect(flows("killed-a", "mldonkey")).toEqual(all(b));
    });

    it.each(["a", "b"])("is right again when line %s is dialled anew, and nothing is left", (line) => {
      expectSplit(`revived-${line}`);
      expectForgotten(`revived-${line}`, job.fact(`killed ${line}: old`));
    });

    it.each([
      ["a", "the second"],
      ["b", "the first"],
    ])("loses no packet of the other line when line %s's is killed: a connection on %s", (line) => {
      expect(job.fact(`probes by the other line while ${line} was killed`)).toMatch(lossless);
    });
  });

  after("late", "scripts of pppd that overlap", () => {
    it("takes no notice of an ip-down that comes after the next session's ip-up", () => {
      const order = job.fact("late: order").split(",");
      const ends = order.filter((line) => line.startsWith("end")).map((line) => line.split(" ")[1]);
      expect(ends, order.join()).toEqual(["ip-up.d", "ip-down.d"]);
      expectSplit("late");
      expectForgotten("late", job.fact("late: old b"));
    });
  });

  after("unheard", "sessions that begin while ip-up is at work", () => {
    /** The session that the kernel has now came while ip-up of the one before was at work, and nobody told of it. */
    function expectUntold(step: string): void {
      expect(job.fact(`${step}: events`)).toMatch(/end ip-up\.d [^,]*$/);
      expect(job.fact(`${step}: events`)).not.toContain(`${job.fact(`${step}: a`)},`);
      expect(job.fact(`${step}: events`).match(/begin ip-up/g)).toHaveLength(1);
    }

    it("goes by the kernel, when the session is another one by the time ip-up gets to Waymark", () => {
      expectUntold("unsaid");
      expectSplit("unsaid");
    });

    it("lets the others go by the second line, when nobody told of a new session on the first", () => {
      expectUntold("unheard");
      expect(flows("unheard", "root")).toEqual(all(job.fact("unheard: b")));
    });

    it("is put right then by the next event of the other line", () => {
      expectSplit("heard");
    });
  });

  after("local_script", "an executable ip-up.local", () => {
    it("keeps pppd from running ip-up.d, which install.sh says", () => {
      expect(job.fact("local: events")).toMatch(/^local ppp\d 100\.64\.2\.\d+$/);
      expect(job.saved("local.warning")).toContain("ip-up.local is executable");
    });

    it("lets nothing of the user's out by the other line meanwhile", () => {
      expect(flows("local", "mldonkey").join()).toMatch(/^failed 3 [^,]*,failed 3 [^,]*$/);
      expect(flows("local", "root")).toEqual(all(job.fact("local: a")));
    });

    it("does no harm when it calls Waymark's hook", () => {
      expectSplit("local-calls");
    });
  });
});
