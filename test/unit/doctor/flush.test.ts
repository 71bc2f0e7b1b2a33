import { describe, expect, it } from "vitest";
import { flush } from "../../../lib/doctor/findings/flush.ts";
import { commands, enabled, entry, facts, ids, WATCH } from "./support.ts";

const files = { "/etc/nftables.conf": "#!/usr/sbin/nft -f\n\nflush ruleset\n\ntable inet filter {\n}\n" };
const FOLLOWS = { "/etc/systemd/system/nftables.service.wants/waymark.service": entry() };
const ON = enabled("nftables.service");

describe("flush ruleset in /etc/nftables.conf", () => {
  it("is no matter while the service is off", () => expect(flush(facts({ files }))).toEqual([]));
  it("is no matter where it is not", () =>
    expect(
      flush(facts({ entries: ON, files: { "/etc/nftables.conf": "#flush ruleset\ntable inet x\n" } })),
    ).toEqual([]));
  it("takes Waymark's table along", () => {
    const found = flush(facts({ files, entries: ON }));
    expect(ids(found)).toEqual(["warning ruleset-flushed"]);
    expect(commands(found)).toEqual(["systemctl enable --now waymark.service"]);
    expect(found[0]?.found[0]).toBe("/etc/nftables.conf:3: flush ruleset");
  });
  it("is harmless with the service", () =>
    expect(ids(flush(facts({ files, entries: { ...ON, ...FOLLOWS } })))).toEqual(["note ruleset-flushed"]));
  it("is harmless with watch", () =>
    expect(ids(flush(facts({ files, entries: ON, processes: [WATCH] })))).toEqual(["note ruleset-flushed"]));
});
