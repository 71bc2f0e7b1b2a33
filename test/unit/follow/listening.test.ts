import { describe, expect, it } from "vitest";
import { hasGroups, NETLINK } from "../../../lib/follow/listening.ts";

const TEXT = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
00000000447046d9 0   0          00000000 0        0        0     2        0        9433890
00000000a281d7cc 0   27532      040405d1 0        0        0     2        0        9433907
00000000ffd3a442 0   27533      00000000 0        0        0     2        0        9433913
000000005717c4d8 12  27534      00000140 0        0        0     2        0        9433909
`;

describe("a member of some group", () => {
  const member = (pid: number, protocol: number) => hasGroups(TEXT, pid, protocol);
  it("ip monitor", () => expect(member(27532, NETLINK.route)).toBe(true));
  it("nft monitor", () => expect(member(27534, NETLINK.netfilter)).toBe(true));
  it("a socket without groups is none", () => expect(member(27533, NETLINK.route)).toBe(false));
  it("nor is one of another protocol", () => expect(member(27534, NETLINK.route)).toBe(false));
  it("nor the kernel's own", () => expect(member(0, NETLINK.route)).toBe(false));
});
