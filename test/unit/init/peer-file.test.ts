import { describe, expect, it } from "vitest";
import { readPeer } from "../../../lib/init/peer-file.ts";

const GSM =
  '# a modem\n/dev/ttyUSB0 115200\nconnect "/usr/sbin/chat -v -f /etc/chatscripts/gsm"\nnodefaultroute\n';
const DSL = 'noipdefault\nplugin rp-pppoe.so eth1\nuser "me"\n';

describe("a file of /etc/ppp/peers", () => {
  it("a modem's", () => expect(readPeer("gsm", GSM)).toEqual({ name: "gsm", medium: "modem", over: null }));
  it("PPPoE", () =>
    expect(readPeer("dsl-provider", DSL)).toEqual({ name: "dsl-provider", medium: "dsl", over: "eth1" }));
  it("PPPoE with nic-", () => expect(readPeer("d", "plugin pppoe.so\nnic-enp3s0\n")?.over).toBe("enp3s0"));
  it("PPPoE through a pty", () =>
    expect(readPeer("d", 'pty "/usr/sbin/pppoe -I eth1 -T 80"\n')).toMatchObject({ medium: "dsl" }));
  it("Debian's template", () =>
    expect(readPeer("provider", 'user "myusername@realm"\nconnect x\n')).toBe(null));
  it("the template of the package pppoe", () =>
    expect(readPeer("dsl-provider", '#user myusername@myprovider.net\npty "/usr/sbin/pppoe -I eth0"\n')).toBe(
      null,
    ));
  it("that template with an account", () =>
    expect(readPeer("dsl-provider", `#user myusername@myprovider.net\n${DSL}`)?.over).toBe("eth1"));
  it("a template filled in", () => expect(readPeer("provider", GSM)?.name).toBe("provider"));
  it("wvdial's", () => expect(readPeer("wvdial", GSM)).toBe(null));
  it("a fragment that dials nobody", () => expect(readPeer("common", "noauth\nusepeerdns\n")).toBe(null));
  it("what only a comment says", () =>
    expect(readPeer("x", "# plugin rp-pppoe.so eth0\nnoauth\n")).toBe(null));
  it("a copy", () => expect(readPeer("gsm.bak", GSM)).toBe(null));
  it("a name that cannot be a peer", () => expect(readPeer('g"m', GSM)).toBe(null));
});
