import { describe, expect, it } from "vitest";
import { announce, lineAddress, pinnedNat } from "./harness/houses.ts";
import { type DialOptions, flows, OTHERS, SERVER } from "./harness/peer.ts";

const FILE = "/etc/waymark/far.txt";

const CONFIG = `
${[0, 1, 2, 3, 4].map((n) => `[uplink.l${n}]\ninterface = "ppp${n}"\ntier = ${n + 1}\n`).join("\n")}
[[rule]]
name = "mule"
user = "mldonkey"
via = "l1"

[[rule]]
name = "far"
destination_file = "${FILE}"
via = ["l2", "l1"]

[[rule]]
name = "near"
destination = "${OTHERS[1]}"
via = "l3"

[[rule]]
name = "udp"
protocol = "udp"
destination_port = 7000
source = "10.0.0.0/25"
via = "l4"

[[rule]]
name = "lan"
interface = "eth0"
destination = "${OTHERS[2]}"
via = "l2"

[[rule]]
name = "blocked"
destination = "${OTHERS[3]}"
via = "l9"
otherwise = "unreachable"

[uplink.l9]
interface = "ppp9"
tier = 9
`;

const LAN = ["--from", "10.0.0.50", "--iif", "eth0"];

/** A packet, how to ask about it, and the line it is expected by. */
const CASES: readonly (readonly [string, "client" | "router", DialOptions, string[], number | null])[] = [
  ["the default choice, from the LAN", "client", {}, LAN, 0],
  ["the default choice, of the router's own", "router", {}, [], 0],
  ["a user", "router", { user: "mldonkey" }, ["--user", "mldonkey"], 1],
  ["a file of prefixes, from the LAN", "client", { to: OTHERS[0] as string }, LAN, 2],
  ["a file of prefixes, of the router's own", "router", { to: OTHERS[0] as string }, [], 2],
  ["a destination, from the LAN", "client", { to: OTHERS[1] as string }, LAN, 3],
  ["a destination, of the router's own", "router", { to: OTHERS[1] as string }, [], 3],
  [
    "protocol, port and source",
    "client",
    { proto: "udp" },
    [...LAN, "--protocol", "udp", "--port", "7000"],
    4,
  ],
  ["another protocol", "client", { proto: "tcp" }, [...LAN, "--protocol", "tcp", "--port", "7000"], 0],
  ["the incoming interface", "client", { to: OTHERS[2] as string }, LAN, 2],
  ["an interface that the router's own traffic has not", "router", { to: OTHERS[2] as string }, [], 0],
  ["a rule with no way and no other", "client", { to: OTHERS[3] as string, wait: 1 }, LAN, null],
  ["the address of a line", "router", { from: lineAddress(3) }, ["--from", lineAddress(3)], 3],
];

describe("waymark explain", () => {
  it("names the uplink that the packets then take, for every kind of rule", async () => {
    const { router, client, lines } = await pinnedNat();
    await router.write(FILE, `${OTHERS[0]}\n`);
    await router.apply(CONFIG);
    await announce(router, lines);
    const wrong: string[] = [];
    for (const [title, who, options, args, line] of CASES) {
      const tally = await flows(who === "client" ? client : router, 2, options);
      const took = Object.keys(tally.by).join() || "nothing";
      const expected = line === null ? "nothing" : lineAddress(line);
      if (took !== expected) wrong.push(`${title}: expected ${expected}, took ${took} (${tally.why})`);
      const { out, err, code } = await router.waymark(["explain", options.to ?? SERVER, ...args], false);
      const verdict = out.split("\n")[0] ?? "";
      const named = [...new Set(verdict.match(/\bl\d\b/g))].join();
      const says =
        line === null ? /unreachable/i.test(out) && !/\bl[0-4]\b/.test(verdict) : named === `l${line}`;
      if (!says) wrong.push(`${title}: took ${took}, explained as (exit ${code}) ${out}${err}`);
    }
    expect(wrong).toEqual([]);
  });
});
