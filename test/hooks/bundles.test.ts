import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, describe, expect, it, type TestContext, vi } from "vitest";
import { partOf } from "../../lib/quick/parts-text.ts";
import type { Router } from "../lab/harness/router.ts";
import { CHECKOUT, DIST, expectAsFresh, expectMeek, installed, replay } from "./installed.ts";
import { routersGet, wantNode18 } from "./node18.ts";
import { aThirdOf, eventsOf, HOOKS, RECORDED } from "./recorded.ts";

const BUILT = ["waymark", ...readdirSync(`${DIST}/hooks`).map((name) => `hooks/${name}`)];

/** What runs the product: a program for /usr/bin/node, or null for the one that is there. */
const NODES: readonly (readonly [string, (context: TestContext) => string | null])[] = [
  ["the machine's node", () => null],
  ["node 18", wantNode18],
];

const IFPLUGD = "/etc/ifplugd/action.d/waymark";
const CODE = "/run/waymark/code.program.code";

/** What may have become of the code cache, and the shell that makes it so. */
const DAMAGE: readonly (readonly [string, string])[] = [
  ["cut in half", `truncate -s $(($(stat -c %s ${CODE}) / 2)) ${CODE}`],
  ["cut by a byte", `truncate -s -1 ${CODE}`],
  ["empty", `: >${CODE}`],
  ["nothing but zeros", `size=$(stat -c %s ${CODE}); : >${CODE}; truncate -s $size ${CODE}`],
  ["another program", `cp /bin/sh ${CODE}`],
  ["a directory", `rm ${CODE}; mkdir ${CODE}`],
  ["another build's", "echo v0 >/run/waymark/code.program.key"],
  ["damaged in its middle", `perl -0777 -pi -e 'substr($_, length($_) / 2, 64) = "\\xa5" x 64' ${CODE}`],
];

/** Takes Waymark's routes away behind its back, and tells it of an event: it has to load all it has to mend that. */
async function breakAndMend(router: Router, title?: string): Promise<void> {
  await router.sh("ip route flush table all proto 87");
  await expectMeek(router, IFPLUGD, ["eth0", "up"], { IFPLUGD_CURRENT: "up" }, title);
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("the built files", () => {
  it("are seven hooks and the command", () => {
    const names = ["dhclient", "dhcpcd", "ifplugd", "ifupdown", "nm-dispatcher", "ppp-ip-down", "ppp-ip-up"];
    expect([...BUILT].sort()).toEqual([...names.map((name) => `hooks/${name}`), "waymark"]);
  });

  it.each(BUILT)("can be executed and read: %s", (file) => {
    const path = `${DIST}/${file}`;
    expect(statSync(path).mode & 0o777).toBe(0o755);
    expect([...readFileSync(path)].filter((byte) => byte === 0 || byte > 126)).toEqual([]);
    const text = readFileSync(path, "ascii");
    expect(text.startsWith("#!/bin/sh\n")).toBe(true);
    expect(text.split("\n").filter((line) => line.length >= 2000)).toEqual([]);
  });

  it.each(BUILT)("are scripts to the shell up to where their parts begin: %s", async (file) => {
    const text = readFileSync(`${DIST}/${file}`, "ascii");
    const script = text.slice(0, text.indexOf("\n#@@ waymark "));
    await execa("sh", ["-n"], { input: script });
    // What is behind `exit` is the beginning of a here-document that holds the parts.
    const [last, document] = script.trimEnd().split("\n").slice(-2);
    expect(last).toMatch(/^exit /);
    expect(document).toMatch(/^: <</);
  });

  it.each(BUILT.filter((file) => file !== "waymark"))("load nothing dear at each event: %s", (file) => {
    const program = partOf("program", readFileSync(`${DIST}/${file}`, "ascii")) ?? "";
    const loaded = [...program.matchAll(/^var \w+ = require\("(.*)"\);$/gm)].map(([, name]) => name);
    const cheap = ["node:buffer", "node:fs", "node:path", "node:string_decoder", "node:vm"];
    expect([...new Set(loaded)].sort()).toEqual(cheap);
  });

  it.for(NODES)("carry parts that are programs to %s", async ([, find], context) => {
    const node = find(context) ?? "node";
    const directory = mkdtempSync(join(tmpdir(), "waymark-"));
    try {
      for (const file of BUILT) {
        const text = readFileSync(`${DIST}/${file}`, "latin1");
        const parts = file === "waymark" ? ["command", "reader"] : ["program", "reader"];
        for (const name of parts) {
          const path = join(directory, `${name}.cjs`);
          writeFileSync(path, partOf(name, text) ?? "(");
          await execa(node, ["--check", path]);
        }
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("run from inside the checkout, which is a package of modules", async () => {
    const { router, journal } = await installed();
    await router.sh(`umount '${CHECKOUT}'`);
    const before = await router.kernel();
    await router.sh("ip route flush table all proto 87");
    await expectMeek(router, `${DIST}/hooks/ifplugd`, ["eth0", "up"], {});
    expect(await router.kernel()).toBe(before);
    expect(await journal()).toMatch(/^<5>ifplugd eth0 up: 6 changes/m);
    expect((await router.exec([`${DIST}/waymark`, "apply"])).out).toMatch(/nothing to do/i);
  });
});

describe.each(NODES)("as installed, on %s", (name, find) => {
  it.for(HOOKS)("bear every recorded call of %s", async (hook, context) => {
    routersGet(find(context));
    const { router, journal } = await installed();
    const events = name === "node 18" ? aThirdOf(eventsOf(hook)) : eventsOf(hook);
    expect(events.length).toBeGreaterThanOrEqual(2);
    for (const event of events) await replay(router, event);
    const told = await journal();
    expect(told.match(/^<[0-4]>.*/gm)).toBeNull();
    expect(told).toMatch(/: nothing to do$/m);
    await expectAsFresh(router);
  });

  it("load what they need seldom from the code cache", async (context) => {
    routersGet(find(context));
    const { router } = await installed();
    const before = await router.kernel();
    await breakAndMend(router, "first");
    expect(await router.kernel()).toBe(before);
    const stat = () => router.sh(`stat -c '%a %i %y' ${CODE}`);
    const kept = await stat();
    expect(kept).toMatch(/^600 /);
    await breakAndMend(router, "second");
    expect(await stat()).toBe(kept);
  });

  it.for(DAMAGE)("do their work with a code cache that is %s", async ([, damage], context) => {
    routersGet(find(context));
    const { router, journal } = await installed();
    const before = await router.kernel();
    await breakAndMend(router, "before");
    await router.sh(`test -s ${CODE}; ${damage}`);
    await journal();
    for (const title of ["at once", "later"]) {
      await breakAndMend(router, title);
      expect(await journal(), title).toMatch(/^<5>ifplugd eth0 up: 6 changes in \d+ ms$/);
      expect(await router.kernel(), title).toBe(before);
    }
  });

  it("say that they are damaged when they were cut off, and harm nobody", async (context) => {
    routersGet(find(context));
    const { router, journal } = await installed();
    const whole = await router.read(IFPLUGD);
    const cuts = [45, 30, 9].map((percent) => Math.floor((whole.length * percent) / 100));
    const told: string[] = [];
    for (const cut of [whole.lastIndexOf("\n#@@ waymark program"), ...cuts]) {
      await router.write(IFPLUGD, whole.slice(0, cut), 0o755);
      await journal();
      await breakAndMend(router, `cut at ${cut}`);
      told.push(await journal());
    }
    expect(told).toEqual(told.map(() => expect.stringMatching(/^<3>.*damaged/m)));
  });

  it("run the node that the installer filled in", async (context) => {
    routersGet(find(context));
    const { router } = await installed();
    await router.write("/srv/other-node", '#!/bin/sh\necho "$4" >>/run/ran\nexec node "$@"\n', 0o755);
    const files = [IFPLUGD, "/usr/local/sbin/waymark"];
    await router.sh(
      `sed -i '1,/^WAYMARK_NODE=$/ s|^WAYMARK_NODE=$|WAYMARK_NODE=/srv/other-node|' ${files.join(" ")}`,
    );
    const before = await router.kernel();
    await breakAndMend(router);
    expect(await router.kernel()).toBe(before);
    await router.status();
    expect((await router.read("/run/ran")).trim().split("\n")).toEqual(files);
  });
});

it("all recorded calls are of hooks that are known here", () => {
  expect([...new Set(RECORDED.map((event) => event.hook))].sort()).toEqual(HOOKS);
});
