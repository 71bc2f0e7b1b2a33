/** A machine with uplinks, private files, and the built product, inside the namespaces that bench.ts made. */

import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "dist");

/** Where the programs of a machine are found; nothing else of the environment reaches what is measured. */
export const CLEAN = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

/** Runs a program that must succeed. */
export function must(file: string, ...args: string[]): string {
  return execFileSync(file, args, { encoding: "utf8", env: CLEAN, maxBuffer: 1 << 28 });
}

/** Gives `ip -batch` these lines. */
export function ip(lines: readonly string[]): void {
  execFileSync("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n`, env: CLEAN });
}

/** Copies the built files out of the package (inside it Node would take them for ES modules). */
export function install(): string {
  const home = mkdtempSync(join(tmpdir(), "waymark-bench-"));
  for (const name of readdirSync(join(dist, "hooks")))
    copyFileSync(join(dist, "hooks", name), join(home, name));
  copyFileSync(join(dist, "waymark"), join(home, "waymark"));
  for (const name of readdirSync(home)) chmodSync(join(home, name), 0o755);
  return home;
}

let mounted = false;

/** Private /run, /etc/waymark and /var/lib/waymark. */
export function privateFiles(): void {
  if (!mounted) {
    for (const place of ["/run", "/etc/waymark", "/var/lib/waymark"]) {
      mkdirSync(place, { recursive: true });
      must("mount", "-t", "tmpfs", "bench", place);
    }
    mkdirSync("/run/netns");
    must("mount", "-t", "sysfs", "bench", "/sys");
    must("ip", "link", "set", "lo", "up");
    must("ip", "netns", "add", FAR);
    must("ip", "-n", FAR, "link", "set", "lo", "up");
    mounted = true;
  }
}

/** Where the lines' other ends are: not on this machine. */
const FAR = "benchfar";

/** Pulls or plugs the cable at the far end. */
export function cable(place: number, how: "up" | "down"): void {
  must("ip", "-n", FAR, "link", "set", `far${place}`, how);
}

/** Does something at the far end: a line for `ip`, or `nft` and commands for it. */
export function far(what: string): void {
  const words = ["netns", "exec", FAR, "nft"];
  if (what.startsWith("nft ")) must("ip", ...words, what.slice(4));
  else must("ip", "-n", FAR, ...what.split(" "));
}

/** `count` uplinks up0…, each a veth pair with an address and a gateway; a tier each, or all in one. */
export function uplinks(count: number, oneTier = false): void {
  const lines: string[] = [];
  const config: string[] = [];
  for (let place = 0; place < count; place++) {
    const net = `10.${100 + (place >> 8)}.${place & 255}`;
    lines.push(
      `link add up${place} type veth peer name far${place} netns ${FAR}`,
      `address add ${net}.2/24 dev up${place}`,
      `link set up${place} up`,
    );
    config.push(
      `[uplink.line${place}]\ninterface = "up${place}"\ngateway = "${net}.1"\ntier = ${oneTier ? 1 : place + 1}\n`,
    );
  }
  ip(lines);
  for (let place = 0; place < count; place++) cable(place, "up");
  writeFileSync("/etc/waymark/waymark.toml", config.join("\n"));
}

/** Takes the product and the uplinks away again. */
export function clear(home: string, count: number): void {
  spawnSync(join(home, "waymark"), ["stop"], { env: CLEAN });
  ip(Array.from({ length: count }, (_, place) => `link del up${place}`));
}
