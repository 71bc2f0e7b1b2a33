/** The programs of examples/notify.d, with stand-ins for what they call. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { environmentOf } from "../../../lib/notify/environment.ts";
import { noticesOf } from "../../../lib/notify/notice.ts";
import { programNames } from "../../../lib/notify/programs.ts";
import { NO_STATE, type State } from "../../../lib/state/record.ts";
import { aRecord } from "../plan/support.ts";

const EXAMPLES = fileURLToPath(new URL("../../../examples/notify.d", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "waymark-examples-"));
const heard = join(folder, "heard");

beforeAll(() => {
  for (const name of ["sendmail", "curl", "ssh"]) {
    const answer = name === "curl" ? '\ncase "$*" in *myip=*) echo good ;; esac' : "";
    writeFileSync(
      join(folder, name),
      `#!/bin/sh\n{ printf '%s|' ${name} "$@"; echo; cat; } >${heard}${answer}\n`,
    );
    chmodSync(join(folder, name), 0o755);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const UP = aRecord({ interface: "ppp0", address4: "198.51.100.7", since: 0 });
const DEAD = aRecord({ interface: "ppp0", state: "down", reason: 'modem "A\\B" said no', since: 0 });
const before: State = { ...NO_STATE, uplinks: { adsl: UP, lte: UP }, choice: ["adsl"] };
const after: State = { ...NO_STATE, uplinks: { adsl: DEAD, lte: UP }, choice: ["lte"] };
const moved: State = { ...before, uplinks: { adsl: { ...UP, address4: "198.51.100.9" }, lte: UP } };

/** Runs an example for each notice of a kind. @returns what it called, "" if nothing */
function run(
  name: string,
  from: State,
  to: State,
  event: string,
  edit: (text: string) => string = (text) => text,
): string {
  const path = join(folder, "example");
  writeFileSync(path, edit(readFileSync(join(EXAMPLES, name), "utf8")));
  chmodSync(path, 0o755);
  writeFileSync(heard, "");
  const notice = noticesOf(from, to, 60_000).find((candidate) => candidate.event === event);
  if (notice === undefined) throw new Error(`no ${event}`);
  const env = { PATH: `${folder}:/usr/bin:/bin`, ...environmentOf(notice, { tiers: {}, health: {} }) };
  execFileSync(path, { env, stdio: ["ignore", "pipe", "pipe"] });
  return readFileSync(heard, "utf8");
}

it("their names are such that they are run", () => {
  expect(programNames(EXAMPLES)).toEqual(readdirSync(EXAMPLES).sort());
});

it("mail tells what went down and why", () => {
  const text = run("mail", before, after, "down");
  expect(text).toMatch(/^sendmail\|-t\|-i\|\nTo: root\nSubject: \[.+\] adsl is down: modem "A\\B" said no\n/);
  expect(text).toMatch(/^address {4}198\.51\.100\.7 -> none$/m);
});

it("mail keeps quiet about addresses", () => {
  expect(run("mail", before, moved, "address")).toBe("");
});

it("webhook posts JSON, whatever is in the reason", () => {
  const [called = "", body = ""] = run("webhook", before, after, "down").split("\n");
  expect(called).toContain("|--config|/etc/waymark/webhook.curl|");
  expect(JSON.parse(body)).toMatchObject({
    event: "down",
    uplink: "adsl",
    reason: 'modem "A\\B" said no',
    choice: "lte",
    time: 60,
  });
});

const here = (text: string) => text.replaceAll("/etc/waymark/", `${folder}/`);

it("dynamic-dns sends the address by the line that has it", () => {
  writeFileSync(join(folder, "dynamic-dns.adsl.curl"), "");
  const text = run("dynamic-dns", before, moved, "address", here);
  expect(text).toContain("|--interface|198.51.100.9|");
  expect(text).toContain("|myip=198.51.100.9|");
});

it("dynamic-dns leaves alone an uplink that has no name, and other events", () => {
  const lte = { ...before, uplinks: { adsl: UP, lte: { ...UP, address4: "198.51.100.9" } } };
  expect(run("dynamic-dns", before, lte, "address", here)).toBe("");
  expect(run("dynamic-dns", before, after, "switch", here)).toBe("");
});

it("tell-server writes the address, and nothing else", () => {
  const lines = run("tell-server", before, moved, "address").split("\n");
  expect(lines).toEqual([
    "ssh|-o|BatchMode=yes|-o|ConnectTimeout=10|-b|198.51.100.9|user@server.example.org|cat >current-address|",
    "198.51.100.9",
    "",
  ]);
});
