/** Plays the story's scenes, one after the other, and measures each. */

import type { Status } from "../../test/lab/harness/router.ts";
import type { House } from "./house.ts";
import type { LineName } from "./lines.ts";
import type { Scene } from "./scenes.ts";
import type { Traffic } from "./traffic.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What Waymark was called with, and what came of it. */
export interface Deed {
  /** The command or the hook, as it was called. */
  readonly called: string;
  readonly ms: number;
  /** The commands that it ran. */
  readonly commands: readonly string[];
  /** Its own words in the journal. */
  readonly said: string;
}

/** Whoever watches. */
export interface Audience {
  /** Lets time pass; longer if the audience wants a pause. */
  wait(ms: number): Promise<void>;
  begins(scene: Scene): void;
  sees(status: Status): void;
  hears(deed: Deed): void;
  judges(verdict: Verdict): void;
}

/** Time to see what a scene left behind: datagrams without an answer, connections opened again. */
const AFTERMATH_MS = 1500;
const FORERUN_MS = 200;

export class Director {
  readonly #house: House;
  readonly #traffic: Traffic;
  readonly #audience: Audience;
  #line: LineName;

  constructor(house: House, traffic: Traffic, audience: Audience, line: LineName) {
    this.#house = house;
    this.#traffic = traffic;
    this.#audience = audience;
    this.#line = line;
  }

  /** Plays one scene; takes `lasting` ms at least. */
  async play(scene: Scene, lasting: number): Promise<Verdict> {
    const end = Date.now() + lasting;
    this.#traffic.look(true);
    await this.#audience.wait(FORERUN_MS);
    const observed = this.#traffic.begin();
    this.#audience.begins(scene);
    let movedByKernel = false;
    let settled = Date.now();
    if (scene.accident) {
      await scene.accident.happens(this.#house);
      settled = Date.now();
      if (scene.accident.kernelFirst) {
        await this.#audience.wait(FORERUN_MS);
        this.#traffic.look(false);
      }
      await this.#look();
      await this.#audience.wait(scene.accident.noticed);
      this.#traffic.update();
      movedByKernel = observed.moves.some(({ stream, to }) => stream === "new" && to === scene.line);
    }
    const deed = await this.#deed(scene);
    if (!scene.accident?.kernelFirst) settled = Date.now();
    this.#traffic.look(false);
    if (deed) this.#audience.hears(deed);
    const status = await this.#look();
    await this.#audience.wait(AFTERMATH_MS);
    this.#traffic.update();
    this.#traffic.check();
    const { call } = this.#traffic;
    const { choice } = status;
    const from = this.#line;
    const verdict = judge({ scene, from, observed, call, choice, settled, movedByKernel });
    this.#line = scene.line;
    this.#audience.judges(verdict);
    await this.#audience.wait(Math.max(0, end - Date.now()));
    return verdict;
  }

  async #look(): Promise<Status> {
    const status = await this.#house.router.status();
    this.#audience.sees(status);
    return status;
  }

  async #deed({ typed, accident }: Scene): Promise<Deed | undefined> {
    if (!typed && !accident) return undefined;
    const { router } = this.#house;
    // A hook prints nothing: what it is about to run is asked for beforehand (all but the connections it lets go).
    const planned = accident ? planLines((await router.waymark(["plan"])).out) : [];
    const logged = (await this.#house.journal()).length;
    const began = performance.now();
    const printed = typed ? (await router.waymark(typed)).out.split("\n") : [];
    await accident?.tell(this.#house);
    const ms = performance.now() - began;
    const said = (await this.#house.journal()).slice(logged).join("; ");
    const called = accident?.hook ?? `waymark ${typed?.join(" ")}`;
    return { called, ms, commands: accident ? planned : printed, said };
  }
}

/** The commands in what `waymark plan` prints: the input of `ip` line by line, that of `nft` as a whole. */
function planLines(text: string): string[] {
  const commands: string[] = [];
  let tool = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("# ")) {
      tool = line.slice(2);
      if (tool.startsWith("nft")) commands.push(tool);
    } else if (line !== "" && tool.startsWith("ip")) {
      commands.push(`ip ${tool.includes(" -6 ") ? "-6 " : ""}${line}`);
    }
  }
  return commands;
}
