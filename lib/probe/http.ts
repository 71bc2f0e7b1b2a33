/**
 * Asks for a page and expects one status, perhaps one text in it. A redirection is no answer: that is how captive
 * portals greet. What comes back is hostile: it is read up to a limit, never shown, never followed.
 */

import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { type Attempt, type End, endOf, type Leg } from "./attempt.ts";

export interface Page {
  readonly url: URL;
  /** The name that the server has to prove to be; null: its address. */
  readonly serverName: string | null;
  readonly expect: number;
  readonly keyword: string | null;
}

/** So much of a page is looked through for the keyword. */
const MOST_BODY = 64 * 1024;
const MOST_HEADERS = 16 * 1024;
const AGENT = "waymark";

export function httpAttempt({ from, family, to, port }: Leg, page: Page): Attempt {
  return (end) => {
    let over = false;
    let request: ClientRequest | null = null;
    const giveUp = () => {
      over = true;
      request?.destroy();
    };
    const finish = (how: End) => {
      if (over) return;
      giveUp();
      end(how);
    };
    const { url, serverName } = page;
    const options: RequestOptions = {
      method: "GET",
      host: to,
      port,
      family,
      localAddress: from,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        "user-agent": AGENT,
        accept: "*/*",
        "accept-encoding": "identity",
        connection: "close",
      },
      agent: false,
      maxHeaderSize: MOST_HEADERS,
      ...(url.protocol === "https:" && serverName !== null ? { servername: serverName } : {}),
    };
    const begin = async () => {
      // Loaded late: what TLS brings along is of no use to those who do not ask this way.
      const get =
        url.protocol === "https:"
          ? (await import("node:https")).request
          : (await import("node:http")).request;
      if (over) return;
      request = get(options);
      request.on("error", (error: NodeJS.ErrnoException) => finish(httpEnd(error)));
      request.on("response", (response) => readPage(response, page, finish));
      // What asks for an upgrade, or tells of a tunnel, is no page.
      request.on("upgrade", () => finish({ kind: "wrong", why: "answered with another protocol" }));
      request.end();
    };
    begin().catch((error: NodeJS.ErrnoException) => finish(endOf(error)));
    return giveUp;
  };
}

function readPage(response: IncomingMessage, { expect, keyword }: Page, finish: (how: End) => void): void {
  const status = response.statusCode ?? 0;
  if (status !== expect) {
    finish({ kind: "wrong", why: `answered ${status}, expected ${expect}` });
    return;
  }
  if (keyword === null) {
    finish({ kind: "answered" });
    return;
  }
  const missing: End = { kind: "wrong", why: "answered with a page that does not contain the keyword" };
  // The end of what was read, in which the keyword may have begun.
  let tail = Buffer.alloc(0);
  let size = 0;
  response.on("data", (piece: Buffer) => {
    const text = Buffer.concat([tail, piece]);
    size += piece.length;
    if (text.includes(keyword, 0, "utf8")) finish({ kind: "answered" });
    else if (size >= MOST_BODY) finish(missing);
    tail = text.subarray(-Buffer.byteLength(keyword));
  });
  response.on("end", () => finish(missing));
  response.on("error", (error: NodeJS.ErrnoException) => finish(httpEnd(error)));
}

/** Errors of TLS and of the parser are the answer of something that is not the page. */
function httpEnd(error: NodeJS.ErrnoException): End {
  if (error.code === "CERT_NOT_YET_VALID") {
    return {
      kind: "cannot-run",
      why: "the page's certificate is not valid yet: is this machine's clock right?",
    };
  }
  return endOf(error);
}
