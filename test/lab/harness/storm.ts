import type { Vars } from "./hooks.ts";
import type { Router } from "./router.ts";

/** Path that shows up in the router as soon as anything hostile was executed. */
export const TRACE = "/run/evil";

/** Plants what the hostile variables point to; each piece leaves the trace when it is run. */
export async function plantEvil(router: Router): Promise<void> {
  await router.write("/srv/evil.cjs", `require("fs").writeFileSync(${JSON.stringify(TRACE)}, "node")`);
  await router.write("/srv/evil.sh", `echo shell >${TRACE}\n`, 0o755);
  for (const name of ["node", "nodejs", "ip", "nft", "conntrack"])
    await router.write(`/srv/evil/${name}`, `#!/bin/sh\necho ${name} >${TRACE}\n`, 0o755);
}

const NASTY = `$(sh /srv/evil.sh)\`sh /srv/evil.sh\`'; sh /srv/evil.sh; '" & sh /srv/evil.sh\n sh /srv/evil.sh #`;

/** Variables that anyone in group dip may set in pppd's script environment, and other ill weather. */
export const HOSTILE: readonly (readonly [string, Vars])[] = [
  [
    "NODE_OPTIONS",
    { NODE_OPTIONS: "--require=/srv/evil.cjs", NODE_PATH: "/srv", NODE_EXTRA_CA_CERTS: "/srv/evil.cjs" },
  ],
  ["NODE_OPTIONS that node refuses", { NODE_OPTIONS: "--no-such-option" }],
  ["loader variables", { LD_PRELOAD: "/srv/evil.so", LD_LIBRARY_PATH: "/srv/evil", GCONV_PATH: "/srv/evil" }],
  [
    "shell variables",
    { ENV: "/srv/evil.sh", BASH_ENV: "/srv/evil.sh", IFS: "/", PS4: NASTY, CDPATH: "/srv/evil" },
  ],
  [
    "quotes, newlines and substitutions",
    Object.fromEntries(
      [
        "PPP_IPPARAM",
        "CALL_FILE",
        "LINKNAME",
        "PEERNAME",
        "DNS1",
        "PPPD_PID",
        "CONNECTION_ID",
        "IP4_GATEWAY",
        "IF_GATEWAY",
        "IPLOCAL",
        "PPP_LOCAL",
        "DHCP4_ROUTERS",
        "IP4_NAMESERVERS",
        "IFPLUGD_CURRENT",
        "METHOD",
      ].map((name) => [name, NASTY]),
    ),
  ],
  [
    "huge values",
    Object.fromEntries(
      ["CALL_FILE", "DNS1", "CONNECTION_ID", "IP4_NAMESERVERS", "IF_DNS_NAMESERVERS", "JUNK"].map((name) => [
        name,
        "x y".repeat(35_000),
      ]),
    ),
  ],
  [
    "empty values",
    { PPP_IFACE: "", PPP_LOCAL: "", IFACE: "", DEVICE_IP_IFACE: "", IP4_GATEWAY: "", PPPD_PID: "", DNS1: "" },
  ],
  [
    "false numbers",
    {
      PPPD_PID: "-1",
      IP4_NUM_ADDRESSES: "99999999999",
      UNIT: "0x7f",
      DNS1: "999.1.1.1",
      IP4_GATEWAY: "0.0.0.0",
    },
  ],
];

/** Arguments no sane caller gives. */
export const HOSTILE_ARGS: readonly (readonly string[])[] = [
  [],
  ["", ""],
  ["ppp0; sh /srv/evil.sh", "$(sh /srv/evil.sh)", "0", "1", "2", "3"],
  ["../../../run/evil", "up"],
  ["-force", "--help"],
  ["x".repeat(5000), "up", "0", "y".repeat(90_000), "z", "\n"],
  ["eth0\nsh /srv/evil.sh", "up"],
  ["lo", "up"],
  ["--all", "no-such-action"],
];

/** Starts a program in a process group of its own and kills the whole group after `ms`, children included. */
export async function killedAfter(
  router: Router,
  argv: readonly string[],
  env: Vars,
  ms: number,
): Promise<void> {
  const victim = router.spawn(["setsid", ...argv], { env });
  await new Promise((resolve) => setTimeout(resolve, ms));
  try {
    process.kill(-victim.pid, "SIGKILL");
  } catch {
    // it had ended by itself
  }
  await victim.kill("SIGKILL");
}
