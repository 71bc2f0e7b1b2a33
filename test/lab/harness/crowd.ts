import { fileURLToPath } from "node:url";
import type { Machine } from "./machine.ts";

const TOOL = fileURLToPath(new URL("./flood.pl", import.meta.url));
const PORT = 7100;

/** Traffic that fills a line until it is stopped. */
export interface Crowd {
  /** @returns how many bytes it got rid of, or took in */
  stop(): Promise<number>;
}

async function start(machine: Machine, ...words: (string | number)[]): Promise<Crowd> {
  const program = machine.spawn(["perl", machine.tool(TOOL), ...words.map(String)]);
  await program.line(/^ready/);
  return { stop: async () => Number((await program.finish()).at(-1)?.split(" ")[1]) };
}

/** Takes what the others send; tells how much really arrived. */
export const sink = (machine: Machine): Promise<Crowd> => start(machine, "sink", PORT);

/** TCP connections that send as fast as the line lets them. */
export const pour = (machine: Machine, to: string, connections: number): Promise<Crowd> =>
  start(machine, "pour", to, PORT, connections);

/** UDP at so many kbit/s, that no loss holds up. */
export const blast = (machine: Machine, to: string, kbit: number): Promise<Crowd> =>
  start(machine, "blast", to, PORT, kbit, 1200);
