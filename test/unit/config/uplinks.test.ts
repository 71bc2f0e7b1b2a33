import { describe, expect, it } from "vitest";
import type { Uplink } from "../../../lib/config/types.ts";
import { configOf, problemsOf } from "./reading.ts";

describe("what an uplink says", () => {
  const says = (keys: string, expected: Partial<Uplink>) =>
    it(keys.replaceAll("\n", ", ") || "nothing", () =>
      expect(configOf(`[uplink.a]\n${keys}`).uplinks[0]).toMatchObject(expected),
    );
  const eth0 = (keys: string, expected: Partial<Uplink>) => says(`interface = "eth0"\n${keys}`, expected);

  it("defaults", () =>
    expect(configOf('[uplink.a]\ninterface = "eth0"').uplinks).toEqual([
      {
        name: "a",
        interface: "eth0",
        peer: null,
        gateway: null,
        tier: 1,
        weight: 1,
        nat: "masquerade",
        lan: false,
        pin: true,
        loose: false,
        metered: false,
        failback: "keep",
        carrier: null,
        verify: null,
        spreadCpus: false,
        check: null,
        redial: null,
        dns: null,
      },
    ]));

  says('peer = "dsl/provider@x+1"', { peer: "dsl/provider@x+1", interface: null });
  eth0('gateway = "auto"', { gateway: null });
  eth0('gateway = "192.0.2.1"', { gateway: "192.0.2.1" });
  eth0('gateway = "2001:DB8:0::1"', { gateway: "2001:db8::1" });
  eth0("tier = 1000", { tier: 1000 });
  eth0("weight = 256", { weight: 256 });
  eth0('nat = "snat"', { nat: "snat" });
  eth0('nat = "none"', { nat: "none" });
  eth0("lan = true", { lan: true });
  eth0("pin = false", { pin: false });
  eth0("loose = true", { loose: true });
  eth0("metered = true", { metered: true, failback: "move" });
  eth0('metered = true\nfailback = "keep"', { failback: "keep" });
  eth0('failback = "move"', { metered: false, failback: "move" });
  eth0('carrier = "eth1"', { carrier: "eth1" });
  eth0('verify = "gateway"', { verify: "gateway" });
  eth0("spread_cpus = true", { spreadCpus: true });
  eth0('redial = "pon gsm"', { redial: ["pon", "gsm"] });
  eth0('redial = ["pon", "my sim"]', { redial: ["pon", "my sim"] });
  eth0('dns = ["9.9.9.9", "2620:FE::FE"]', { dns: ["9.9.9.9", "2620:fe::fe"] });
  eth0('dns = "9.9.9.9"', { dns: ["9.9.9.9"] });
  eth0("dns = []", { dns: [] });

  it("they come in the order of the file", () =>
    expect(
      configOf('uplink = { z = { interface = "a" }, a = { interface = "b" } }').uplinks.map((u) => u.name),
    ).toEqual(["z", "a"]));
  it("a name that JavaScript knows", () =>
    expect(configOf('[uplink.constructor]\ninterface = "eth0"').uplinks[0]?.name).toBe("constructor"));
});

describe("what is wrong with an uplink", () => {
  const wrong = (text: string, ...expected: string[]) =>
    it(text.replaceAll("\n", ", "), () => expect(problemsOf(text)).toEqual(expected));
  const key = (line: string, expected: string) =>
    wrong(`[uplink.a]\ninterface = "eth0"\n${line}`, `w:3:${expected}`);

  key("teir = 1", '1: [uplink.a]: unknown key "teir"; did you mean "tier"?');
  key(
    "table = 1",
    '1: [uplink.a]: unknown key "table"; expected one of interface, peer, gateway, tier, weight, nat, lan, pin, loose, metered, failback, carrier, verify, spread_cpus, check, redial, dns',
  );
  key(
    '"a\\u001b" = 1',
    '1: [uplink.a]: unknown key "a\\u001b"; expected one of interface, peer, gateway, tier, weight, nat, lan, pin, loose, metered, failback, carrier, verify, spread_cpus, check, redial, dns',
  );
  key("tier = 0", "8: [uplink.a] tier: found 0, expected a whole number from 1 to 1000");
  key("tier = 1001", "8: [uplink.a] tier: found 1001, expected a whole number from 1 to 1000");
  key('tier = "1"', '8: [uplink.a] tier: found "1", expected a whole number from 1 to 1000');
  key("weight = 1.5", "10: [uplink.a] weight: found 1.5, expected a whole number from 1 to 256");
  key("weight = 257", "10: [uplink.a] weight: found 257, expected a whole number from 1 to 256");
  key("weight = []", "10: [uplink.a] weight: found an empty list, expected a whole number from 1 to 256");
  key('nat = "masq"', '7: [uplink.a] nat: found "masq", expected "masquerade", "snat" or "none"');
  key(
    'nat = "snta"',
    '7: [uplink.a] nat: found "snta", expected "masquerade", "snat" or "none"; did you mean "snat"?',
  );
  key('lan = "yes"', '7: [uplink.a] lan: found "yes", expected true or false');
  key("pin = 1", "7: [uplink.a] pin: found 1, expected true or false");
  key("loose = 1979-05-27", "9: [uplink.a] loose: found a date or time, expected true or false");
  key('failback = "stay"', '12: [uplink.a] failback: found "stay", expected "keep" or "move"');
  key('verify = "dns"', '10: [uplink.a] verify: found "dns", expected "gateway"');
  key('gateway = "10.0.0"', '11: [uplink.a] gateway: found "10.0.0", expected "auto" or an IP address');
  key(
    'gateway = "10.0.0.1/24"',
    '11: [uplink.a] gateway: found "10.0.0.1/24", expected "auto" or an IP address',
  );
  key(
    'carrier = "a b"',
    '11: [uplink.a] carrier: found "a b", expected the name of a network interface: letters, digits, "_", "." and "-", at most 15 characters',
  );
  key(
    'redial = "./dial"',
    '10: [uplink.a] redial: found "./dial", expected a program\'s name, such as "pon", or its absolute path',
  );
  key(
    'dns = ["ns.example"]',
    '8: [uplink.a] dns: found "ns.example", expected the IP address of a name server',
  );
  key("dns = 9", "7: [uplink.a] dns: found 9, expected the IP address of a name server");
  key(
    'dns = ["127.0.0.53"]',
    '8: [uplink.a] dns: found "127.0.0.53", which is nobody behind an uplink; expected the IP address of a name server',
  );
  key(
    "[uplink.a.firewall]",
    "11: [uplink.a.firewall] is not available in this version of Waymark; remove it",
  );
  key('shape.upload = "1mbit"', "1: [uplink.a.shape] is not available in this version of Waymark; remove it");
  key('peer = "gsm"', '1: [uplink.a]: found interface "eth0" and peer "gsm", expected only one of them');

  wrong(
    "[uplink.a]",
    'w:1:9: [uplink.a]: neither interface nor peer; expected one of them, such as interface = "eth0"',
  );
  wrong(
    '[uplink.a]\ninterface = "lo"',
    'w:2:13: [uplink.a] interface: found "lo", the loopback; expected an interface that leads to the internet',
  );
  wrong(
    '[uplink.a]\ninterface = "wlx0011223344556"',
    'w:2:13: [uplink.a] interface: found "wlx0011223344556", which has 16 characters; expected at most 15, the kernel takes no longer names',
  );
  wrong(
    "[uplink.a]\ninterface = 3",
    'w:2:13: [uplink.a] interface: found 3, expected the name of a network interface: letters, digits, "_", "." and "-", at most 15 characters',
  );
  wrong(
    '[uplink.a]\npeer = "../x"',
    'w:2:8: [uplink.a] peer: found "../x", expected the name of a PPP session: 1 to 64 letters, digits and "_.@/+-", without ".."',
  );
  wrong(
    '[uplink.1a]\ninterface = "eth0"',
    'w:1:9: found "1a", expected a letter, then letters, digits, "_" and "-", at most 15 characters in all, as the name of an uplink',
  );
  wrong(
    '[uplink.abcdefghijklmnop]\ninterface = "eth0"',
    'w:1:9: found "abcdefghijklmnop", expected a letter, then letters, digits, "_" and "-", at most 15 characters in all, as the name of an uplink',
  );
  wrong(
    '[uplink.__proto__]\ninterface = "eth0"',
    'w:1:9: found "__proto__", expected a letter, then letters, digits, "_" and "-", at most 15 characters in all, as the name of an uplink',
  );
  wrong("uplink.a = 3", "w:1:12: [uplink.a]: found 3, expected a table");
  wrong("uplink = 3", "w:1:10: [uplink]: found 3, expected one table [uplink.NAME] for each uplink");
  wrong("[[uplink]]", "w:1:3: [uplink]: found a list, expected one table [uplink.NAME] for each uplink");
  wrong("", "w:1:1: no uplink; expected at least one table [uplink.NAME] with an interface");
  wrong("[uplink]", "w:1:1: no uplink; expected at least one table [uplink.NAME] with an interface");
  wrong(
    '[uplink.a]\ninterface = "eth0"\n[uplink.b]\ninterface = "eth0"',
    'w:4:13: [uplink.b] interface: found "eth0", which is the interface of [uplink.a] on line 2 already; expected one uplink for each interface',
  );
  wrong(
    '[uplink.a]\npeer = "x"\n[uplink.b]\npeer = "x"',
    'w:4:8: [uplink.b] peer: found "x", which is the peer of [uplink.a] on line 2 already; expected one uplink for each peer',
  );

  const many = (count: number) =>
    Array.from({ length: count }, (_, n) => `[uplink.u${n}]\ninterface = "e${n}"\n`).join("");
  it("255 uplinks are fine", () => expect(problemsOf(many(255))).toEqual([]));
  it("256 are not", () =>
    expect(problemsOf(`marks.mask = 0xffff00\n${many(256)}`)).toEqual([
      "w:512:9: found 256 uplinks, expected at most 255; this is one too many",
    ]));
});
