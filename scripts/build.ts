/** Bundles the hooks and the command into single files that /bin/sh and Node both read. */

import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import type { EventSource } from "../lib/event/event.ts";
import { HOOK_VARIABLES } from "../lib/event/variables.ts";
import { commented } from "../lib/quick/late-comment.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const front = (name: string) => readFileSync(join(root, "hooks/front", name), "utf8").trimEnd();
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const CONCERNS: Record<EventSource, string> = {
  "ppp-ip-up": "concerns-ppp.sh",
  "ppp-ip-down": "concerns-ppp.sh",
  ifplugd: "concerns-ifplugd.sh",
  ifupdown: "concerns-ifupdown.sh",
  "nm-dispatcher": "concerns-nm-dispatcher.sh",
};

/** Unminified: a file in /etc is there to be read, and Node prints the line it stumbles on. */
const LARGEST = 300 * 1024;

function eventFront(source: EventSource): string {
  const variables = HOOK_VARIABLES[source].map(
    (name) => `[ -z "\${${name}+set}" ] || [ \${#${name}} -gt 4096 ] || set -- "$@" "${name}=$${name}"`,
  );
  return front("event.sh")
    .replace("@HOOK@", source)
    .replace("@CONCERNS@", () => front(CONCERNS[source]))
    .replace("@VARIABLES@", () => variables.join("\n"));
}

/**
 * Parts that are wanted seldom ride at the end of the same file as comments, which Node skips over in no time; they are
 * taken out when they are wanted (lib/quick/late-part.ts). What reads waymark.toml runs once after each edit, and the
 * program proper not at all when an event finds nothing changed.
 */
const PARTS = { reader: "lib/config/reader.ts", program: "lib/hook.ts" } as const;

/** In built files a late part is loaded from its comment; everywhere else it is an ordinary module. */
const lateParts: Plugin = {
  name: "late-parts",
  setup(builder) {
    builder.onResolve({ filter: /\/late\.ts$/ }, ({ path, resolveDir }) => ({
      path: join(resolveDir, path.replace(/late\.ts$/, "late-bundled.ts")),
    }));
  },
};

/** Tells this build from any other: a digest of all that goes into it. */
let fingerprint = "none";

async function code(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    platform: "node",
    target: "node18",
    format: "cjs",
    write: false,
    legalComments: "none",
    define: { WAYMARK_VERSION: JSON.stringify(version), WAYMARK_BUILD: JSON.stringify(fingerprint) },
    plugins: [lateParts],
  });
  return result.outputFiles[0]?.text ?? "";
}

/**
 * To the shell the file is a script that exits before its last line; to Node its front is a comment. So one file is
 * both, run-parts takes it by its name without a dot, and no second file can be missing.
 */
async function bundle(
  entry: string,
  shell: string,
  outfile: string,
  parts: readonly (keyof typeof PARTS)[],
): Promise<void> {
  if (shell.includes("*/")) throw new Error(`${entry}: the shell front would end its comment`);
  const late = await Promise.all(parts.map(async (name) => commented(name, await code(PARTS[name]))));
  const text = `#!/bin/sh\n":" /* 2>/dev/null\n${shell}\n*/;\n${await code(`hooks/${entry}.ts`)}${late.join("")}`;
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(outfile, text);
  chmodSync(outfile, 0o755);
  const { size } = statSync(outfile);
  console.log(`${outfile.slice(root.length + 1)}  ${(size / 1024).toFixed(0)} KiB`);
  if (size > LARGEST) throw new Error(`${outfile} is larger than ${LARGEST / 1024} KiB`);
}

const everything = await Promise.all(Object.values(PARTS).map(code));
fingerprint = createHash("sha256").update(everything.join("")).digest("hex").slice(0, 16);

rmSync(join(root, "dist"), { recursive: true, force: true });
for (const source of Object.keys(CONCERNS) as EventSource[]) {
  await bundle(source, eventFront(source), join(root, "dist/hooks", source), ["program", "reader"]);
}
await bundle("waymark", front("command.sh"), join(root, "dist/waymark"), ["reader"]);
// Seen from inside this package, which is one of ES modules, the built files are none.
writeFileSync(join(root, "dist/package.json"), '{ "type": "commonjs" }\n');

/** Modules that the built files contain, and whose licences ask to go along. */
const BUNDLED = ["minimist", "smol-toml", "valibot"] as const;
const licences = BUNDLED.map((name) => {
  const folder = join(root, "node_modules", name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  return `${name}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
});
writeFileSync(join(root, "dist/THIRD-PARTY-LICENSES.txt"), licences.join("\n----\n\n"));
