/** Whom a check asks, and name servers: addresses that lie behind an uplink. */

import { contains, type Family, type Prefix, parseAddress, parsePrefix } from "../net/prefix.ts";
import { mismatch, type Reading } from "./fields.ts";
import { quoted } from "./show.ts";
import type { CheckMethod, CheckTarget } from "./types.ts";

/** What each method's targets look like. */
export const EXAMPLE: Readonly<Record<CheckMethod, string>> = {
  ping: "1.1.1.1",
  tcp: "1.1.1.1:443",
  dns: "9.9.9.9",
  http: "http://connectivity-check.example/204",
};

const DNS_PORT = 53;

/** Nobody on the internet: this host, loopback, multicast, broadcast, and what needs an interface's name. */
const NOWHERE: readonly Prefix[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/4",
  "255.255.255.255",
  "::/127",
  "fe80::/10",
  "ff00::/8",
].flatMap((text) => parsePrefix(text) ?? []);

/** Reads the address of somebody behind an uplink. */
export function readRemote(
  input: unknown,
  expected = "an IP address",
): Reading<{ family: Family; address: string }> {
  const parsed = typeof input === "string" ? parseAddress(input) : null;
  if (parsed === null) return { wrong: mismatch(input, expected) };
  return NOWHERE.some((prefix) => contains(prefix, parsed.address))
    ? { wrong: `found ${quoted(parsed.address)}, which is nobody behind an uplink; expected ${expected}` }
    : { value: parsed };
}

/** Reads a target as the method takes it. */
export function readTarget(method: CheckMethod, input: string): Reading<CheckTarget> {
  switch (method) {
    case "ping":
      return plain(
        input,
        'an IP address, since names cannot be looked up while a line is down, such as "1.1.1.1"',
      );
    case "dns": {
      const expected =
        'the IP address of a name server, perhaps with a port, such as "9.9.9.9" or "9.9.9.9:5353"';
      return parseAddress(input) === null
        ? withPort(input, expected, DNS_PORT)
        : plain(input, expected, DNS_PORT);
    }
    case "tcp":
      return withPort(
        input,
        'an IP address with a port, such as "1.1.1.1:443" or "[2606:4700:4700::1111]:443"',
      );
    case "http":
      return url(input);
  }
}

function plain(input: string, expected: string, port: number | null = null): Reading<CheckTarget> {
  const reading = readRemote(input, expected);
  if ("wrong" in reading) return reading;
  const { family, address } = reading.value;
  return { value: { name: address, family, host: address, port } };
}

/** @param usual the port that is left out of the target's name */
function withPort(input: string, expected: string, usual: number | null = null): Reading<CheckTarget> {
  const match = /^(?:\[([^\]]{1,45})\]|([^:[\]]{1,15})):(\d{1,5})$/.exec(input);
  const port = Number(match?.[3] ?? 0);
  const host = match?.[1] ?? match?.[2] ?? "";
  const bracketed = match?.[1] !== undefined;
  if (port < 1 || port > 65535 || parseAddress(host)?.family !== (bracketed ? 6 : 4)) {
    return { wrong: mismatch(input, expected) };
  }
  const reading = readRemote(host, expected);
  if ("wrong" in reading) return reading;
  const { family, address } = reading.value;
  const full = bracketed ? `[${address}]:${port}` : `${address}:${port}`;
  return { value: { name: port === usual ? address : full, family, host: address, port } };
}

const URL_EXPECTED = `a URL that begins with http:// or https://, without user, password and fragment, such as ${quoted(EXAMPLE.http)}`;

function url(input: string): Reading<CheckTarget> {
  const parsed = input.length <= 2000 && /^https?:\/\/[^\s\\]+$/i.test(input) ? parsedUrl(input) : null;
  if (parsed === null || parsed.username !== "" || parsed.password !== "" || parsed.hash !== "") {
    return { wrong: mismatch(input, URL_EXPECTED) };
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const address = parseAddress(host);
  if (address === null) {
    const name = /^(?=.{1,253}$)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?$/.test(host);
    if (!name) return { wrong: mismatch(input, URL_EXPECTED) };
  } else {
    // The URL standard takes 010.0.0.1 and 0x08000001 for 8.0.0.1; a person hardly does.
    const written = /^https?:\/\/([^/:?]*)/i.exec(input)?.[1];
    if (address.family === 4 && written !== host) return { wrong: mismatch(input, URL_EXPECTED) };
    const reading = readRemote(host, URL_EXPECTED);
    if ("wrong" in reading) return reading;
  }
  const port = parsed.port === "" ? (parsed.protocol === "http:" ? 80 : 443) : Number(parsed.port);
  if (port === 0) return { wrong: mismatch(input, URL_EXPECTED) };
  const { family = null, address: canonical = host } = address ?? {};
  return { value: { name: parsed.href, family, host: canonical, port } };
}

function parsedUrl(input: string): URL | null {
  try {
    return new URL(input);
  } catch {
    return null;
  }
}
