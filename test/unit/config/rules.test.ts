import { describe, expect, it } from "vitest";
import type { Rule } from "../../../lib/config/types.ts";
import { configOf, problemsOf } from "./reading.ts";

const UPLINKS = '[uplink]\na.interface = "eth0"\nb.interface = "eth1"\n[[rule]]\n';

describe("what a rule says", () => {
  const says = (keys: string, expected: Partial<Rule>) =>
    it(keys.replaceAll("\n", ", "), () =>
      expect(configOf(`${UPLINKS}via = "a"\n${keys}`).rules[0]).toMatchObject(expected),
    );
  const prefix = (address: string, length: number) => ({
    family: address.includes(":") ? 6 : 4,
    address,
    length,
  });
  const ports = (first: number, last = first) => ({ first, last });

  it("defaults", () =>
    expect(configOf(`${UPLINKS}via = "a"\nprotocol = 47`).rules).toEqual([
      {
        name: "rule-1",
        user: null,
        group: null,
        source: [],
        destination: [],
        destinationFile: null,
        protocol: 47,
        sourcePort: [],
        destinationPort: [],
        interface: null,
        via: ["a"],
        otherwise: "default",
      },
    ]));
  it("via in order of preference", () =>
    expect(configOf(`${UPLINKS}via = ["b", "a"]\nprotocol = 47`).rules[0]?.via).toEqual(["b", "a"]));
  it("a file without rules has none", () => expect(configOf('[uplink.a]\npeer = "x"').rules).toEqual([]));

  says('user = "mldonkey"', { user: { name: "mldonkey", id: 115 } });
  says('user = "0"', { user: { name: "0", id: 0 } });
  says("user = 4294967294", { user: { name: "4294967294", id: 4294967294 } });
  says('group = "p2p"', { group: { name: "p2p", id: 77 } });
  says("group = 5", { group: { name: "5", id: 5 } });
  says('source = "10.0.0.0/8"', { source: [prefix("10.0.0.0", 8)] } as Partial<Rule>);
  says('source = ["192.0.2.1", "2001:DB8::/32"]', {
    source: [prefix("192.0.2.1", 32), prefix("2001:db8::", 32)],
  } as Partial<Rule>);
  says('destination = "::/0"', { destination: [prefix("::", 0)] } as Partial<Rule>);
  says('destination_file = "/etc/x.txt"', { destinationFile: "/etc/x.txt" });
  says('protocol = "tcp"', { protocol: 6 });
  says('protocol = "udp"', { protocol: 17 });
  says('protocol = "icmp"', { protocol: 1 });
  says('protocol = "icmpv6"', { protocol: 58 });
  says('protocol = "ipv6-icmp"', { protocol: 58 });
  says('protocol = "sctp"', { protocol: 132 });
  says('protocol = "esp"', { protocol: 50 });
  says('protocol = "ah"', { protocol: 51 });
  says('protocol = "gre"', { protocol: 47 });
  says('protocol = "dccp"', { protocol: 33 });
  says('protocol = "udplite"', { protocol: 136 });
  says("protocol = 255", { protocol: 255 });
  says('protocol = "4"', { protocol: 4 });
  says("destination_port = 443", { destinationPort: [ports(443)], protocol: null });
  says('destination_port = "443"', { destinationPort: [ports(443)] });
  says('destination_port = "1000-2000"\nprotocol = "tcp"', {
    destinationPort: [ports(1000, 2000)],
    protocol: 6,
  });
  says('source_port = [22, "1-65535"]\nprotocol = "sctp"', { sourcePort: [ports(22), ports(1, 65535)] });
  says('interface = "eth1.5"', { interface: "eth1.5" });
  says('otherwise = "unreachable"\nprotocol = 47', { otherwise: "unreachable" });
  says('name = "p2p out"\nprotocol = 47', { name: "p2p out" });
});

describe("what is wrong with a rule", () => {
  const lines = (keys: string, ...expected: string[]) =>
    it(keys.replaceAll("\n", ", "), () => expect(problemsOf(UPLINKS + keys)).toEqual(expected));
  /** One wrong key, on line 6 of the file. */
  const key = (line: string, expected: string) => lines(`via = "a"\n${line}`, `w:6:${expected}`);
  const PREFIX = "expected an IP address or a prefix such as 192.0.2.0/24 or 2001:db8::/32";
  const PORT = 'expected a port from 1 to 65535, or a range such as "1000-2000"';
  const PROTOCOL =
    "expected icmp, tcp, udp, dccp, gre, esp, ah, ipv6-icmp, icmpv6, sctp, udplite, or a number from 1 to 255";

  lines(
    'via = "a"\nuser = 0\nsuorce = "::/0"',
    'w:7:1: [[rule]] 1: unknown key "suorce"; did you mean "source"?',
  );
  lines(
    'via = "a"\nuser = 0\ndscp = 8',
    "w:7:1: [[rule]] 1 dscp is not available in this version of Waymark; remove it",
  );
  lines(
    'via = "a"\nuser = 0\nsticky = "10m"',
    "w:7:1: [[rule]] 1 sticky is not available in this version of Waymark; remove it",
  );
  key('mac = "x"', "1: [[rule]] 1 mac is not available in this version of Waymark; remove it");
  key(
    'domain = "example.org"',
    "1: [[rule]] 1 domain is not available in this version of Waymark; remove it",
  );
  key(
    'user = "mldonky"',
    '8: [[rule]] 1 user: found "mldonky", expected a user of this machine (/etc/passwd) or a number',
  );
  key(
    'group = "p3p"',
    '9: [[rule]] 1 group: found "p3p", expected a group of this machine (/etc/group) or a number',
  );
  key("user = -1", "8: [[rule]] 1 user: found -1, expected the number of a user, from 0 to 4294967294");
  key(
    "user = 4294967295",
    "8: [[rule]] 1 user: found 4294967295, expected the number of a user, from 0 to 4294967294",
  );
  key('user = ""', '8: [[rule]] 1 user: found "", expected the name or number of a user');
  key("group = []", "9: [[rule]] 1 group: found an empty list, expected the name or number of a group");
  key(
    'source = "10.0.0.1/8"',
    '10: [[rule]] 1 source: found "10.0.0.1/8", which has host bits set; did you mean "10.0.0.0/8"?',
  );
  key(
    'source = ["::/0", "2001:db8::1/32"]',
    '19: [[rule]] 1 source: found "2001:db8::1/32", which has host bits set; did you mean "2001:db8::/32"?',
  );
  key('destination = "example.org"', `15: [[rule]] 1 destination: found "example.org", ${PREFIX}`);
  key("destination = 3", `15: [[rule]] 1 destination: found 3, ${PREFIX}`);
  key("destination = []", "15: [[rule]] 1 destination: found an empty list, expected at least one element");
  key(
    'destination_file = "x.txt"',
    '20: [[rule]] 1 destination_file: found "x.txt", expected the absolute path of a file, such as "/etc/waymark/networks.txt"',
  );
  key('protocol = "tpc"', `12: [[rule]] 1 protocol: found "tpc", ${PROTOCOL}; did you mean "tcp"?`);
  key("protocol = 0", `12: [[rule]] 1 protocol: found 0, ${PROTOCOL}`);
  key("protocol = 256", `12: [[rule]] 1 protocol: found 256, ${PROTOCOL}`);
  key("destination_port = 0", `20: [[rule]] 1 destination_port: found 0, ${PORT}`);
  key("destination_port = 65536", `20: [[rule]] 1 destination_port: found 65536, ${PORT}`);
  key('source_port = ["22", "ssh"]', `22: [[rule]] 1 source_port: found "ssh", ${PORT}`);
  key(
    'source_port = "5-3"',
    '15: [[rule]] 1 source_port: found "5-3", which runs backwards; did you mean "3-5"?',
  );
  key(
    'protocol = "gre"\nsource_port = 5',
    '12: [[rule]] 1 protocol: found "gre" together with source_port; expected tcp, udp, sctp, dccp or udplite, or no protocol for tcp and udp',
  );
  key(
    'interface = "eth0"\nuser = 5',
    "1: [[rule]] 1: found interface together with user; expected only one of them: traffic of this machine's own users comes in by no interface",
  );
  key(
    'interface = "eth0:1"',
    '13: [[rule]] 1 interface: found "eth0:1", expected the name of a network interface: letters, digits, "_", "." and "-", at most 15 characters',
  );
  key(
    'destination = "::/0"\nsource = "0.0.0.0/0"',
    "15: [[rule]] 1 destination: found only IPv6 prefixes where source has only IPv4; expected both of one family: no packet has both",
  );
  key(
    'otherwise = "drop"\nuser = 0',
    '13: [[rule]] 1 otherwise: found "drop", expected "default" or "unreachable"',
  );
  key(
    'name = "a\\nb"\nuser = 0',
    '8: [[rule]] 1 name: found "a\\u000ab", expected a name of 1 to 64 letters, digits, spaces and "_.:@/+-"',
  );

  lines(
    "user = 0",
    'w:4:3: [[rule]] 1: no via; expected the uplink that this traffic leaves by, such as via = "adsl"',
  );
  lines("user = 0\nvia = []", "w:6:7: [[rule]] 1 via: found an empty list, expected at least one element");
  lines(
    "user = 0\nvia = 3",
    "w:6:7: [[rule]] 1 via: found 3, expected the name of an uplink, or a list of names",
  );
  lines(
    'user = 0\nvia = "c"',
    'w:6:7: [[rule]] 1 via: found "c", which is no uplink of this file; did you mean "a"?',
  );
  lines(
    'user = 0\nvia = ["a", "lte"]',
    'w:6:13: [[rule]] 1 via: found "lte", which is no uplink of this file; the uplinks are "a", "b"',
  );
  lines(
    'user = 0\nvia = ["a", "b", "a"]',
    'w:6:18: [[rule]] 1 via: found "a" a second time, expected each uplink once',
  );
  lines(
    "user = 0\nvia = { a = 3 }",
    "w:6:7: [[rule]] 1 via: a table of weights is not available in this version of Waymark; expected a list of uplinks in order of preference",
  );
  lines(
    'via = "a"',
    "w:4:3: [[rule]] 1: nothing to select by; expected at least one of user, group, source, destination, destination_file, protocol, source_port, destination_port, interface",
  );
  lines(
    'name = "x"\nuser = 0\nvia = "a"\n[[rule]]\nname = "x"\nuser = 1\nvia = "a"',
    'w:9:8: [[rule]] 2 name: found "x", which is the name of [[rule]] 1 on line 5 already; expected another name',
  );
  lines(
    'user = 0\nvia = "a"\nname = "rule-2"\n[[rule]]\nuser = 1\nvia = "a"',
    'w:8:3: [[rule]] 2 name: found "rule-2", which is the name of [[rule]] 1 on line 7 already; expected another name',
  );

  it("a rule that is one table", () =>
    expect(problemsOf('[uplink.a]\npeer = "x"\n[rule]\nvia = "a"')).toEqual([
      "w:3:2: [rule]: found a table, expected a list of tables: write [[rule]] with two brackets above each rule",
    ]));
  it("a rule by way of an uplink that is wrong itself is not reported again", () =>
    expect(problemsOf('[uplink.a]\ninterface = 3\n[[rule]]\nuser = 0\nvia = "a"')).toHaveLength(1));
});
