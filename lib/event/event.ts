/** What a caller (pppd, ifplugd, ifupdown, NetworkManager, a DHCP client) told: a wake-up and some facts, never an order. */

export type EventSource =
  | "ppp-ip-up"
  | "ppp-ip-down"
  | "ifplugd"
  | "ifupdown"
  | "nm-dispatcher"
  | "dhclient"
  | "dhcpcd";

/** Facts that the kernel does not hold. Every field is parsed: an address is canonical or it is null. */
export interface Facts {
  /** Names under which the PPP session may stand in the configuration: /etc/ppp/peers name, linkname, ipparam. */
  readonly peerNames: readonly string[];
  /** Process of the pppd that speaks; pairs its up with its down. */
  readonly pppdPid: number | null;
  /** Local address the caller spoke of; the kernel may have another by now. */
  readonly local4: string | null;
  readonly local6: string | null;
  /** The far end of a point-to-point link, or the gateway of a lease. */
  readonly gateway4: string | null;
  readonly gateway6: string | null;
  /** Name servers, canonical addresses, at most 8. */
  readonly dns: readonly string[];
}

export interface LinkEvent {
  readonly source: EventSource;
  readonly kind: "up" | "down" | "change";
  /** The kernel's interface name; null: something that may concern every uplink. */
  readonly interface: string | null;
  readonly facts: Facts;
}

/** Why an invocation needs nothing done. */
export interface Ignored {
  readonly ignore: string;
}

/** argv without interpreter and script; the environment variables that the hook's shell front let through. */
export type ParseEvent = (
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
) => LinkEvent | Ignored;

export const NO_FACTS: Facts = {
  peerNames: [],
  pppdPid: null,
  local4: null,
  local6: null,
  gateway4: null,
  gateway6: null,
  dns: [],
};
