import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkout, makeCheckout, REPOSITORY, runProgram } from "./checkout.ts";

let checkout: Checkout;
beforeAll(() => {
  checkout = makeCheckout();
  runProgram("mkdir", ["-p", join(checkout.root, "etc/ifplugd/action.d")]);
  checkout.installBelowRoot();
});
afterAll(() => checkout.remove());

const has = (program: string) => runProgram("sh", ["-c", `command -v ${program}`]).status === 0;
/** A test that needs a program: skipped without it, except where everything must be there. */
const itNeeds = (program: string, title: string, test: () => void) =>
  it.skipIf(!has(program) && process.env.CI !== "true")(`${title} (${program})`, test);
const packaging = (name: string) => join(REPOSITORY, "packaging", name);

describe("the installed hooks", () => {
  it.each([
    "etc/ppp/ip-up.d",
    "etc/ppp/ip-down.d",
    "etc/ppp/ipv6-up.d",
    "etc/ppp/ipv6-down.d",
    "etc/ifplugd/action.d",
    "etc/network/if-up.d",
    "etc/network/if-post-down.d",
  ])("are what run-parts runs in /%s", (directory) => {
    const path = join(checkout.root, directory);
    expect(runProgram("run-parts", ["--test", path]).stdout).toBe(`${path}/waymark\n`);
  });

  it("are what NetworkManager runs: a regular file of its own user's, executable, writable by nobody else", () => {
    const hook = statSync(join(checkout.root, "etc/NetworkManager/dispatcher.d/90-waymark"));
    expect(hook.isFile()).toBe(true);
    expect(hook.uid).toBe(process.getuid?.());
    expect(hook.mode & 0o7777).toBe(0o755);
  });
});

describe("install.sh", () => {
  itNeeds("shellcheck", "has no fault that shellcheck knows", () => {
    expect(runProgram("shellcheck", [join(REPOSITORY, "install.sh")])).toMatchObject({
      status: 0,
      stdout: "",
    });
  });

  itNeeds("dash", "is POSIX sh", () => {
    expect(runProgram("dash", ["-n", join(REPOSITORY, "install.sh")])).toMatchObject({
      status: 0,
      stderr: "",
    });
  });
});

describe("bash completion", () => {
  const complete = (line: string) => {
    const script = `
      . ${packaging("bash-completion")}
      read -ra COMP_WORDS <<<"${line}x"
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      COMP_WORDS[COMP_CWORD]=\${COMP_WORDS[COMP_CWORD]%x}
      _waymark_uplinks() { printf '%s\\n' adsl lte; }
      _waymark
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    return runProgram("bash", ["-euc", script]).stdout.trim().split("\n");
  };

  it("parses", () => {
    expect(runProgram("bash", ["-n", packaging("bash-completion")])).toMatchObject({ status: 0, stderr: "" });
  });
  itNeeds("shellcheck", "has no fault that shellcheck knows", () => {
    expect(runProgram("shellcheck", ["-s", "bash", packaging("bash-completion")]).stdout).toBe("");
  });
  it("knows the verbs", () => expect(complete("waymark st")).toEqual(["status", "stop"]));
  it("knows the uplinks", () => expect(complete("waymark drain l")).toEqual(["lte"]));
  it("knows whom a command can use", () => expect(complete("waymark use l")).toEqual(["lte"]));
  it("leaves the command's words to the command", () =>
    expect(complete("waymark use lte /bin/ech")).toContain("/bin/echo"));
  it("knows the past", () => expect(complete("waymark events --s")).toEqual(["--since"]));
  it("knows the options", () => expect(complete("waymark explain 192.0.2.1 --i")).toEqual(["--iif"]));

  it("finds the uplinks of a configuration", () => {
    const source = readFileSync(packaging("bash-completion"), "utf8");
    checkout.write(
      "toml",
      "[uplink.adsl]\n  [ uplink.lte-2 ]\n#[uplink.no]\n[uplink.adsl.check]\n[router]\n",
    );
    checkout.write(
      "completion",
      source.replace("/etc/waymark/waymark.toml", join(checkout.directory, "toml")),
    );
    const { stdout } = runProgram("bash", [
      "-c",
      `. ${join(checkout.directory, "completion")}; _waymark_uplinks`,
    ]);
    expect(stdout).toBe("adsl\nlte-2\n");
  });
});

describe.each(["waymark.8", "waymark.toml.5"])("man page %s", (page) => {
  itNeeds("man", "renders without a warning", () => {
    const { status, stderr } = runProgram(
      "man",
      ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", packaging(page)],
      { LC_ALL: "C.UTF-8", MANROFFSEQ: "", MANWIDTH: "80" },
    );
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });

  itNeeds("lexgrog", "has a line for apropos", () => {
    expect(runProgram("lexgrog", [packaging(page)]).stdout).toContain(" - ");
  });
});

describe("waymark.8", () => {
  it("has every verb of the completion", () => {
    const verbs = /words="(apply [a-z ]+) --help --version"/.exec(
      readFileSync(packaging("bash-completion"), "utf8"),
    )?.[1];
    const page = readFileSync(packaging("waymark.8"), "utf8");
    for (const verb of verbs?.split(" ") ?? ["no verbs"]) {
      expect(page).toMatch(new RegExp(`^\\.BR? "?(waymark )?${verb}\\b|^\\.BI ${verb}\\b`, "m"));
    }
  });
});

describe("waymark.service", () => {
  const unit = readFileSync(packaging("waymark.service"), "utf8");

  itNeeds("systemd-analyze", "is a unit that systemd takes", () => {
    // Only systemd's own complaint about a program that is not installed is expected.
    const { stderr } = runProgram("systemd-analyze", ["verify", "--man=no", packaging("waymark.service")]);
    expect(stderr.replaceAll(/^.*Command \/usr\/bin\/waymark is not executable.*\n/gm, "")).toBe("");
  });
  it("takes nothing away when it stops", () => expect(unit).not.toMatch(/^ExecStop/m));
  it("comes back after the packet filter was flushed", () => {
    for (const line of ["PartOf=nftables.service", "ReloadPropagatedFrom=nftables.service"]) {
      expect(unit).toContain(`\n${line}\n`);
    }
    expect(unit).toMatch(/^After=.*nftables\.service/m);
    expect(unit).toMatch(/^WantedBy=.*nftables\.service/m);
  });
  it("leaves out what node dies of, and what keeps sysctls from being set", () => {
    expect(unit).not.toMatch(/^(MemoryDenyWriteExecute|ProtectKernelTunables)/m);
  });
});

describe("the starting configuration", () => {
  it("has no uplink before somebody writes one", () => {
    expect(readFileSync(packaging("waymark.toml"), "utf8").replaceAll(/^#.*\n|^\n/gm, "")).toBe("");
  });
});
