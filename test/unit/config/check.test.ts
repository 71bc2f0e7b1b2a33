import { describe, expect, it } from "vitest";
import type { Check } from "../../../lib/config/types.ts";
import { configOf, problemsOf } from "./reading.ts";

const UPLINK = '[uplink.a]\ninterface = "eth0"\n';
const TARGETS = 'targets = ["1.1.1.1", "9.9.9.9"]\n';
const checkOf = (text: string) => configOf(text).uplinks[0]?.check;
const named = (check: Check | null | undefined) => check?.targets.map(({ name }) => name);

describe("what a check says", () => {
  const says = (keys: string, expected: Partial<Check>) =>
    it(keys.replaceAll("\n", ", "), () =>
      expect(checkOf(`[check]\n${TARGETS}${keys}\n${UPLINK}`)).toMatchObject(expected),
    );

  it("defaults", () =>
    expect(checkOf(`[check]\n${TARGETS}${UPLINK}`)).toEqual({
      method: "ping",
      targets: [
        { name: "1.1.1.1", family: 4, host: "1.1.1.1", port: null },
        { name: "9.9.9.9", family: 4, host: "9.9.9.9", port: null },
      ],
      interval: 1000,
      timeout: 1000,
      downAfter: 3,
      upAfter: 5,
      quorum: 1,
      window: 20,
      maxLoss: null,
      maxLatency: null,
      downLoss: null,
      downLatency: null,
      expect: null,
      keyword: null,
      query: null,
    }));
  it("nothing without a table", () => expect(checkOf(UPLINK)).toBeNull());
  it("one target without a list", () =>
    expect(named(checkOf(`check.targets = "1.1.1.1"\n${UPLINK}`))).toEqual(["1.1.1.1"]));

  says('interval = "200ms"', { interval: 200 });
  says('interval = "1h"', { interval: 3_600_000 });
  says('timeout = "2.5s"', { timeout: 2500 });
  says("down_after = 1\nup_after = 100", { downAfter: 1, upAfter: 100 });
  says("quorum = 2", { quorum: 2 });
  says("window = 100", { window: 100 });
  says('max_loss = "20%"\ndown_loss = "20%"', { maxLoss: 0.2, downLoss: 0.2 });
  says('max_latency = "400ms"\ndown_latency = "2s"', { maxLatency: 400, downLatency: 2000 });
  says('down_latency = "400ms"', { maxLatency: null, downLatency: 400 });

  const http = (keys: string, expected: Partial<Check>) =>
    it(`http, ${keys}`, () =>
      expect(
        checkOf(`[check]\nmethod = "http"\ntargets = "http://x.example/"\n${keys}\n${UPLINK}`),
      ).toMatchObject(expected));
  http("", { expect: 204, keyword: null, query: null });
  http('keyword = "success"', { expect: 200, keyword: "success" });
  http('keyword = "success"\nexpect = 203', { expect: 203 });
  it("dns asks for the root", () =>
    expect(checkOf(`[check]\nmethod = "dns"\n${TARGETS}${UPLINK}`)).toMatchObject({
      query: ".",
      expect: null,
    }));
  it("or for a name", () =>
    expect(checkOf(`[check]\nmethod = "dns"\nquery = "Example.org"\n${TARGETS}${UPLINK}`)).toMatchObject({
      query: "example.org",
    }));
});

describe("the check of one uplink", () => {
  const shared = `[check]\n${TARGETS}interval = "2s"\nquorum = 2\n`;
  it("is that of all", () =>
    expect(checkOf(`${shared}${UPLINK}`)).toMatchObject({ interval: 2000, quorum: 2 }));
  it("overrides it key by key", () =>
    expect(checkOf(`${shared}${UPLINK}check.interval = "3s"`)).toMatchObject({ interval: 3000, quorum: 2 }));
  it("has targets of its own", () =>
    expect(named(checkOf(`${shared}${UPLINK}[uplink.a.check]\nquorum = 1\ntargets = ["8.8.8.8"]`))).toEqual([
      "8.8.8.8",
    ]));
  it("stands alone", () =>
    expect(named(checkOf(`${UPLINK}[uplink.a.check]\n${TARGETS}`))).toEqual(["1.1.1.1", "9.9.9.9"]));
  it("false switches it off", () => expect(checkOf(`${shared}${UPLINK}check = false`)).toBeNull());
  it("and only there", () =>
    expect(
      configOf(`${shared}${UPLINK}check = false\n[uplink.b]\npeer = "b"`).uplinks.map(
        ({ check }) => check?.interval,
      ),
    ).toEqual([undefined, 2000]));
  it("what all share may be incomplete if each completes it", () =>
    expect(checkOf(`check.interval = "2s"\n${UPLINK}[uplink.a.check]\n${TARGETS}`)).toMatchObject({
      interval: 2000,
    }));
  it("is plain data", () => {
    const config = configOf(`${shared}${UPLINK}`);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });
});

describe("what is wrong with a check", () => {
  const wrong = (text: string, ...expected: string[]) =>
    it(text.replaceAll("\n", ", "), () => expect(problemsOf(text)).toEqual(expected));
  /** One key on line 3. */
  const key = (line: string, expected: string) =>
    wrong(`[check]\n${TARGETS}${line}\n${UPLINK}`, `w:3:${expected}`);

  key(
    'method = "pnig"',
    '10: [check] method: found "pnig", expected "ping", "tcp", "dns" or "http"; did you mean "ping"?',
  );
  key(
    "interval = 1",
    '12: [check] interval: found 1, expected a duration from "100ms" to "1h"; did you mean "1s"?',
  );
  key('interval = "99ms"', '12: [check] interval: found "99ms", expected a duration from "100ms" to "1h"');
  key('timeout = "2m"', '11: [check] timeout: found "2m", expected a duration from "50ms" to "1m"');
  key("down_after = 0", "14: [check] down_after: found 0, expected a whole number from 1 to 100");
  key("up_after = 101", "12: [check] up_after: found 101, expected a whole number from 1 to 100");
  key("quorum = 3", "10: [check] quorum: found 3, expected at most the number of targets, 2");
  key("window = 4", "10: [check] window: found 4, expected a whole number from 5 to 100");
  key(
    "max_loss = 20",
    '12: [check] max_loss: found 20, expected a share from "0%" to "100%"; did you mean "20%"?',
  );
  key('max_latency = "0s"', '15: [check] max_latency: found "0s", expected a duration from "1ms" to "1m"');
  key('max_latency = "2s"', '15: [check] max_latency: found "2s", expected at most the timeout, "1s"');
  key('timeout = "11s"', '11: [check] timeout: found "11s", expected at most 10 intervals of "1s"');
  key("expect = 200", '1: [check]: found expect, which is for method = "http" only; remove it');
  key('keyword = "x"', '1: [check]: found keyword, which is for method = "http" only; remove it');
  key('query = "x"', '1: [check]: found query, which is for method = "dns" only; remove it');
  key('intervall = "1s"', '1: [check]: unknown key "intervall"; did you mean "interval"?');

  wrong(
    `[check]\nmax_loss = "20%"\ndown_loss = "7%"\nmax_latency = "90ms"\ndown_latency = "80ms"\n${TARGETS}${UPLINK}`,
    'w:3:13: [check] down_loss: found "7%", expected at least max_loss, "20%"',
    'w:5:16: [check] down_latency: found "80ms", expected at least max_latency, "90ms"',
  );
  wrong(`check = 3\n${UPLINK}`, "w:1:9: [check]: found 3, expected a table");
  wrong(
    `${UPLINK}check = true`,
    "w:3:9: [uplink.a.check]: found true, expected a table, or false: not checked",
  );
  wrong(
    `[check]\n${UPLINK}`,
    'w:1:2: [check]: no targets; expected whom to ask, such as targets = ["1.1.1.1"]',
  );
  wrong(
    `${UPLINK}[uplink.a.check]\nmethod = "tcp"`,
    'w:3:11: [uplink.a.check]: no targets; expected whom to ask, such as targets = ["1.1.1.1:443"]',
  );
  wrong(
    `check.targets = []\n${UPLINK}`,
    "w:1:17: [check] targets: found an empty list, expected at least one element",
  );
  wrong(`check.targets = [1]\n${UPLINK}`, "w:1:18: [check] targets: found 1, expected a list of targets");
  wrong(
    `check.targets = ["1.1.1.1", "1.1.1.1"]\n${UPLINK}`,
    'w:1:29: [check] targets: found "1.1.1.1" a second time, expected each target once',
  );
  wrong(
    `check.targets = [${Array.from({ length: 9 }, (_, n) => `"192.0.2.${n}"`)}]\n${UPLINK}`,
    "w:1:17: [check] targets: found 9 targets, expected at most 8",
  );
  wrong(
    `[check]\nmethod = "http"\nexpect = 600\nkeyword = "a\\nb"\ntargets = "http://x.example/"\n${UPLINK}`,
    "w:3:10: [check] expect: found 600, expected a whole number from 100 to 599",
    'w:4:11: [check] keyword: found "a\\u000ab", expected text of 1 to 200 characters on one line',
  );
  wrong(
    `[check]\nmethod = "dns"\nquery = "a b"\n${TARGETS}${UPLINK}`,
    'w:3:9: [check] query: found "a b", expected a name to look up, such as "example.org", or "." for the root',
  );

  it("a mistake that many uplinks share is told once", () =>
    expect(problemsOf(`check.quorum = 2\ncheck.targets = "x"\n${UPLINK}[uplink.b]\npeer = "b"`)).toHaveLength(
      1,
    ));
  it("an uplink that makes another's table wrong is named", () =>
    expect(
      problemsOf(`check.timeout = "5s"\ncheck.targets = "1.1.1.1"\n${UPLINK}check.interval = "100ms"`),
    ).toEqual([
      'w:1:17: [check] timeout: found "5s", expected at most 10 intervals of "100ms" ([uplink.a.check] interval = "100ms")',
    ]));
  it("so is one with another method", () =>
    expect(problemsOf(`check.targets = "1.1.1.1"\n${UPLINK}check.method = "tcp"`)).toEqual([
      'w:1:17: [check] targets: found "1.1.1.1", expected an IP address with a port, such as "1.1.1.1:443" or "[2606:4700:4700::1111]:443" ([uplink.a.check] method = "tcp")',
    ]));
  it("a key for another method is no mistake in the shared table if somebody has that method", () =>
    expect(
      problemsOf(
        `check.query = "x"\ncheck.targets = "1.1.1.1"\n${UPLINK}check.method = "dns"\n[uplink.b]\npeer = "b"`,
      ),
    ).toEqual([]));
  it("in an uplink's own it is", () =>
    expect(problemsOf(`${UPLINK}[uplink.a.check]\n${TARGETS}query = "x"`)).toEqual([
      'w:5:1: [uplink.a.check]: found query, which is for method = "dns" only; remove it',
    ]));
});
