import { describe, expect, it } from "vitest";
import { IpSession, LAST_LINE, type Pipes } from "../../../lib/kernel/ip-session.ts";

const ASKED = { all: "address show\nrule show\n", ipv4: "", ipv6: "" };
const BATCH = ["-N", "-j", "-force", "-batch", "-"];
const END =
  '[{"family":"inet","interface":"lo","forwarding":false},{"family":"inet6","interface":"lo","forwarding":false}]\n';
const ADDRESSES = '[{"ifindex":1,"ifname":"lo","addr_info":[]}]\n';

/** Tools that say what they are told to, piece by piece. */
class Fake implements Pipes {
  readonly written: string[] = [];
  said: string[];
  stderr = "";
  left = "";
  readonly words: string[] = [];
  listens = true;
  closed = false;
  constructor(said: readonly string[]) {
    this.said = [...said];
  }
  read = () => this.said.shift() ?? "";
  write = (text: string) => {
    this.written.push(text);
  };
  close = () => {
    this.closed = true;
  };
  complaints = () => this.stderr;
  file = "";
  looked = () => this.file;
  tell = (word: string) => {
    this.words.push(word);
    return this.listens;
  };
  leaveForConntrack = (lines: string) => {
    this.left = lines;
  };
  conntrackSaid = () => "said";
}

const ready = (...more: string[]) => new Fake([`#\n#\n#\n#\n${ADDRESSES}[]\n${END}`, ...more]);
const ip = (input: string) => ({ file: "ip", args: BATCH, input }) as const;
const release = { file: "conntrack", args: ["-R", "-"], input: "-D -m 1\n", inputAsFile: true } as const;

describe("what the front asked", () => {
  it("is the first look", () =>
    expect(new IpSession(ready(), ASKED).look?.said).toEqual({
      all: `${ADDRESSES}[]\n`,
      ipv4: "",
      ipv6: "",
    }));
  it("comes in any pieces", () => {
    const text = `127.64.0.1 there\n#\n4\n#\n6\n#\n#\n${ADDRESSES}[]\n${END}`;
    const session = new IpSession(new Fake([...text]), ASKED);
    expect(session.look?.said).toEqual({ all: `${ADDRESSES}[]\n`, ipv4: "4\n", ipv6: "6\n" });
    expect(session.sign).toBe("127.64.0.1 there\n");
  });
  it("an empty table's bracket before the end is its list", () =>
    expect(new IpSession(new Fake([`#\n#\n#\n#\n[]\n[${END}`]), ASKED).look?.said.all).toBe("[]\n[\n"));
  it.each([[], ["#\n#\n"], ["#\n#\n#\n#\n"], [`#\n#\n#\n#\n${ADDRESSES}`]])(
    "is no look when tools end early: %j",
    (...said) => expect(new IpSession(new Fake(said), ASKED).look).toBe(null),
  );
  it("may lie in a file, where it is long", () => {
    const pipes = new Fake([`#\n#\n#\nfile\n#\n${END}`, `[1]\n${END}`]);
    pipes.file = `${ADDRESSES}[]\n${END}`;
    const session = new IpSession(pipes, ASKED);
    expect(session.look?.said.all).toBe(`${ADDRESSES}[]\n`);
    pipes.stderr = "Command failed -:2\n";
    expect(session.run(ip("rule add x\n"))).toMatchObject({
      stdout: "[1]\n",
      stderr: "Command failed -:1\n",
    });
  });
  it.each([
    ["file", ""],
    ["file", ADDRESSES],
    ["file", "[1"],
    ["none", `${ADDRESSES}[]\n${END}`],
  ])("is no look where the file is not whole, or not new: %s %j", (word, file) => {
    const pipes = new Fake([`#\n#\n#\n${word}\n#\n${END}`]);
    pipes.file = file;
    expect(new IpSession(pipes, ASKED).look).toBe(null);
  });
  it("may be nothing", () => expect(new IpSession(new Fake(["#\n#\n#\n#\n"]), null).look).toBe(null));
});

describe("what the program asks", () => {
  it("is answered up to the end", () => {
    const pipes = ready(`[1]\n${END}`);
    const result = new IpSession(pipes, ASKED).run(ip("rule add x\nrule show\n"));
    expect(result).toEqual({ exitCode: 0, stdout: "[1]\n", stderr: "" });
    expect(pipes.written).toEqual([`rule add x\nrule show\n${LAST_LINE}\n`]);
  });
  it("lines that failed are counted anew", () => {
    const pipes = ready(END);
    pipes.stderr = "old\n";
    const session = new IpSession(pipes, ASKED);
    pipes.stderr += "RTNETLINK answers: File exists\nCommand failed -:5\n";
    expect(session.run(ip("route add a\nroute add b\n"))).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "RTNETLINK answers: File exists\nCommand failed -:2\n",
    });
  });
  it("is run another way once ip has ended", () => {
    const session = new IpSession(ready(), ASKED);
    expect(session.run(ip("rule show\n"))).toBe(null);
    expect(session.run(ip("rule show\n"))).toBe(null);
  });
  it("also when it never began", () => {
    const pipes = new Fake(["#\n#\n#\n#\n#end\n"]);
    const session = new IpSession(pipes, ASKED);
    expect(session.look).toBe(null);
    expect(session.run(ip("rule show\n"))).toBe(null);
    expect(pipes.written).toEqual([]);
  });
  it("so is what is for another tool, family or length", () => {
    const session = new IpSession(ready(END), ASKED);
    expect(session.run({ file: "nft", args: ["-f", "-"], input: "" })).toBe(null);
    expect(session.run({ file: "ip", args: ["-6", ...BATCH], input: "" })).toBe(null);
    expect(session.run(ip("x".repeat(70_000)))).toBe(null);
    expect(session.run(ip("rule show\n"))).not.toBe(null);
  });
});

describe("connections", () => {
  it("are let go when the front is told", () => {
    const pipes = ready("#", "1\n");
    expect(new IpSession(pipes, ASKED).run(release)).toEqual({ exitCode: 1, stdout: "", stderr: "said" });
    expect([pipes.left, pipes.words]).toEqual(["-D -m 1\n", ["release", "go"]]);
  });
  it("which may get ready before", () => {
    const pipes = ready(END, "#0\n");
    const session = new IpSession(pipes, ASKED);
    session.expect(release);
    expect(session.run(ip("rule add x\n"))).toMatchObject({ exitCode: 0 });
    expect(pipes.words).toEqual(["release"]);
    expect(session.run(release)).toMatchObject({ exitCode: 0 });
    expect(pipes.words).toEqual(["release", "go"]);
  });
  it("or stay after all", () => {
    const pipes = ready();
    const session = new IpSession(pipes, ASKED);
    session.expect(release);
    session.end();
    expect(pipes.words).toEqual(["release", "no"]);
    expect(session.run(release)).toBe(null);
  });
  it("another way, if the front does not say so", () =>
    expect(new IpSession(ready(), ASKED).run(release)).toBe(null));
  it("another way, if it does not listen any more", () => {
    const pipes = ready("#0\n");
    pipes.listens = false;
    expect(new IpSession(pipes, ASKED).run(release)).toBe(null);
  });
  it("also when ip has ended", () => {
    const session = new IpSession(ready("#end\n", "#0\n"), ASKED);
    expect(session.run(ip("rule show\n"))).toBe(null);
    expect(session.run(release)).toMatchObject({ exitCode: 0 });
  });
  it("and nothing comes after them: ip ends meanwhile", () => {
    const pipes = ready("#end\n#0\n", END);
    const session = new IpSession(pipes, ASKED);
    expect(session.run(release)).toMatchObject({ exitCode: 0 });
    expect([pipes.closed, session.run(ip("rule show\n")), session.run(release)]).toEqual([true, null, null]);
  });
});

describe("at the end", () => {
  it("ip is let end, and the front is told once", () => {
    const pipes = ready();
    const session = new IpSession(pipes, ASKED);
    session.end();
    session.sayDone();
    expect([pipes.closed, pipes.words]).toEqual([true, ["done"]]);
  });
});
