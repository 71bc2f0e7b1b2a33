import { describe, expect, it } from "vitest";
import { configOf, problemsOf } from "./reading.ts";

const UPLINK = '[uplink.a]\ninterface = "eth0"\n';

describe("[dns]", () => {
  const publishes = (text: string, expected: string) =>
    it(text || "absent", () => expect(configOf(`${text}\n${UPLINK}`).dns.publish).toBe(expected));
  publishes("", "none");
  publishes("dns = {}", "auto");
  publishes('dns.publish = "auto"', "auto");
  publishes('dns.publish = "resolvconf"', "resolvconf");
  publishes('dns.publish = "systemd-resolved"', "systemd-resolved");
  publishes('dns.publish = "dnsmasq"', "dnsmasq");
  publishes('dns.publish = "none"', "none");
});

describe("[metrics]", () => {
  const written = (text: string, expected: string | null) =>
    it(text || "absent", () => expect(configOf(`${text}\n${UPLINK}`).metrics.textfile).toBe(expected));
  written("", null);
  written("metrics = {}", null);
  written("metrics.textfile = false", null);
  written("metrics.textfile = true", "/var/lib/prometheus/node-exporter/waymark.prom");
  written('metrics.textfile = "/run/x/y.prom"', "/run/x/y.prom");
});

describe("is wrong", () => {
  const wrong = (text: string, expected: string) =>
    it(text, () => expect(problemsOf(`${text}\n${UPLINK}`)).toEqual([`w:1:${expected}`]));
  const textfile =
    'expected true for "/var/lib/prometheus/node-exporter/waymark.prom", false, or the absolute path of a file that ends in ".prom"';
  wrong(
    'dns.publish = "dnsmaq"',
    '15: [dns] publish: found "dnsmaq", expected "auto", "resolvconf", "systemd-resolved", "dnsmasq" or "none"; did you mean "dnsmasq"?',
  );
  wrong("dns = true", "7: [dns]: found true, expected a table");
  wrong("dns.server = 1", '5: [dns]: unknown key "server"; expected one of publish');
  wrong('metrics.textfile = "waymark.prom"', `20: [metrics] textfile: found "waymark.prom", ${textfile}`);
  wrong('metrics.textfile = "/a/../b.prom"', `20: [metrics] textfile: found "/a/../b.prom", ${textfile}`);
  wrong('metrics.textfile = "/a/.prom"', `20: [metrics] textfile: found "/a/.prom", ${textfile}`);
  wrong('metrics.textfile = "/a/waymark"', `20: [metrics] textfile: found "/a/waymark", ${textfile}`);
  wrong("metrics.textfile = 1", `20: [metrics] textfile: found 1, ${textfile}`);
  wrong("metrics = 1", "11: [metrics]: found 1, expected a table");
  wrong("metrics.file = true", '9: [metrics]: unknown key "file"; expected one of textfile');
});
