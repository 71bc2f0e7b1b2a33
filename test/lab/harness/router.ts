import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Machine, type Outcome } from "./machine.ts";

const CHECKOUT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const HARNESS = fileURLToPath(new URL(".", import.meta.url));

/** Where each built file goes, as the installer puts it. */
const INSTALLED: readonly (readonly [string, string])[] = [
  ["waymark", "/usr/local/sbin/waymark"],
  ["hooks/ppp-ip-up", "/etc/ppp/ip-up.d/waymark"],
  ["hooks/ppp-ip-down", "/etc/ppp/ip-down.d/waymark"],
  ["hooks/ifplugd", "/etc/ifplugd/action.d/waymark"],
  ["hooks/ifupdown", "/etc/network/if-up.d/waymark"],
  ["hooks/ifupdown", "/etc/network/if-post-down.d/waymark"],
  ["hooks/nm-dispatcher", "/etc/NetworkManager/dispatcher.d/90-waymark"],
  ["hooks/dhclient", "/etc/dhcp/dhclient-exit-hooks.d/waymark"],
  // Its own place, /usr/lib/dhcpcd, is this machine's.
  ["hooks/dhcpcd", "/usr/local/lib/dhcpcd-hooks/70-waymark"],
];

export interface RouterOptions {
  /** rp_filter that new interfaces are born with; Debian's own is 2, strict distributions say 1. */
  readonly rpFilter?: 0 | 1 | 2;
  /** ip_forward before Waymark comes. */
  readonly forward?: boolean;
  /** Leave the product out: the lab's own tests do not need it. */
  readonly bare?: boolean;
}

export interface StatusUplink {
  readonly name: string;
  readonly interface: string | null;
  readonly state: string;
  readonly reason: string;
  readonly address: string | null;
  readonly gateway: string | null;
  readonly tier: number;
  readonly weight: number;
  readonly mark: unknown;
  readonly table: unknown;
  readonly chosen: boolean;
}

export interface Status {
  readonly uplinks: readonly StatusUplink[];
  readonly choice: readonly string[];
  readonly config: { readonly path: string; readonly error: unknown };
  readonly errors: readonly unknown[];
}

/** Things that change by themselves or cannot be read twice alike. */
const RESTLESS =
  "nf_conntrack_count|stable_secret|tcp_fastopen_key|/flush$|nf_conntrack_buckets|/inode_|random";

/**
 * The machine under test. Its /etc, /var, /usr/local, /run and /sys are its own (overlays and tmpfs in a mount namespace),
 * the checkout is hidden from it, and the built command and hooks are installed where the installer puts them.
 */
export class Router extends Machine {
  static override async make(name: string | RouterOptions = {}): Promise<Router> {
    const options = {
      ...(typeof name === "string" ? {} : name),
      ...(process.env.LAB_BARE ? { bare: true } : {}),
    };
    const dist = process.env.LAB_DIST ?? `${CHECKOUT}/dist`;
    if (!options.bare && !existsSync(`${dist}/waymark`))
      throw new Error("there is no dist/waymark: npm run build");
    const overlay = (dir: string) =>
      `mkdir -p /srv/over${dir}/u /srv/over${dir}/w; mount -t overlay -o lowerdir=${dir},upperdir=/srv/over${dir}/u,workdir=/srv/over${dir}/w overlay ${dir}; `;
    const node = process.env.LAB_NODE;
    const mounts =
      "mount -t tmpfs -o mode=755 lab /srv; " +
      ["/etc", "/var", "/usr/local"].map(overlay).join("") +
      "mount -t tmpfs -o mode=755 run /run; mkdir -p /run/lock; mount -t sysfs sysfs /sys; " +
      (node ? `mount --bind '${node}' "$(readlink -f /usr/bin/node)"; ` : "") +
      `rm -rf /etc/waymark /var/lib/waymark; mkdir -p /srv/lab /etc/waymark; mount -t tmpfs hidden '${CHECKOUT}'; ` +
      // Whatever resolver the machine around has: this one asks somebody else.
      "rm -f /etc/resolv.conf; echo 'nameserver 192.0.2.53' >/etc/resolv.conf; " +
      "echo 'mldonkey:x:4242:' >>/etc/group; echo 'mldonkey:x:4242:4242::/:/usr/sbin/nologin' >>/etc/passwd; " +
      `sysctl -qw net.ipv4.conf.default.rp_filter=${options.rpFilter ?? 2} net.ipv6.conf.default.accept_dad=0; ` +
      `sysctl -qw net.ipv4.ip_forward=${options.forward === false ? 0 : 1}; `;
    const router = new Router("router", await Machine.hold(mounts, true));
    for (const tool of ["peer.pl", "line.pl", "flood.pl"])
      await router.#place(`${HARNESS}${tool}`, `/srv/lab/${tool}`, 0o644);
    await router.#place(`${HARNESS}line.pl`, "/srv/lab/call", 0o644);
    if (!options.bare) for (const [from, to] of INSTALLED) await router.#place(`${dist}/${from}`, to, 0o755);
    // a packet filter of somebody else's: it makes connection tracking active, and must survive everything
    await router.nft(
      "table inet site {\n chain forward {\n type filter hook forward priority 0; policy accept;\n ct state established accept\n }\n}\n",
    );
    return router;
  }

  protected override enter(): string[] {
    return [...super.enter(), "-m", "--wd=/"];
  }

  override tool(path: string): string {
    return `/srv/lab/${basename(path)}`;
  }

  async #place(from: string, to: string, mode: number): Promise<void> {
    await mkdir(dirname(this.path(to)), { recursive: true });
    await copyFile(from, this.path(to));
    await chmod(this.path(to), mode);
  }

  /** A path of this machine as the test process can open it. */
  path(inside: string): string {
    void this.netns;
    return `/proc/${this.pid}/root${inside}`;
  }

  async write(inside: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.path(inside)), { recursive: true });
    await writeFile(this.path(inside), text);
    await chmod(this.path(inside), mode);
  }

  async read(inside: string): Promise<string> {
    return readFile(this.path(inside), "utf8");
  }

  async config(toml: string): Promise<void> {
    await this.write("/etc/waymark/waymark.toml", toml);
  }

  /** Runs the command; a failure throws unless `reject` is false. */
  async waymark(args: readonly string[], reject = true): Promise<Outcome> {
    return this.exec(["waymark", ...args], { reject });
  }

  /** Writes the configuration, if one is given, and applies it. */
  async apply(toml?: string): Promise<string> {
    if (toml !== undefined) await this.config(toml);
    return (await this.waymark(["apply"])).out;
  }

  async status(): Promise<Status> {
    return JSON.parse((await this.waymark(["status", "--json"])).out) as Status;
  }

  /** State of one uplink as `waymark status` tells it. */
  async uplink(name: string): Promise<StatusUplink> {
    const found = (await this.status()).uplinks.find((uplink) => uplink.name === name);
    if (!found) throw new Error(`status tells of no uplink ${name}`);
    return found;
  }

  /** Everything of the kernel's that Waymark may have a hand in, as text. */
  async snapshot(): Promise<string> {
    return this.sh(`
      echo '# rules'; ip -N -4 rule; ip -N -6 rule
      echo '# routes'; ip -N -4 route show table all; ip -N -6 route show table all | sed 's/expires [0-9]*sec//'
      echo '# nft'; nft list ruleset
      echo '# qdiscs'; tc qdisc show
      echo '# sysctls'; cd /proc/sys/net; grep -rs . ipv4 ipv6 netfilter | grep -Ev '${RESTLESS}' | sort
      echo '# queues'; grep -s . /sys/class/net/*/queues/*/[rx]ps_cpus || true`);
  }

  /**
   * Rules, routes and packet filter only: what an event may have to do with. Rules of one priority, and routes, stand
   * in the order they were made in, which means nothing: they are sorted here.
   */
  async kernel(): Promise<string> {
    const [rulesAndRoutes = "", rest = ""] = (await this.snapshot()).split("# nft");
    const [rules = "", routes = ""] = rulesAndRoutes.split("# routes");
    const sorted = (text: string) => text.split("\n").sort().join("\n");
    return `${sorted(rules)}\n${sorted(routes)}\n${rest.split("# qdiscs")[0]}`;
  }

  /** For a failed test: what a person would look at first. */
  async dump(): Promise<string> {
    const parts = [
      "ip -br addr",
      "ip rule",
      "ip route show table all | grep -v '^local\\|^broadcast'",
      "nft list ruleset",
    ];
    const status = "waymark status --json 2>&1; conntrack -L 2>/dev/null | head -40";
    return this.sh(
      [...parts, status].map((part) => `echo '$' "${part.split("|")[0]}"; { ${part}; } || true`).join("\n"),
    );
  }
}
