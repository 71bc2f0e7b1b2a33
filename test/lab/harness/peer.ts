import { fileURLToPath } from "node:url";
import type { Background, Machine } from "./machine.ts";

/** The server on the internet that every uplink leads to. */
export const SERVER = "203.0.113.80";
export const PORT = 7000;

/** More addresses of the server, for rules by destination: .81 to .85, and one apart. */
export const OTHERS = [81, 82, 83, 84, 85, 200].map((last) => `203.0.113.${last}`);

const TOOL = fileURLToPath(new URL("./peer.pl", import.meta.url));

export interface DialOptions {
  readonly proto?: "tcp" | "udp";
  readonly to?: string;
  readonly port?: number;
  /** Local address to bind. */
  readonly from?: string;
  /** SO_MARK, as 0x... */
  readonly mark?: string;
  /** Account to run as. */
  readonly user?: string;
  /** Words in front of the command: what runs it. */
  readonly under?: readonly string[];
  /** Seconds to wait for an answer. */
  readonly wait?: number;
}

function start(machine: Machine, mode: string, words: (string | number)[], options: DialOptions): Background {
  const extra = [
    ...(options.from ? [`src=${options.from}`] : []),
    ...(options.mark ? [`mark=${options.mark}`] : []),
    ...(options.wait ? [`wait=${options.wait}`] : []),
  ];
  const become = options.user
    ? ["setpriv", "--reuid", options.user, "--regid", options.user, "--clear-groups"]
    : [];
  const client = ["perl", machine.tool(TOOL), mode, ...words.map(String), ...extra];
  return machine.spawn([...(options.under ?? []), ...become, ...client]);
}

/** Echo servers for TCP and UDP on these addresses; they live until the lab ends. */
export async function serve(
  machine: Machine,
  addresses: readonly string[],
  port = PORT,
): Promise<Background> {
  const server = start(machine, "serve", [port, ...addresses], {});
  await server.line(/^ready/);
  return server;
}

/** What the server said about a message: whom it saw, and which of its addresses was asked. */
export interface Answer {
  readonly peer: string;
  readonly port: number;
  readonly at: string;
}

/** A connection that stays open over the test. */
export class Connection {
  readonly local: string;
  readonly #program: Background;

  constructor(program: Background, local: string) {
    this.#program = program;
    this.local = local;
  }

  /** Sends a line and gives the server's answer; throws when there is none. */
  async say(text = "hello"): Promise<Answer> {
    const answer = await this.try(text);
    if (typeof answer === "string") throw new Error(`the connection from ${this.local}: ${answer}`);
    return answer;
  }

  /** Like `say`, but a failure is given back as its text. */
  async try(text = "hello"): Promise<Answer | string> {
    const before = this.#program.lines.length;
    this.#program.say(text);
    const line = await this.#program.line(/^(ok|fail)/, 15_000, before);
    const [ok, peer = "", port = "", at = ""] = line.split(" ");
    return ok === "ok" ? { peer, port: Number(port), at } : line;
  }

  async close(): Promise<void> {
    await this.#program.finish();
  }
}

/** Opens a long-lived connection, TCP unless told otherwise. */
export async function connect(machine: Machine, options: DialOptions = {}): Promise<Connection> {
  const { proto = "tcp", to = SERVER, port = PORT } = options;
  const program = start(machine, "hold", [proto, to, port], options);
  const first = await program.line(/^(open|fail)/, 10_000);
  if (first.startsWith("fail")) throw new Error(`${machine.name} to ${to}: ${first}`);
  return new Connection(program, first.split(" ")[1] ?? "");
}

/** New connections counted by the address that the server saw. */
export interface Tally {
  readonly by: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly why: string;
}

/** Makes `count` new connections one after the other. */
export async function flows(machine: Machine, count: number, options: DialOptions = {}): Promise<Tally> {
  const { proto = "tcp", to = SERVER, port = PORT } = options;
  const program = start(machine, "flows", [proto, to, port, count], options);
  const last = await program.line(/^failed/, 120_000);
  const by: Record<string, number> = {};
  for (const line of program.lines) {
    const [peer = "", hits = "0"] = line.split(" ");
    if (/^\d/.test(peer)) by[peer] = Number(hits);
  }
  const [, failed = "0", ...why] = last.split(" ");
  return { by, failed: Number(failed), why: why.join(" ") };
}

/** Probes that are under way. */
export interface Probes {
  /** Waits until `count` more were sent. */
  more(count: number): Promise<void>;
  /** Tells how many went unanswered, and how many in a row. */
  stop(): Promise<{ sent: number; lost: number; longest: number }>;
}

/** UDP probes at a steady pace, each a new flow or all of one flow. */
export async function probes(
  machine: Machine,
  kind: "new" | "same",
  everyMs = 1,
  to = SERVER,
): Promise<Probes> {
  const program = start(machine, "probes", [kind, to, PORT, everyMs], {});
  await program.line(/^started/);
  return {
    more: async (count) => {
      const sent = numbers(program.lines.at(-1))[0] ?? 0;
      const goal = Math.ceil((sent + count) / 50) * 50;
      await program.line(new RegExp(`^at ${goal}$`), 30_000);
    },
    stop: async () => {
      const [sent = 0, lost = 0, longest = 0] = numbers((await program.finish()).at(-1));
      return { sent, lost, longest };
    },
  };
}

/** Asks the kernel for a route without pause; `stop` tells how often there was none. */
export async function routePolls(
  machine: Machine,
  to = SERVER,
): Promise<{ stop(): Promise<{ asked: number; refused: number }> }> {
  const program = start(machine, "routes", [to], {});
  await program.line(/^started/);
  return {
    stop: async () => {
      const [asked = 0, refused = 0] = numbers((await program.finish()).at(-1));
      return { asked, refused };
    },
  };
}

/** Takes a device down in one system call; tells how many milliseconds the kernel needed. */
export async function takeDown(machine: Machine, iface: string): Promise<number> {
  return Number((await machine.exec(["perl", machine.tool(TOOL), "down", iface])).out.split(" ")[1]);
}

function numbers(line = ""): number[] {
  return (line.match(/\b\d+\b/g) ?? []).map(Number);
}
