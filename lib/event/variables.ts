/** Which variables of its caller a hook lets through to Node; all others stay outside, NODE_OPTIONS first of all. */

import type { EventSource } from "./event.ts";

const PPP = [
  "PPP_IFACE",
  "IFNAME",
  "PPP_LOCAL",
  "PPP_REMOTE",
  "PPP_IPPARAM",
  "IPLOCAL",
  "IPREMOTE",
  "LLLOCAL",
  "LLREMOTE",
  "CALL_FILE",
  "LINKNAME",
  "DNS1",
  "DNS2",
  "PPPD_PID",
];

/** The variables that each source's parser reads, no more and no fewer. */
export const HOOK_VARIABLES: Record<EventSource, readonly string[]> = {
  "ppp-ip-up": PPP,
  "ppp-ip-down": PPP,
  ifplugd: [],
  ifupdown: [
    "IFACE",
    "MODE",
    "PHASE",
    "ADDRFAM",
    "METHOD",
    "IF_GATEWAY",
    "IF_DNS_NAMESERVERS",
    "IF_DNS_NAMESERVER",
  ],
  "nm-dispatcher": [
    "DEVICE_IP_IFACE",
    "DEVICE_IFACE",
    "IP4_ADDRESS_0",
    "IP4_GATEWAY",
    "IP4_NAMESERVERS",
    "IP6_ADDRESS_0",
    "IP6_ADDRESS_1",
    "IP6_GATEWAY",
    "IP6_NAMESERVERS",
    "DHCP4_ROUTERS",
    "DHCP4_RFC3442_CLASSLESS_STATIC_ROUTES",
    "DHCP4_DOMAIN_NAME_SERVERS",
    "VPN_IP_IFACE",
    "VPN_IP4_ADDRESS_0",
    "VPN_IP4_GATEWAY",
    "VPN_IP4_NAMESERVERS",
    "VPN_IP6_ADDRESS_0",
    "VPN_IP6_ADDRESS_1",
    "VPN_IP6_GATEWAY",
    "VPN_IP6_NAMESERVERS",
  ],
};
