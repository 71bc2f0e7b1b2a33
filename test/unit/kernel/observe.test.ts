import { describe, expect, it } from "vitest";
import type { Command, Result } from "../../../lib/kernel/command.ts";
import { listsIn, lookCommands, observe, questionsOf } from "../../../lib/kernel/observe.ts";

const EVERYTHING = { ipv6Rules: false, tables: null } as const;

/** A tool that prints the same whatever it is asked. */
const prints =
  (stdout: string, how: Partial<Result> = {}) =>
  async (_: Command) => ({
    exitCode: 0,
    stderr: "",
    stdout,
    ...how,
  });

const ROUTE = '[{"type":"1","dst":"default","dev":"ppp0","protocol":"87","metric":1,"flags":[]}]';

describe("one look", () => {
  it("is one process", () =>
    expect(lookCommands(questionsOf(EVERYTHING)).map(({ args, input }) => [args.join(" "), input])).toEqual([
      [
        "-N -j -force -batch -",
        "address show\nnetconf show\nrule show\nroute show table all type unicast\nroute show table all type unreachable\n",
      ],
    ]));

  it("both lists of routes are read", async () => {
    const guard =
      '[{"type":"7","dst":"default","table":"87001","protocol":"87","metric":4294967295,"flags":[]}]';
    const { routes } = await observe(prints(`[]\n[]\n[]\n${ROUTE}\n${guard}\n`), EVERYTHING);
    expect(routes.map(({ type, device }) => [type, device])).toEqual([
      ["unicast", "ppp0"],
      ["unreachable", null],
    ]);
  });

  it("IPv6 rules need one more", () =>
    expect(questionsOf({ ...EVERYTHING, ipv6Rules: true }).ipv6).toBe("rule show\n"));

  it("tables one by one are asked for by family, since the kernel lists all of them otherwise", () => {
    const tables = "rule show\nroute show table 254\nroute show table 87000\n";
    const commands = lookCommands(questionsOf({ ipv6Rules: true, tables: [254, 87000] }));
    expect(commands.map(({ args, input }) => [args[0], input])).toEqual([
      ["-N", "address show\nnetconf show\n"],
      ["-4", tables],
      ["-6", tables],
    ]);
  });

  it("a table that never had a route is empty, and the next one is still read", async () => {
    // iproute2 6.1 prints an error and a lone bracket, to which the next list is glued.
    const run = prints(`[]\n[${ROUTE}\n`, {
      exitCode: 1,
      stderr: "Error: ipv4: FIB table does not exist.\n",
    });
    const kernel = await observe(run, { ipv6Rules: false, tables: [87001, 87002] });
    expect(kernel.routes.filter(({ family }) => family === 4).map(({ table }) => table)).toEqual([87002]);
  });

  it("rules of a family that the kernel has not are none, nor do their brackets hide what comes behind", async () => {
    const all = prints(`[]\n[]\n[[${ROUTE}\n`);
    expect((await observe(all, EVERYTHING)).rules).toEqual([]);
    const run = prints(`[[${ROUTE}\n`);
    const kernel = await observe(run, { ipv6Rules: true, tables: [87001, 87002] });
    expect(kernel.rules).toEqual([]);
    expect(new Set(kernel.routes.map(({ table }) => table))).toEqual(new Set([87002]));
    expect(listsIn("[\n")).toEqual(["[]"]);
    expect(listsIn("[[\n[[]\n")).toEqual(["[]", "[]", "[]", "[]"]);
  });

  it("nothing printed is an error that says what was run", () =>
    expect(observe(prints("", { exitCode: 255, stderr: "ip: not found\n" }), EVERYTHING)).rejects.toThrow(
      "ip -N -j -force -batch -: exit 255: ip: not found",
    ));

  it("so is what cannot be read", () =>
    expect(observe(prints("[{"), EVERYTHING)).rejects.toThrow(
      'cannot read what "ip -N -j -force -batch -" printed',
    ));

  it("settings", async () => {
    const netconf = [
      { family: "inet", interface: "eth0", rp_filter: "strict", ignore_routes_with_linkdown: true },
      { family: "inet6", interface: "eth0", ignore_routes_with_linkdown: false },
      { family: "mpls", interface: "eth0" },
    ];
    const { settings } = await observe(prints(`[]\n${JSON.stringify(netconf)}\n[]\n[]\n`), EVERYTHING);
    expect(settings).toEqual([
      { family: 4, interface: "eth0", reversePathFilter: 1, ignoreRoutesWithLinkdown: true },
      { family: 6, interface: "eth0", reversePathFilter: null, ignoreRoutesWithLinkdown: false },
    ]);
  });
});
