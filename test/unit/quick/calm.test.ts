import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { type CalmEvent, calmScript, eventWord, seenScript, withDirectory } from "../../../lib/quick/calm.ts";

const directory = mkdtempSync(join(tmpdir(), "waymark-calm-"));
afterAll(() => rmSync(directory, { recursive: true }));

const NOTHING = { all: "", ipv4: "", ipv6: "" };
const address = (life: number | string) =>
  `[{"local":"192.0.2.5","valid_life_time":${life},"preferred_life_time":${life}}]\n`;

/** Whether the front's bash takes what it sees for what was there. */
function isSeen(script: string, look: string): boolean {
  const path = join(directory, "seen");
  writeFileSync(path, script);
  const done = spawnSync("bash", ["--norc", "-c", `. ${path}`], { env: { PATH: process.env.PATH, look } });
  expect(done.stderr.toString()).toBe("");
  return done.status === 0;
}

/** As the front puts it together: `$(…)` takes the last line end. */
const shown = (all: string, ipv6 = "") => `${all}#\n#\n${ipv6}#`;

describe("what is compared of a look", () => {
  const script = seenScript({ ...NOTHING, all: address(600) }, {}, []);
  it("is the same text", () => expect(isSeen(script, shown(address(600)))).toBe(true));
  it("does not run down by itself", () => expect(isSeen(script, shown(address(7)))).toBe(true));
  it("a lifetime is a number", () => expect(isSeen(script, shown(address('7,"x":1')))).toBe(false));
  it("nothing may stand before it", () => expect(isSeen(script, `x${shown(address(600))}`)).toBe(false));
  it("nor behind it", () => expect(isSeen(script, `${shown(address(600))}x`)).toBe(false));
  it("neither do routes that routers announce", () => {
    const route = (life: number) => `[{"dst":"default","expires":${life},"flags":[]}]\n`;
    expect(isSeen(seenScript({ ...NOTHING, all: route(1799) }, {}, []), shown(route(2)))).toBe(true);
  });
  it("tells addresses apart", () =>
    expect(isSeen(script, shown(address(600).replace(".5", ".6")))).toBe(false));
  it("tells the families apart", () => {
    expect(isSeen(seenScript({ ...NOTHING, ipv6: "[]\n" }, {}, []), shown("", "[]\n"))).toBe(true);
    expect(isSeen(seenScript({ ...NOTHING, ipv6: "[]\n" }, {}, []), shown("[]\n"))).toBe(false);
  });
  it.each(["a'b", "*", "[a-z]", "$(touch /tmp/no)", "\\", '"', "a\nb", "?", "+([0-9])", "`x`", "!(x)"])(
    "means nothing to the shell: %j",
    (text) => {
      const strange = seenScript({ ...NOTHING, all: `${text}\n` }, {}, []);
      expect(isSeen(strange, shown(`${text}\n`))).toBe(true);
      expect(isSeen(strange, shown("a\n"))).toBe(false);
    },
  );
});

describe("what else must be as it was", () => {
  const setting = join(directory, "setting");
  const script = seenScript(NOTHING, { [setting]: "1" }, []);
  it("a setting", () => {
    writeFileSync(setting, "1\n");
    expect(isSeen(script, shown(""))).toBe(true);
  });
  it("a setting of another value", () => {
    writeFileSync(setting, "0\n");
    expect(isSeen(script, shown(""))).toBe(false);
  });
  it("a file that is older", () => {
    const file = join(directory, "prefixes");
    writeFileSync(file, "");
    const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    utimesSync(file, past, past);
    utimesSync(directory, past, past);
    const files = seenScript(NOTHING, {}, [file]);
    writeFileSync(join(directory, "seen"), "");
    utimesSync(directory, past, past);
    expect(isSeen(files, shown(""))).toBe(true);
    utimesSync(file, future, future);
    expect(isSeen(files, shown(""))).toBe(false);
    rmSync(file);
  });
  it("a file's directory tells that it was replaced", () =>
    expect(["/etc/x/nets", "/nets"].map(withDirectory)).toEqual([
      ["/etc/x/nets", "/etc/x"],
      ["/nets", "/"],
    ]));
});

describe("events that had nothing to do", () => {
  const calmOf = (events: Record<string, CalmEvent>, event: string, glances: Record<string, string> = {}) => {
    const done = spawnSync("sh", ["-c", `calm=\n${calmScript(events, glances)}printf %s "$calm"`], {
      env: { PATH: process.env.PATH, event },
    });
    expect(done.stderr.toString()).toBe("");
    return done.stdout.toString();
  };
  const any = (name: string, device: string | null = null) => ({ name, device });
  const word = eventWord("ifplugd\n@eth0\0@up\0IFPLUGD_CURRENT=up\0.\0");
  it("are told word for word", () => expect(word).toBe("ifplugd\n@eth0\n@up\nIFPLUGD_CURRENT=up"));
  it("by their names", () =>
    expect(calmOf({ [word]: any("ifplugd eth0 up") }, word)).toBe("ifplugd eth0 up"));
  it("and no others", () => expect(calmOf({ [word]: any("ifplugd eth0 up") }, `${word}x`)).toBe(""));
  it("nor patterns of them", () => expect(calmOf({ "*": any("any") }, "ifplugd")).toBe(""));
  it("whatever they contain", () => expect(calmOf({ "a'$(id)\nb": any("it's") }, "a'$(id)\nb")).toBe("it's"));
  it("of none, none", () => expect(calmOf({}, "x")).toBe(""));
  it("of a device that looks the same", () => {
    expect(calmOf({ x: any("lo up", "lo") }, "x", { lo: "1 1 " })).toBe("lo up");
    expect(calmOf({ x: any("none up", "none") }, "x", { none: "  " })).toBe("none up");
  });
  it("not of one that looks different", () => {
    expect(calmOf({ x: any("lo up", "lo") }, "x", { lo: "1 0 " })).toBe("");
    expect(calmOf({ x: any("none up", "none") }, "x", { none: "7 1 " })).toBe("");
    expect(calmOf({ x: any("lo up", "lo") }, "x", { lo: "  " })).toBe("");
  });
});
