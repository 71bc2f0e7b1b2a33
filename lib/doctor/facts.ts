/** What the doctor looks at: facts of a machine, read at once, judged afterwards. */

import type { Config } from "../config/types.ts";
import type { Link } from "../kernel/link.ts";
import type { Route } from "../kernel/route.ts";
import type { SeenRule } from "../kernel/rule.ts";
import type { Numbers } from "../plan/marks.ts";
import type { UplinkState } from "../plan/uplink-state.ts";
import type { PacketFilter } from "./packet-filter/model.ts";

/** A network device, with what decides who looks after it. */
export interface Device extends Link {
  /** `info_kind` of `ip -d link`: bridge, veth, wireguard …; null: hardware. */
  readonly kind: string | null;
  /** The bridge or bond that it is a port of. */
  readonly master: string | null;
  readonly wireless: boolean;
}

export interface Process {
  readonly pid: number;
  /** The words that it was started with, or what it calls itself. */
  readonly words: readonly string[];
}

/** A thing in a directory. */
export interface Entry {
  readonly kind: "file" | "directory" | "other";
  /** Permission bits, 0 to 0o7777. */
  readonly mode: number;
  readonly owner: number;
  /** Where it leads, if it is a symbolic link; the rest then tells of what is there. */
  readonly link: string | null;
  /** A link that leads nowhere. */
  readonly dangling: boolean;
}

export interface Neighbour {
  readonly address: string;
  readonly device: string;
  /** Link-layer address. */
  readonly hardware: string;
}

/** The configuration in force, and how its uplinks stand. */
export interface House {
  readonly config: Config;
  readonly numbers: Numbers;
  readonly uplinks: readonly UplinkState[];
}

/** What Waymark says of itself. */
export interface Self {
  /** What is wrong with the file; null: nothing, or there is none. */
  readonly configError: string | null;
  /** There is a configuration file. */
  readonly configured: boolean;
  /** Something of it is in the kernel. */
  readonly applied: boolean;
  /** `waymark stop` is in force. */
  readonly stopped: boolean;
  /** Lines that `apply` would give to `ip` and `nft` now. */
  readonly drift: readonly string[];
  readonly lastErrors: readonly string[];
  /** Modification time of the configuration in milliseconds since 1970; null: there is no file. */
  readonly configTime: number | null;
}

export interface Versions {
  /** Of the node that runs this, `18.20.4`. */
  readonly node: string;
  readonly kernel: string;
  /** What the tools say of themselves; null: not installed. */
  readonly ip: string | null;
  readonly nft: string | null;
  readonly conntrack: string | null;
  readonly networkManager: string | null;
}

export interface Facts {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly house: House | null;
  readonly self: Self;
  readonly versions: Versions;
  readonly devices: readonly Device[];
  /** Of main and of the tables that other programs' rules name. */
  readonly routes: readonly Route[];
  /** Both families, everybody's. */
  readonly rules: readonly SeenRule[];
  readonly neighbours: readonly Neighbour[];
  /** Other programs'; null: it could not be read. */
  readonly filter: PacketFilter | null;
  /** Below /proc/sys, by path, without the line end. */
  readonly settings: Readonly<Record<string, string>>;
  /** Text of files by path; a path that is not here is not there, or cannot be read. */
  readonly files: Readonly<Record<string, string>>;
  readonly entries: Readonly<Record<string, Entry>>;
  /** Those in this network namespace. */
  readonly processes: readonly Process[];
  /** States of devices as NetworkManager tells them (`connected`, `unmanaged` …); null: it does not run. */
  readonly networkManager: Readonly<Record<string, string>> | null;
}
