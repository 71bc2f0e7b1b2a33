import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CALLER_HOOKS, HOOK_END } from "../../../lib/doctor/caller-hooks.ts";
import type { Entry, Facts } from "../../../lib/doctor/facts.ts";
import { hooks } from "../../../lib/doctor/findings/hooks.ts";
import {
  commands,
  device,
  entry,
  facts,
  ids,
  process,
  step,
  twoLines,
  twoUplinks,
  WATCH,
} from "./support.ts";

const UP = "/etc/ppp/ip-up.d/waymark";
const NM = "/etc/NetworkManager/dispatcher.d/90-waymark";
const HOOK = `#!/bin/sh\nWAYMARK_NODE=/usr/bin/node\nself=$0\n${HOOK_END}\n`;

/** Everything installed as it should be, below pppd, ifupdown and NetworkManager. */
const paths = CALLER_HOOKS.map(({ path }) => path);
const GOOD = {
  entries: Object.fromEntries(
    [...paths, "/usr/sbin/pppd", "/usr/sbin/ifup", "/usr/sbin/NetworkManager", "/usr/bin/node"].map(
      (path) => [path, entry()],
    ),
  ),
  files: Object.fromEntries(paths.map((path) => [path, HOOK])),
};

const look = (how: Partial<Facts> = {}) =>
  hooks(
    facts({
      house: twoLines(),
      ...how,
      entries: { ...GOOD.entries, ...how.entries },
      files: { ...GOOD.files, ...how.files },
    }),
  );
const having = (path: string, how: Partial<Entry>) => look({ entries: { [path]: entry(how) } });

function without(path: string, how: Partial<Facts> = {}) {
  const entries: Record<string, Entry> = { ...GOOD.entries };
  delete entries[path];
  return hooks(facts({ house: twoLines(), ...how, entries, files: GOOD.files }));
}

describe("the hooks", () => {
  it("are those that the installer puts in place", () => {
    const list = readFileSync(new URL("../../../packaging/files", import.meta.url), "utf8");
    const targets = [...list.matchAll(/^0\d+ dist\/hooks\/\S+ (\S+)$/gm)].map(([, path]) => path);
    expect(CALLER_HOOKS.map(({ path }) => path).sort()).toEqual(targets.sort());
  });
  it("end with the line that the built ones end with", () => expect(HOOK_END).toBe("#@@ waymark end @@#"));
  it("are all right", () => expect(look()).toEqual([]));
  it("are missing", () => expect(ids(without(UP))).toEqual(["error hook-missing"]));
  it("are missing, and watch sees what they would tell", () =>
    expect(ids(without(UP, { processes: [WATCH] }))).toEqual(["warning hook-missing"]));
  it("are missing, and no uplink comes by this caller", () =>
    expect(ids(without(UP, { house: twoUplinks() }))).toEqual(["warning hook-missing"]));
  it("are not missed where the caller is not installed", () =>
    expect(hooks(facts({ house: twoLines() }))).toEqual([]));
  it("are missing for a NetworkManager that has an uplink", () =>
    expect(ids(without(NM, { house: twoUplinks(), networkManager: { eth0: "connected" } }))).toEqual([
      "error hook-missing",
    ]));
  it.each([
    [{ mode: 0o644 }, "hook-not-executable", "chmod 0755 /etc/ppp/ip-up.d/waymark"],
    [{ mode: 0o775 }, "hook-owner", "chown root:root /etc/ppp/ip-up.d/waymark"],
    [{ mode: 0o757 }, "hook-owner", "chown root:root /etc/ppp/ip-up.d/waymark"],
    [{ owner: 1000 }, "hook-owner", "chown root:root /etc/ppp/ip-up.d/waymark"],
    [{ kind: "directory" }, "hook-no-file", "rm -r /etc/ppp/ip-up.d/waymark"],
    [{ link: "/nowhere", dangling: true }, "hook-no-file", "rm -r /etc/ppp/ip-up.d/waymark"],
  ] as const)("are not as they should be: %j", (how, id, command) => {
    const found = having(UP, how);
    expect(ids(found)).toEqual([`${id === "hook-owner" ? "warning" : "error"} ${id}`]);
    expect(commands(found)[0]).toBe(command);
  });
  it("are not run by NetworkManager if others can write them", () =>
    expect(
      ids(
        look({
          house: twoUplinks(),
          networkManager: { eth0: "connected" },
          entries: { [NM]: entry({ owner: 1000 }) },
        }),
      ),
    ).toEqual(["error hook-owner"]));
  it("need not be executable where a shell reads them", () => {
    const path = "/etc/dhcp/dhclient-exit-hooks.d/waymark";
    const here = { ...GOOD.entries, "/usr/sbin/dhclient": entry(), [path]: entry({ mode: 0o644 }) };
    expect(look({ entries: here })).toEqual([]);
    expect(ids(look({ entries: { ...here, [path]: entry({ mode: 0o646 }) } }))).toEqual([
      "warning hook-owner",
    ]);
  });
  it("are missing for the dhclient of an uplink", () => {
    const entries = { "/usr/sbin/dhclient": entry() };
    const house = twoUplinks();
    const missing = (how: Partial<Facts>) =>
      ids(hooks(facts({ house, entries, devices: [device("eth0")], ...how })));
    expect(missing({})).toEqual(["warning hook-missing"]);
    expect(missing({ processes: [process("/sbin/dhclient", "-4", "eth0")] })).toEqual(["error hook-missing"]);
  });
  it("are cut off", () =>
    expect(ids(look({ files: { [UP]: HOOK.slice(0, 40) } }))).toEqual(["error hook-damaged"]));
  it("are somebody else's", () =>
    expect(ids(look({ files: { [UP]: "#!/bin/sh\n" } }))).toEqual(["error hook-damaged"]));
  it("start a node that is not there", () =>
    expect(ids(look({ files: { [UP]: HOOK.replace("/usr/bin", "/opt") } }))).toEqual(["error hook-no-node"]));
  it("look for node themselves", () =>
    expect(look({ files: { [UP]: HOOK.replace("/usr/bin/node", "") } })).toEqual([]));
  it("have a name that run-parts passes over", () => {
    const path = "/etc/network/if-up.d/waymark.sh";
    expect(ids(look({ files: { [path]: HOOK } }))).toEqual(["warning hook-name"]);
  });
  it("may have any name in NetworkManager's directory", () =>
    expect(look({ files: { "/etc/NetworkManager/dispatcher.d/90-waymark.sh": HOOK } })).toEqual([]));
});

describe("what keeps callers from their hooks", () => {
  const LOCAL = "/etc/ppp/ip-up.local";

  it("ip-up.local", () => expect(ids(having(LOCAL, {}))).toEqual(["error ip-up-local"]));
  it("not one that is not executable", () => expect(having(LOCAL, { mode: 0o644 })).toEqual([]));
  it("not one that goes on to the directory", () =>
    expect(
      look({ entries: { [LOCAL]: entry() }, files: { [LOCAL]: "run-parts /etc/ppp/ip-up.d\n" } }),
    ).toEqual([]));
  it("a script of a peer's own", () => {
    const found = look({ files: { "/etc/ppp/peers/dsl-a": "plugin pppoe.so\nip-up-script /root/up\n" } });
    expect(ids(found)).toEqual(["error ip-up-script"]);
    expect(step(found, "edit")).toMatchObject({ line: "ip-up-script /root/up", to: null });
  });
  it("not one that is a comment", () =>
    expect(look({ files: { "/etc/ppp/options": "# ip-up-script /root/up\n" } })).toEqual([]));
  it("an ifplugd that ends at the first failure", () => {
    const conf = (args: string) =>
      hooks(
        facts({
          entries: { "/usr/sbin/ifplugd": entry(), "/etc/ifplugd/action.d/waymark": entry() },
          files: { "/etc/default/ifplugd": `INTERFACES="eth0"\nARGS="${args}"\n` },
        }),
      );
    expect(conf("-q -f -u0 -d10 -w -I")).toEqual([]);
    expect(conf("-qI")).toEqual([]);
    expect(ids(conf("-q -f -u0 -d10 -w"))).toEqual(["warning ifplugd-ends"]);
    expect(step(conf("-q -w"), "edit").to).toBe('ARGS="-I -q -w"');
  });
  it("a masked dispatcher", () => {
    const path = "/etc/systemd/system/NetworkManager-dispatcher.service";
    const found = look({ networkManager: {}, entries: { [path]: entry({ link: "/dev/null" }) } });
    expect(ids(found)).toEqual(["warning dispatcher-masked"]);
  });
  it("a link that leads nowhere", () =>
    expect(ids(having("/etc/network/if-up.d/old", { link: "/gone", dangling: true }))).toEqual([
      "warning dangling-link",
    ]));
});
