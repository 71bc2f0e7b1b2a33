import type { Line } from "./line.ts";
import type { Outcome } from "./machine.ts";
import type { Router } from "./router.ts";

/** Variables as a caller sets them; a later one replaces an earlier one. */
export type Vars = Readonly<Record<string, string>>;

const RUN_PARTS_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";

/** The facts that pppd has at that moment; those of the line unless said otherwise. */
export interface PppFacts {
  readonly iface: string;
  readonly local: string;
  readonly remote: string;
  readonly pid: number;
  readonly ipparam?: string;
  readonly callFile?: string;
  readonly dns?: readonly string[];
  readonly extra?: Vars;
}

/** What pppd knows of a line. */
export function factsOf(line: Line): PppFacts {
  const { iface, local, remote, pid, dns } = line;
  return { iface, local, remote, pid, dns, ...(line.peer ? { callFile: line.peer } : {}) };
}

/** Environment and arguments of Debian's /etc/ppp/ip-up and ip-down for the scripts below them. */
export function pppArgs(facts: PppFacts, down: boolean): { argv: string[]; env: Record<string, string> } {
  const { iface, local, remote, pid, ipparam = "", callFile, dns = [] } = facts;
  const [dns1, dns2] = [dns[0], dns[1] ?? dns[0]];
  const env: Record<string, string> = {
    PATH: "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin",
    PWD: "/",
    PPP_IFACE: iface,
    PPP_TTY: "wan0",
    PPP_SPEED: "0",
    PPP_LOCAL: local,
    PPP_REMOTE: remote,
    PPP_IPPARAM: ipparam,
    PPP_TTYNAME: "wan0",
    DEVICE: "wan0",
    PPPD_PID: String(pid),
    ORIG_UID: "0",
    PPPLOGNAME: "root",
    IPLOCAL: local,
    IPREMOTE: remote,
    MACREMOTE: "1E:0C:D4:E9:8D:6F",
    ...(callFile ? { CALL_FILE: callFile } : {}),
    ...(dns1 && dns2 ? { DNS1: dns1, DNS2: dns2, USEPEERDNS: "1" } : {}),
    // pppd unsets IFNAME once the link is terminated
    ...(down
      ? { CONNECT_TIME: "10", BYTES_SENT: "96", BYTES_RCVD: "48" }
      : { IFNAME: iface, UNIT: /\d+$/.exec(iface)?.[0] ?? "0" }),
    ...facts.extra,
  };
  return { argv: [iface, "wan0", "0", local, remote, ipparam], env };
}

/** Runs the installed hook as pppd does. Output is collected, so a child that keeps it open is felt. */
export async function pppUp(router: Router, facts: PppFacts): Promise<Outcome> {
  const { argv, env } = pppArgs(facts, false);
  return run(router, "/etc/ppp/ip-up.d/waymark", argv, env);
}

export async function pppDown(router: Router, facts: PppFacts): Promise<Outcome> {
  const { argv, env } = pppArgs(facts, true);
  return run(router, "/etc/ppp/ip-down.d/waymark", argv, env);
}

/** ifplugd's action script, by way of run-parts. */
export async function ifplugd(
  router: Router,
  iface: string,
  to: "up" | "down",
  extra: Vars = {},
): Promise<Outcome> {
  const previous = to === "up" ? "down" : "up";
  const env = { PATH: RUN_PARTS_PATH, PWD: "/", IFPLUGD_PREVIOUS: previous, IFPLUGD_CURRENT: to, ...extra };
  return run(router, "/etc/ifplugd/action.d/waymark", [iface, to], env);
}

/** NetworkManager's dispatcher; `vars` are the IP4_* and others of that action. */
export async function nm(router: Router, iface: string, action: string, vars: Vars = {}): Promise<Outcome> {
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    NM_DISPATCHER_ACTION: action,
    CONNECTION_UUID: "5d3f1f4e-1a54-4e0c-8a9b-0a4f1c0a7b11",
    CONNECTION_ID: `Wired ${iface}`,
    CONNECTION_DBUS_PATH: "/org/freedesktop/NetworkManager/Settings/1",
    CONNECTION_FILENAME: `/run/NetworkManager/system-connections/${iface}.nmconnection`,
    DEVICE_IFACE: iface,
    DEVICE_IP_IFACE: iface,
    ...vars,
  };
  return run(router, "/etc/NetworkManager/dispatcher.d/90-waymark", [iface, action], env);
}

/** ifup's post-up or ifdown's post-down scripts. */
export async function ifupdown(
  router: Router,
  iface: string,
  mode: "start" | "stop",
  vars: Vars = {},
): Promise<Outcome> {
  const dir = mode === "start" ? "if-up.d" : "if-post-down.d";
  const env = {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    IFACE: iface,
    LOGICAL: iface,
    ADDRFAM: "inet",
    METHOD: "static",
    MODE: mode,
    PHASE: mode === "start" ? "post-up" : "post-down",
    CLASS: "auto",
    VERBOSITY: "0",
    [`IFUPDOWN_${iface}`]: mode === "start" ? "post-up" : "post-down",
    ...vars,
  };
  return run(router, `/etc/network/${dir}/waymark`, [], env);
}

/** A hook must never fail its caller, nor hold it up: both are errors here. */
async function run(router: Router, file: string, argv: readonly string[], env: Vars): Promise<Outcome> {
  const outcome = await router.exec([file, ...argv], { env, reject: false, timeoutMs: 20_000 });
  if (outcome.code !== 0) throw new Error(`${file} ${argv.join(" ")}: exit ${outcome.code}: ${outcome.err}`);
  return outcome;
}
