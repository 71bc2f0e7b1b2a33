/**
 * Whether this is a name for a network interface that Waymark handles: 1 to 15 letters, digits, `_`, `.`, `-`, not
 * beginning with `.` or `-`. The kernel takes more (net/core/dev.c, dev_valid_name), but such names end up in the
 * input of `ip -batch` and `nft`, where `#`, quotes and braces mean something; `all` and `default` are not devices
 * below /proc/sys/net/ipv4/conf.
 */
export function isInterfaceName(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(text) && text !== "all" && text !== "default";
}
