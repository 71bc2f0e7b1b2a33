/** What came of a scene: measured, held against what was promised, and said in plain words. */

import { LINES, type LineName, TITLE } from "./lines.ts";
import type { Scene } from "./scenes.ts";
import type { Move, Observed } from "./traffic.ts";

/** Longer than this new flows may not be silent, whoever does the switching. */
const LONGEST_PAUSE_MS = 1000;
/** A call whose line is switched off has to wait until its old entry in conntrack is deleted: on a slow machine a while. */
const LONGEST_CALL_PAUSE_MS = 5000;

export interface Evidence {
  readonly scene: Scene;
  /** Where new connections went before. */
  readonly from: LineName;
  readonly observed: Observed;
  /** The line of the call at the end. */
  readonly call: LineName | undefined;
  /** What `waymark status` says at the end. */
  readonly choice: readonly string[];
  /** When what happened was over: connections begun later have nothing to do with the old line. In ms since 1970. */
  readonly settled: number;
  /** New connections had moved before any process of Waymark's ran. */
  readonly movedByKernel: boolean;
}

export interface Verdict {
  readonly title: string;
  /** Sentences for a person. */
  readonly words: string;
  /** Broken promises; none if all is well. */
  readonly failures: readonly string[];
  /** Connections that were open before, and how many of them went on. */
  readonly before: number;
  readonly kept: number;
  /** Longest time without a new flow getting through, in ms; 0 if none was lost. */
  readonly pause: number;
  readonly callPause: number;
}

export function judge(evidence: Evidence): Verdict {
  const { scene, observed } = evidence;
  const lost = observed.lost.filter(({ id }) => observed.before.has(id));
  const before = observed.before.size;
  return {
    title: scene.title,
    words: inWords(evidence, before, lostByLine(evidence)),
    failures: [...newConnections(evidence), ...oldConnections(evidence), ...sums(evidence)],
    before,
    kept: before - lost.length,
    pause: longest(observed.moves, "new"),
    callPause: longest(observed.moves, "call"),
  };
}

const longest = (moves: readonly Move[], stream: Move["stream"]) =>
  Math.max(0, ...moves.filter((move) => move.stream === stream).map(({ ms }) => ms));

const isSwitch = (move: Move) => move.stream === "new" && move.from !== move.to;

function newConnections({ scene, from, observed, settled, movedByKernel }: Evidence): string[] {
  const failures: string[] = [];
  const path = [from, ...observed.moves.filter(isSwitch).map(({ to }) => to)].join(" > ");
  const wanted = from === scene.line ? from : `${from} > ${scene.line}`;
  if (path !== wanted) failures.push(`new flows went ${path}, not ${wanted}`);
  const begunAfter = observed.opened.filter(({ begun }) => begun > settled);
  if (!begunAfter.some(({ line }) => line === scene.line))
    failures.push(`no new connection left by ${TITLE[scene.line]}`);
  for (const { line } of begunAfter)
    if (line !== scene.line) failures.push(`a new connection left by ${TITLE[line]}`);
  const failed = observed.failed.filter((begun) => begun > settled).length;
  if (failed > 0) failures.push(`${failed} new connections came to nothing`);
  if (scene.accident?.kernelFirst && !movedByKernel)
    failures.push("the kernel alone did not move new connections: the hook had to");
  const pause = longest(observed.moves, "new");
  if (pause > LONGEST_PAUSE_MS) failures.push(`no new flow got through for ${pause} ms`);
  return failures;
}

function oldConnections({ scene, observed, call }: Evidence): string[] {
  const failures = observed.lost
    .filter(({ line }) => scene.keeps.includes(line))
    .map(({ line, kind }) => `a ${kind} connection on ${TITLE[line]} was lost`);
  if (call !== scene.call)
    failures.push(`the call is on ${call ? TITLE[call] : "no line"}, not on ${TITLE[scene.call]}`);
  const pause = longest(observed.moves, "call");
  if (pause > LONGEST_CALL_PAUSE_MS) failures.push(`the call was silent for ${pause} ms`);
  return failures;
}

function sums({ scene, observed, choice }: Evidence): string[] {
  const failures: string[] = [];
  if (choice.join() !== scene.line)
    failures.push(`waymark status says ${choice.join("+") || "none"}, not ${scene.line}`);
  for (const address of observed.strangers) failures.push(`the server saw ${address}, which no line has`);
  return failures;
}

function lostByLine({ observed }: Evidence): Map<LineName, number> {
  const lost = observed.lost.filter(({ id }) => observed.before.has(id));
  return new Map(LINES.map((line) => [line, lost.filter((connection) => connection.line === line).length]));
}

function inWords({ scene, from, observed }: Evidence, before: number, lost: Map<LineName, number>): string {
  const line = TITLE[scene.line];
  const move = observed.moves.find((one) => isSwitch(one) && one.to === scene.line);
  const sentences: string[] = [];
  if (from === scene.line) sentences.push(`New connections go on by ${line}`);
  else if (move) sentences.push(`New connections leave by ${line} ${ms(move.ms)} later`);
  const gone = [...lost].filter(([, count]) => count > 0);
  const all = gone.reduce((sum, [, count]) => sum + count, 0);
  sentences.push(`${before - all} of ${before} old ones still answer`);
  const [released, is] = scene.releases ?? [];
  for (const [name, count] of gone)
    sentences.push(
      name === released
        ? `${TITLE[name]} is ${is}: its ${count} had to be opened again`
        : `${count} on ${TITLE[name]} were lost`,
    );
  const pause = longest(observed.moves, "call");
  const callMove = observed.moves.find((one) => one.stream === "call" && one.from !== one.to);
  if (callMove) sentences.push(`the call went over to ${TITLE[callMove.to]}, silent for ${ms(callMove.ms)}`);
  else if (pause > 0) sentences.push(`the call was silent for ${ms(pause)}`);
  return `${sentences.join("; ")}.`;
}

const ms = (value: number) => `${Math.max(1, Math.round(value))} ms`;
