import { describe, expect, it } from "vitest";
import { readRemote, readTarget } from "../../../lib/config/targets.ts";
import type { CheckMethod, CheckTarget } from "../../../lib/config/types.ts";

const right = (method: CheckMethod, input: string, expected: CheckTarget) =>
  it(`${method} ${input}`, () => expect(readTarget(method, input)).toEqual({ value: expected }));
const target = (name: string, family: 4 | 6 | null, host: string, port: number | null): CheckTarget => ({
  name,
  family,
  host,
  port,
});

right("ping", "1.1.1.1", target("1.1.1.1", 4, "1.1.1.1", null));
right("ping", "2606:4700:4700:0::1111", target("2606:4700:4700::1111", 6, "2606:4700:4700::1111", null));
right("ping", "192.168.1.1", target("192.168.1.1", 4, "192.168.1.1", null));
right("tcp", "1.1.1.1:443", target("1.1.1.1:443", 4, "1.1.1.1", 443));
right("tcp", "1.1.1.1:53", target("1.1.1.1:53", 4, "1.1.1.1", 53));
right("tcp", "[2620:FE::FE]:65535", target("[2620:fe::fe]:65535", 6, "2620:fe::fe", 65535));
right("dns", "9.9.9.9", target("9.9.9.9", 4, "9.9.9.9", 53));
right("dns", "9.9.9.9:53", target("9.9.9.9", 4, "9.9.9.9", 53));
right("dns", "9.9.9.9:5353", target("9.9.9.9:5353", 4, "9.9.9.9", 5353));
right("dns", "2620:fe::fe", target("2620:fe::fe", 6, "2620:fe::fe", 53));
right("dns", "[2620:fe::fe]:53", target("2620:fe::fe", 6, "2620:fe::fe", 53));
right("http", "http://1.1.1.1", target("http://1.1.1.1/", 4, "1.1.1.1", 80));
right("http", "HTTPS://Example.org/a?b=c", target("https://example.org/a?b=c", null, "example.org", 443));
right("http", "http://example.org:8080/", target("http://example.org:8080/", null, "example.org", 8080));
right("http", "http://[2001:DB8::1]/204", target("http://[2001:db8::1]/204", 6, "2001:db8::1", 80));

describe("no target", () => {
  const wrong = (method: CheckMethod, ...inputs: string[]) =>
    it.each(inputs)(`${method} %s`, (input) =>
      expect(readTarget(method, input)).toEqual({ wrong: expect.stringMatching(/^found .*expected /) }),
    );
  wrong(
    "ping",
    "",
    "example.org",
    "1.1.1.1:80",
    "1.1.1",
    "fe80::1",
    "::1",
    "::",
    "127.0.0.1",
    "0.0.0.0",
    "224.0.0.1",
  );
  wrong("ping", "255.255.255.255", "ff02::1", "1.1.1.1/32");
  wrong(
    "tcp",
    "1.1.1.1",
    "1.1.1.1:0",
    "1.1.1.1:65536",
    "2620:fe::fe:443",
    "[1.1.1.1]:80",
    "x:80",
    "127.0.0.1:80",
  );
  wrong("dns", "dns.example", "9.9.9.9:", "[2620:fe::fe]", "127.0.0.53");
  wrong(
    "http",
    "example.org",
    "ftp://example.org",
    "http://",
    "http://u:p@x/",
    "http://u@x/",
    "http://x/#a",
    "http:/x",
  );
  wrong(
    "http",
    "http://127.0.0.1/",
    "http://[::1]/",
    "http://010.0.0.1/",
    "http://0x8.8.8.8/",
    "http://134744072/",
  );
  wrong("http", "http://x y/", "http://x/\n", "http://x\\y/", "http://a..b/", `http://x/${"y".repeat(2000)}`);
  wrong("http", "http://x:0/", "http://localhost:99999/");
});

it("an address that is nobody's says so", () =>
  expect(readRemote("127.0.0.53", "x")).toEqual({
    wrong: 'found "127.0.0.53", which is nobody behind an uplink; expected x',
  }));
