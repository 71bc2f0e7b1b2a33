/**
 * Servers beyond the providers that checks ask: a name server and a web server on each of the addresses that are given
 * as arguments. What they answer goes by the name that is asked for, and by the page.
 */

import { createSocket } from "node:dgram";
import { createServer } from "node:http";

const CODES: Readonly<Record<string, number>> = { fail: 2, refuse: 5 };

/** The query as its own answer: SERVFAIL for the name `fail`, another number for `forged`, an address for `page`. */
function answerTo(query: Buffer, address: string): Buffer {
  const length = query[12] ?? 0;
  const name = query.toString("latin1", 13, 13 + length);
  const head = Buffer.from(query);
  head.writeUInt16BE(0x8180 | (CODES[name] ?? 0), 2);
  if (name === "forged") head.writeUInt16BE((query.readUInt16BE(0) + 1) & 0xffff, 0);
  if (name !== "page") return head;
  head.writeUInt16BE(1, 6);
  const record = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)];
  return Buffer.concat([head, Buffer.from(record)]);
}

const PAGES: Readonly<Record<string, readonly [number, string]>> = {
  "/204": [204, ""],
  "/portal": [302, ""],
  "/page": [200, `${"x".repeat(40_000)} all is well ${"x".repeat(40_000)}`],
  "/endless": [200, "x".repeat(10_000_000)],
};

const addresses = process.argv.slice(2);
for (const address of addresses) {
  const names = createSocket("udp4");
  names.on("message", (query, { port, address: from }) => names.send(answerTo(query, address), port, from));
  names.bind(53, address);
  createServer((request, response) => {
    const [status, text] = PAGES[request.url ?? ""] ?? [404, ""];
    response.writeHead(status, status === 302 ? { location: "http://203.0.113.80/204" } : {});
    response.end(text);
  }).listen(80, address);
}
process.stdout.write("ready\n");
