import { describe, expect, it } from "vitest";
import { examine } from "../../../lib/doctor/examine.ts";
import {
  edit,
  type Finding,
  note,
  run,
  type Severity,
  shellWord,
  sorted,
  write,
} from "../../../lib/doctor/finding.ts";
import { reportOf } from "../../../lib/doctor/report.ts";
import { findingsText } from "../../../lib/doctor/text.ts";
import { device, enabled, entry, facts, ids, process, twoUplinks, WATCH } from "./support.ts";

const finding = (severity: Severity, how: Partial<Finding> = {}): Finding => ({
  id: "x",
  severity,
  title: "a title",
  found: ["a fact"],
  why: "a reason",
  remedy: [],
  ...how,
});

describe("a machine", () => {
  const devices = [device("eth0", {}, ["192.168.1.5/24"]), device("usb0", {}, ["192.168.42.20/24"])];
  const well = facts({
    house: twoUplinks(),
    devices,
    entries: { ...enabled("waymark.service"), "/usr/lib/systemd/system/waymark.service": entry() },
    files: { "/etc/resolv.conf": "nameserver 9.9.9.9\n" },
    processes: [WATCH],
  });

  it("that is well", () => expect(examine(well)).toEqual([]));
  it("of which nothing is known is no sick one", () => expect(ids(examine(facts()))).toEqual([]));
  it("with several troubles, the worst first", () => {
    const ill = {
      ...well,
      processes: [process("/lib/systemd/systemd-networkd")],
      self: { ...well.self, drift: ["ip rule add"] },
    };
    expect(ids(examine(ill))).toEqual([
      "error not-as-planned",
      "warning carrier-unwatched",
      "warning networkd-deletes-rules",
    ]);
  });
});

describe("a report", () => {
  it("is healthy without findings", () => expect(reportOf([])).toEqual({ healthy: true, findings: [] }));
  it("is healthy with warnings", () =>
    expect(reportOf([finding("warning"), finding("note")]).healthy).toBe(true));
  it("is not with an error", () => expect(reportOf([finding("note"), finding("error")]).healthy).toBe(false));
  it("keeps the order of one severity", () =>
    expect(
      sorted([
        finding("note"),
        finding("warning", { id: "1" }),
        finding("error"),
        finding("warning", { id: "2" }),
      ]).map(({ id, severity }) => `${severity} ${id}`),
    ).toEqual(["error x", "warning 1", "warning 2", "note x"]));
});

describe("text", () => {
  it("says that nothing was found", () =>
    expect(findingsText([], false)).toBe("nothing here works against Waymark\n"));
  it("says what, where, why and what to do", () => {
    const remedy = [
      write("/etc/x.conf", "[A]\nb=1\n"),
      edit("/etc/y", "old", "new"),
      edit("/etc/z", "gone", null),
      run("systemctl restart x"),
      note("and look"),
    ];
    expect(findingsText([finding("error", { remedy, found: ["one", "two"] })], false)).toBe(
      `error: a title [x]
  found  one
         two
  why    a reason
  do     write /etc/x.conf:
             [A]
             b=1
         in /etc/y replace:
             old
         with:
             new
         in /etc/z take out:
             gone
         sudo systemctl restart x
         and look

1 error
`,
    );
  });
  it("counts", () =>
    expect(findingsText([finding("warning"), finding("warning"), finding("note")], false)).toMatch(
      /\n\n2 warnings, 1 note; nothing breaks the routing\n$/,
    ));
  it("is coloured for a terminal only", () => {
    expect(findingsText([finding("error")], false)).not.toContain("\u001b");
    expect(findingsText([finding("error")], true)).toContain("\u001b[31merror:");
  });
  it("lets no found text steer the terminal", () => {
    const evil = "a\u001b[2Jb\nerror: forged";
    const text = findingsText(
      [finding("note", { title: evil, found: [evil], why: evil, remedy: [run(evil), write(evil, evil)] })],
      false,
    );
    expect(text).not.toContain("\u001b");
    expect(text.split("\n").filter((line) => line.startsWith("error"))).toEqual([]);
  });
});

describe("a word for the shell", () => {
  it.each([
    ["eth0", "eth0"],
    ["/etc/ppp/ip-up.d/x", "/etc/ppp/ip-up.d/x"],
    ["net.ipv4.conf.eth0.20.rp_filter", "net.ipv4.conf.eth0.20.rp_filter"],
    ["a b", "'a b'"],
    ["$(reboot)", "'$(reboot)'"],
    ["a'b", "'a'\\''b'"],
    ["", "''"],
    [";x", "';x'"],
  ])("%s: %s", (text, word) => expect(shellWord(text)).toBe(word));
});
