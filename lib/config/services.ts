/** `[dns]` and `[metrics]`: what other programs of the machine are told. */

import * as v from "valibot";
import { mismatch, oneOf, type Reading, read } from "./fields.ts";
import type { Findings } from "./findings.ts";
import { quoted } from "./show.ts";
import { readTable } from "./table.ts";
import type { Config } from "./types.ts";

const DNS = {
  entries: {
    publish: v.optional(oneOf(["auto", "resolvconf", "systemd-resolved", "dnsmasq", "none"]), "auto"),
  },
  later: [],
} as const;

/** Without the table nothing is published. */
export function readDns(findings: Findings, raw: unknown): Config["dns"] {
  const said = raw === undefined ? null : readTable(findings, ["dns"], raw, DNS);
  return { publish: said?.publish ?? "none" };
}

/** Where Debian's prometheus-node-exporter looks for files of others. */
const TEXTFILE = "/var/lib/prometheus/node-exporter/waymark.prom";

const TEXTFILE_EXPECTED = `true for ${quoted(TEXTFILE)}, false, or the absolute path of a file that ends in ".prom"`;

function readTextfile(input: unknown): Reading<string | null> {
  if (typeof input === "boolean") return { value: input ? TEXTFILE : null };
  if (typeof input !== "string" || !/^\/[^\p{Cc}]{1,4000}$/u.test(input)) {
    return { wrong: mismatch(input, TEXTFILE_EXPECTED) };
  }
  // The exporter reads no other files.
  return /[^/]\.prom$/.test(input) && !input.split("/").includes("..")
    ? { value: input }
    : { wrong: mismatch(input, TEXTFILE_EXPECTED) };
}

const METRICS = { entries: { textfile: v.optional(read(readTextfile), false) }, later: [] };

/** Nothing is written unless the file asks for it. */
export function readMetrics(findings: Findings, raw: unknown): Config["metrics"] {
  const said = raw === undefined ? null : readTable(findings, ["metrics"], raw, METRICS);
  return { textfile: said?.textfile ?? null };
}
