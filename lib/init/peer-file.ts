/** Files below /etc/ppp/peers: which of them dial a provider, and over what. */

import type { Peer } from "./facts.ts";

/** Names of templates and of other programs' files. */
const NOT_OURS = ["wvdial", "wvdial-pipe", "README", "chap", "pap"];

/**
 * Reads one such file; pppd(8) tells the format.
 * @returns null if it dials nobody: a template, a fragment, an editor's copy
 */
export function readPeer(name: string, text: string): Peer | null {
  if (NOT_OURS.includes(name) || !/^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/.test(name)) return null;
  if (/\.(dpkg-\w+|bak|old|orig|save)$/.test(name) || name.includes("..")) return null;
  // Debian's template `provider` has these in place of the account and the number.
  if (/\*{6,}|myusername@realm/.test(text)) return null;
  // The template `dsl-provider` of the package pppoe has the account in a comment, as long as nobody has put in his.
  if (/^#user myusername@myprovider\.net/m.test(text) && !/^\s*user\s/m.test(text)) return null;
  const lines = text.split("\n").map((line) => line.replace(/(^|\s)#.*$/, "").trim());
  const words = lines.flatMap((line) => (line === "" ? [] : line.split(/\s+/)));
  const overEthernet = words.some((word) => /(^|\/)(rp-)?pppoe(\.so)?$|^pppoa/.test(word));
  const plugin = words.includes("plugin");
  const dials = words.some((word) => /^(\/dev\/)?tty[A-Za-z]+\d*$/.test(word) || word === "connect");
  const pty = words.includes("pty");
  if (!overEthernet && !plugin && !dials && !pty) return null;
  const device =
    words.find((word) => /^nic-/.test(word))?.slice(4) ?? words.find((word) => /^(eth|en)\w+$/.test(word));
  return {
    name,
    medium: overEthernet || (!dials && /pppo[ea]/.test(text)) ? "dsl" : "modem",
    over: overEthernet ? (device ?? null) : null,
  };
}
