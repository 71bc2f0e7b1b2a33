import { describe, expect, it } from "vitest";
import type { Command, Result } from "../../../lib/kernel/command.ts";
import { dnsmasq, namesServersFile, serversFile } from "../../../lib/names/dnsmasq.ts";
import { recordText, resolvconf } from "../../../lib/names/resolvconf.ts";
import { systemdResolved, valuesOf } from "../../../lib/names/resolved.ts";

const ADSL = { uplink: "adsl", interface: "eth0", index: 2, servers: ["9.9.9.9", "2620:fe::fe"] };
const GSM = { uplink: "gsm", interface: "ppp0", index: 9, servers: ["10.8.0.1"] };

describe("dnsmasq", () => {
  const at = (text: string | null) => {
    const file = { text, reloads: 0 };
    const edge = {
      readServers: () => file.text,
      writeServers: (written: string) => {
        file.text = written;
      },
      reload: () => {
        file.reloads++;
      },
    };
    return { file, edge };
  };
  const lines = (text: string | null) => (text ?? "").split("\n").filter((line) => /^[^#]/.test(line));

  it("reads each server with the device that it is asked by", async () => {
    const { file, edge } = at(null);
    await dnsmasq(edge).publish([ADSL, GSM], {});
    expect(lines(file.text)).toEqual([
      "server=9.9.9.9@eth0",
      "server=2620:fe::fe@eth0",
      "server=10.8.0.1@ppp0",
    ]);
    expect(file.reloads).toBe(1);
  });

  it("is left alone while nothing changes", async () => {
    const { file, edge } = at(serversFile([ADSL]));
    await dnsmasq(edge).publish([ADSL], {});
    expect(file.reloads).toBe(0);
  });

  it("reads again when a device came anew under its old name", async () => {
    const { file, edge } = at(serversFile([GSM]));
    await dnsmasq(edge).publish([{ ...GSM, index: 10 }], {});
    expect(file.reloads).toBe(1);
  });

  it("is left without servers when they are taken back: it would keep those of a file that is gone", async () => {
    const { file, edge } = at(serversFile([ADSL]));
    await dnsmasq(edge).withdraw({});
    expect(file.text).toMatch(/^#/);
    expect(lines(file.text)).toEqual([]);
    expect(file.reloads).toBe(1);
  });

  it.each([
    ["no-resolv\nservers-file=/run/w\n", true],
    ["  servers-file = /run/w  ", true],
    ["#servers-file=/run/w", false],
    ["servers-file=/run/w2", false],
    ["addn-hosts=/run/w", false],
  ])("%j names the file: %s", (text, named) => expect(namesServersFile(text, "/run/w")).toBe(named));
});

describe("resolvconf", () => {
  const at = (list: Result = { exitCode: 0, stdout: "eth0.dhclient vpn.waymark lo.inet\n", stderr: "" }) => {
    const calls: string[] = [];
    const run = async ({ file, args, input }: Command): Promise<Result> => {
      if (args[0] === "-i") return list;
      calls.push(`${file} ${args.join(" ")}${input === undefined ? "" : ` <<< ${input}`}`);
      return { exitCode: 0, stdout: "", stderr: "" };
    };
    return { calls, publishing: resolvconf(run) };
  };

  it("gets one record with all servers in order", async () => {
    const { calls, publishing } = at();
    await publishing.publish([ADSL, GSM], {});
    expect(calls).toEqual([`resolvconf -a vpn.waymark <<< ${recordText([ADSL, GSM])}`]);
    expect(recordText([ADSL, GSM])).toBe("nameserver 9.9.9.9\nnameserver 2620:fe::fe\nnameserver 10.8.0.1\n");
  });

  it("loses it again", async () => {
    const { calls, publishing } = at();
    await publishing.withdraw({});
    expect(calls).toEqual(["resolvconf -d vpn.waymark"]);
  });

  it("is not asked to take away a record that it does not have", async () => {
    const { calls, publishing } = at({ exitCode: 1, stdout: "", stderr: "" });
    await publishing.withdraw({});
    expect(calls).toEqual([]);
  });

  it("that is missing or fails is an error", async () => {
    const failing = async (): Promise<Result> => ({ exitCode: null, stdout: "", stderr: "is not installed" });
    await expect(resolvconf(failing).publish([ADSL], {})).rejects.toThrow("resolvconf -a vpn.waymark");
    await expect(resolvconf(failing).withdraw({})).rejects.toThrow("is not installed");
  });
});

describe("systemd-resolved", () => {
  interface Linked {
    dns: string[];
    domain: string[];
    "default-route": string;
  }

  /** resolvectl over links in memory. */
  function at(links: Record<string, Linked & { index: number }>) {
    const calls: string[] = [];
    const run = async ({ args }: Command): Promise<Result> => {
      const [option, what = "", device = "", ...words] = args;
      const link = links[device];
      if (option !== "--no-pager" || link === undefined)
        return { exitCode: 1, stdout: "", stderr: `Failed to resolve interface "${device}"\n` };
      if (what !== "revert" && words.length === 0) {
        const values =
          what === "default-route" ? link["default-route"] : link[what as "dns" | "domain"].join(" ");
        return { exitCode: 0, stdout: `Link ${link.index} (${device}): ${values}\n`, stderr: "" };
      }
      calls.push([what, device, ...words.map((word) => word || "''")].join(" "));
      const list = words.filter((word) => word !== "");
      if (what === "revert") Object.assign(link, { dns: [], domain: [], "default-route": "no" });
      else if (what === "default-route") link["default-route"] = list[0] ?? "";
      else link[what as "dns" | "domain"] = list;
      return { exitCode: 0, stdout: "", stderr: "" };
    };
    const publishing = systemdResolved(run, (device) => links[device]?.index ?? null);
    return { calls, publishing };
  }
  const link = (index: number, dns: string[] = [], domain: string[] = [], route = "no") => ({
    index,
    dns,
    domain,
    "default-route": route,
  });

  it("has every name asked at the links in use", async () => {
    const links = { eth0: link(2), ppp0: link(9) };
    const { publishing, calls } = at(links);
    const before = await publishing.remember([ADSL], {});
    await publishing.publish([ADSL], before);
    expect(calls).toEqual(["dns eth0 9.9.9.9 2620:fe::fe", "domain eth0 ~.", "default-route eth0 yes"]);
    expect(links.eth0).toMatchObject({ dns: ADSL.servers, domain: ["~."], "default-route": "yes" });
  });

  it("tells a new link before it puts the old one back as it was", async () => {
    const links = { eth0: link(2, ["192.0.2.1"], ["home.example"], "yes"), ppp0: link(9) };
    const was = structuredClone(links.eth0);
    const { publishing, calls } = at(links);
    const before = await publishing.publish([ADSL], await publishing.remember([ADSL], {}));
    expect(links.eth0.domain).toEqual(["home.example", "~."]);
    calls.length = 0;
    const after = await publishing.publish([GSM], await publishing.remember([GSM], before));
    expect(calls[0]).toBe("dns ppp0 10.8.0.1");
    expect(links.eth0).toEqual(was);
    expect(Object.keys(after)).toEqual(["ppp0"]);
  });

  it("takes everything back", async () => {
    const links = { eth0: link(2), ppp0: link(9, [], ["corp.example"], "yes") };
    const was = structuredClone(links);
    const { publishing, calls } = at(links);
    const before = await publishing.publish([ADSL, GSM], await publishing.remember([ADSL, GSM], {}));
    await publishing.withdraw(before);
    expect(links).toEqual(was);
    expect(calls).toContain("revert eth0");
    expect(calls).toContain("dns ppp0 ''");
  });

  it("leaves a link alone that is gone, or another one by now", async () => {
    const links: Record<string, ReturnType<typeof link>> = { eth0: link(2), ppp0: link(9) };
    const { publishing, calls } = at(links);
    const before = await publishing.publish([ADSL, GSM], await publishing.remember([ADSL, GSM], {}));
    calls.length = 0;
    delete links.eth0;
    links.ppp0 = link(10);
    await publishing.withdraw(before);
    expect(calls).toEqual([]);
  });

  it("remembers a link anew when the device came anew", async () => {
    const links = { ppp0: link(10, ["10.9.0.9"]) };
    const { publishing } = at(links);
    const old = { index: 9, servers: [], domains: [], defaultRoute: false };
    const before = await publishing.remember([{ ...GSM, index: 10 }], { ppp0: old });
    expect(before.ppp0).toMatchObject({ index: 10, servers: ["10.9.0.9"] });
  });

  it.each([
    ["Link 5 (ppp0): 9.9.9.9 1.1.1.1\n", ["9.9.9.9", "1.1.1.1"]],
    ["Link 5 (ppp0):\n", []],
    ["Link 5 (ppp0): ~.\n", ["~."]],
    ["", []],
  ])("%j says %j", (text, values) => expect(valuesOf(text)).toEqual(values));
});
