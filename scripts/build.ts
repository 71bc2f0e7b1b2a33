/** Bundles the hooks and the command into single files: shell scripts that carry their program. */

import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import type { EventSource } from "../lib/event/event.ts";
import { HOOK_VARIABLES } from "../lib/event/variables.ts";
import { PROBE_GROUP } from "../lib/plan/layout.ts";
import { placesOf, withParts } from "../lib/quick/parts-text.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const front = (name: string) => readFileSync(join(root, "hooks/front", name), "utf8").trimEnd();
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };

const CONCERNS: Record<EventSource, string> = {
  "ppp-ip-up": "concerns-ppp.sh",
  "ppp-ip-down": "concerns-ppp.sh",
  ifplugd: "concerns-ifplugd.sh",
  ifupdown: "concerns-ifupdown.sh",
  "nm-dispatcher": "concerns-nm-dispatcher.sh",
  dhclient: "concerns-dhcp-client.sh",
  dhcpcd: "concerns-dhcp-client.sh",
};

/** Hooks that their callers read into their own shell: what comes before the front, and where the file is installed. */
const SOURCED: Partial<Record<EventSource, { readonly front: string; readonly target: string }>> = {
  dhclient: { front: "sourced-dhclient.sh", target: "/etc/dhcp/dhclient-exit-hooks.d/waymark" },
  dhcpcd: { front: "sourced-dhcpcd.sh", target: "/usr/lib/dhcpcd/dhcpcd-hooks/70-waymark" },
};

/** Unminified: a file in /etc is there to be read, and Node prints the line it stumbles on. */
const LARGEST = 960 * 1024;

function eventFront(source: EventSource): string {
  const variables = HOOK_VARIABLES[source].map(
    (name) => `[ -z "\${${name}+set}" ] || [ \${#${name}} -gt 4096 ] || set -- "$@" "${name}=$${name}"`,
  );
  const event = front("event.sh")
    .replace("@HOOK@", source)
    .replace("@CONCERNS@", () => front(CONCERNS[source]))
    .replace("@LET_GO@", () => quoted(front("let-go.pl")))
    .replace("@VARIABLES@", () => variables.join("\n"));
  const sourced = SOURCED[source];
  if (sourced === undefined) return event;
  const set = HOOK_VARIABLES[source].map(
    (name) => `          [ -z "\${${name}+set}" ] || set -- "$@" "--setenv=${name}=$${name}"`,
  );
  const begin = front(sourced.front)
    .replace("@TARGET@", sourced.target)
    .replace("@SETENV@", () => set.join("\n"));
  return `${begin}\n\n${event}`;
}

/**
 * The parts of the program that a built file carries behind its shell script. The front hands Node only a small first
 * piece, as an argument; what else is wanted that takes out of the file (lib/quick/late-part.ts). So an event that finds
 * nothing changed never pays for reading the rest, and a change reads it from V8's code cache.
 */
const PARTS = {
  reader: "lib/config/reader.ts",
  program: "lib/hook.ts",
  command: "lib/cli/main.ts",
  teller: "lib/notify/main.ts",
} as const;

/** Linux takes no argument longer than this (MAX_ARG_STRLEN). */
const LONGEST_ARGUMENT = 128 * 1024;

/** In built files a late part is loaded from the file's end; everywhere else it is an ordinary module. */
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

/** Stands for where the parts are, until that is known: a literal of the same length, in which no character is escaped. */
const PLACES = `'${"places".padEnd(200, ".")}'`;

function withPlaces(text: string, names: readonly string[]): string {
  const places = JSON.stringify(placesOf(names, text)).padEnd(PLACES.length - 2);
  if (places.length !== PLACES.length - 2) throw new Error("there is no room for the places of all parts");
  // esbuild writes the literal with double quotes, the shell's word has them too.
  return text.replaceAll(JSON.stringify(PLACES.slice(1, -1)), `'${places}'`.replaceAll("'", "`"));
}

async function code(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    platform: "node",
    target: "node18",
    format: "cjs",
    write: false,
    legalComments: "none",
    // What V8's vm runs has no import(): it becomes a require().
    supported: { "dynamic-import": false },
    define: {
      WAYMARK_VERSION: JSON.stringify(version),
      WAYMARK_BUILD: JSON.stringify(fingerprint),
      WAYMARK_PLACES: PLACES,
    },
    plugins: [lateParts],
  });
  return result.outputFiles[0]?.text ?? "";
}

/** Any text as a word of the shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** JavaScript as a word of the shell; an apostrophe can only stand inside a literal, where its escape means the same. */
function shellWord(text: string): string {
  return `'\n${text.replaceAll("'", "\\x27")}'`;
}

/**
 * One file: a shell script that ends before the parts begin. So run-parts takes it by its name without a dot, and no
 * second file can be missing.
 */
async function bundle(
  entry: string,
  shell: string,
  outfile: string,
  parts: readonly (keyof typeof PARTS)[],
): Promise<void> {
  const first = shellWord(await code(`hooks/${entry}.ts`));
  if (first.length > LONGEST_ARGUMENT)
    throw new Error(`${entry}: its first piece is too long for an argument`);
  const script = `#!/bin/sh\n${shell.replace("@FIRST@", () => first)}\n`;
  const late = await Promise.all(parts.map(async (name) => [name, await code(PARTS[name])] as const));
  // A here-document of a command that is never reached: so the whole file is a shell script, to whoever looks it over.
  const text = withPlaces(`${script}: <<'${withParts([]).trim()}'\n${withParts(late)}`, parts);
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
  await bundle(source, eventFront(source), join(root, "dist/hooks", source), ["program", "reader", "teller"]);
}
const commandFront = front("command.sh")
  .replace("@PROBE_GROUP@", String(PROBE_GROUP))
  .replace("@USE@", () => quoted(front("use.pl")));
await bundle("waymark", commandFront, join(root, "dist/waymark"), ["command", "reader", "teller"]);
/** Modules that the built files contain, and whose licences ask to go along. */
const BUNDLED = ["minimist", "smol-toml", "valibot"] as const;
const licences = BUNDLED.map((name) => {
  const folder = join(root, "node_modules", name);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  return `${name}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
});
writeFileSync(join(root, "dist/THIRD-PARTY-LICENSES.txt"), licences.join("\n----\n\n"));
