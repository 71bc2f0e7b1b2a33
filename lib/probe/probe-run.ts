/** The probes of one uplink in one address family: keeps the agenda, has the targets asked, tells what became of it. */

import type { Check, CheckTarget } from "../config/types.ts";
import { targetsFor } from "../health/machine.ts";
import type { ProbeResult } from "../health/probe-result.ts";
import { type Family, parseAddress } from "../net/prefix.ts";
import {
  type Agenda,
  type Asked,
  abandoned,
  answered,
  ended,
  newAgenda,
  nextAt,
  sent,
  step,
} from "./agenda.ts";
import type { PathAnswer, PathWant } from "./ask-paths.ts";
import type { Asker, AskerEvents } from "./asker.ts";
import { askerFor, destinationOf, senderOf } from "./askers.ts";
import { HostName } from "./names.ts";
import type { PathVerdict, Sender } from "./path.ts";

/** Whom to probe, and from where. Another address, device or check makes another one. */
export interface ProbeSpec {
  /** The uplink's present device. */
  readonly interface: string;
  /** The address that its new connections use. */
  readonly address: string;
  readonly family: Family;
  readonly mark: number;
  /** It must have a target of the family. */
  readonly check: Check;
  /** The uplink's own name servers, for hosts that are asked by name. */
  readonly nameServers: readonly string[];
  /**
   * How long an answer may take before extra probes go out (`overdueAfter` of its health), milliseconds; null: there are
   * to be none, since the line is known to be down.
   */
  overdue(): number | null;
}

interface Aim {
  readonly target: CheckTarget;
  /** null: it is given as an address. */
  readonly name: HostName | null;
  readonly address: string | null;
  /** null: not asked yet. */
  readonly verdict: PathVerdict | null;
  /** Index of the device that the asker is for. */
  readonly index: number | null;
  readonly asker: Asker | null;
}

/** What a run needs of whom it belongs to. */
export interface RunOwner {
  onResult(result: ProbeResult): void;
  /** What `wants` gives has changed. */
  onWants(): void;
  /** Something looks as if the way had changed. */
  onDoubt(): void;
}

/** So often a name server is asked that the way leads to. */
const NAME_PORT = 53;

export class ProbeRun {
  readonly #spec: ProbeSpec;
  readonly #owner: RunOwner;
  readonly #sender: Sender;
  /** By the target's name. */
  readonly #aims: Map<string, Aim>;
  #agenda: Agenda | null = null;
  #timer: NodeJS.Timeout | null = null;
  #ownServers: readonly string[] = [];
  #stopped = false;
  #gone: Promise<unknown> = Promise.resolve();

  constructor(spec: ProbeSpec, owner: RunOwner) {
    this.#spec = spec;
    this.#owner = owner;
    this.#sender = senderOf(spec.check, spec);
    this.#aims = new Map(
      targetsFor(spec.check, spec.family).map((target) => [target.name, this.#aimAt(target)]),
    );
  }

  /** The ways that have to be known. */
  wants(): readonly PathWant[] {
    return [...this.#targets(), ...this.#servers()].map(({ want }) => want);
  }

  /** @param answers to `wants`, in that order; null: the kernel could not be asked */
  found(answers: readonly PathAnswer[] | null, wants: readonly PathWant[]): void {
    if (this.#stopped) return;
    const answerTo = (want: PathWant) => answers?.[wants.findIndex((each) => isSame(each, want))];
    const servers = this.#servers().filter(({ want }) => answerTo(want)?.verdict.kind === "own");
    this.#ownServers = servers.map(({ server }) => server);
    for (const { aim, want } of this.#targets()) {
      const answer = answerTo(want);
      if (answer !== undefined) this.#settle(aim, answer);
      else if (aim.verdict === null && answers === null) this.#settle(aim, UNASKED);
    }
    for (const { name } of this.#aims.values()) name?.begin();
    if (this.#agenda === null) {
      this.#agenda = newAgenda(this.#spec.check, [...this.#aims.keys()], performance.now());
    }
    this.#arrange();
  }

  /** Resolves when no process and no socket of it is left. Nothing more is told. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { name, asker } of this.#aims.values()) {
      name?.close();
      if (asker !== null) this.#close(asker);
    }
    await this.#gone;
  }

  #aimAt(target: CheckTarget): Aim {
    const address = parseAddress(target.host)?.address ?? null;
    const { family, address: from } = this.#spec;
    const name =
      address !== null
        ? null
        : new HostName({
            host: target.host,
            family,
            from,
            servers: () => this.#ownServers,
            changed: (found) => this.#renamed(target.name, found),
          });
    return { target, name, address, verdict: null, index: null, asker: null };
  }

  #targets(): { aim: Aim; want: PathWant }[] {
    return [...this.#aims.values()].flatMap((aim) => {
      if (aim.address === null) return [];
      const destination = destinationOf(this.#spec.check, aim.target, aim.address);
      return [{ aim, want: { sender: this.#sender, destination } }];
    });
  }

  #servers(): { server: string; want: PathWant }[] {
    if ([...this.#aims.values()].every(({ name }) => name === null)) return [];
    return this.#spec.nameServers.flatMap((server) => {
      const parsed = parseAddress(server);
      if (parsed === null || parsed.family !== this.#spec.family) return [];
      const destination = { address: parsed.address, protocol: "udp", port: NAME_PORT } as const;
      return [{ server: parsed.address, want: { sender: this.#sender, destination } }];
    });
  }

  /** The way to a target is known, perhaps as it was. */
  #settle(aim: Aim, { verdict, index }: PathAnswer): void {
    const { target, address } = aim;
    const goesOn = aim.asker !== null && verdict.kind === "own" && index === aim.index;
    if (aim.asker !== null && !goesOn) this.#drop(target.name, aim.asker);
    const begins = !goesOn && verdict.kind === "own" && address !== null;
    const asker = goesOn ? aim.asker : begins ? this.#asker(target, address) : null;
    this.#aims.set(target.name, { ...aim, verdict, index, asker });
  }

  #asker(target: CheckTarget, address: string): Asker {
    return askerFor(
      this.#spec.check,
      this.#sender,
      target,
      address,
      this.#aims.size,
      this.#eventsOf(target.name),
    );
  }

  #drop(target: string, asker: Asker): void {
    this.#close(asker);
    if (this.#agenda !== null) this.#agenda = abandoned(this.#agenda, target);
  }

  #close(asker: Asker): void {
    this.#gone = Promise.all([this.#gone, asker.close()]);
  }

  #renamed(target: string, address: string): void {
    const aim = this.#aims.get(target);
    if (aim === undefined || this.#stopped) return;
    if (aim.asker !== null) this.#drop(target, aim.asker);
    this.#aims.set(target, { ...aim, address, verdict: null, asker: null });
    this.#owner.onWants();
  }

  #eventsOf(target: string): AskerEvents {
    const withAgenda = (act: (agenda: Agenda) => Agenda) => {
      if (this.#agenda === null || this.#stopped) return;
      this.#agenda = act(this.#agenda);
      this.#arrange();
    };
    return {
      sent: (sentAt, isExtra) => {
        // A line that is down is not proved dead once more.
        if (isExtra && this.#spec.overdue() === null) return;
        withAgenda((agenda) => sent(agenda, { target, sentAt, extra: isExtra }));
      },
      answered: (sentAt, rtt) =>
        withAgenda((agenda) => {
          const known = answered(agenda, target, sentAt);
          this.#tell({ outcome: "answered", target, sentAt, rtt, ...extra(known.asked) });
          return known.agenda;
        }),
      wrong: (sentAt, why) =>
        withAgenda((agenda) => {
          const known = ended(agenda, target, sentAt);
          if (known.asked !== null)
            this.#tell({ outcome: "lost", target, sentAt, why, ...extra(known.asked) });
          return known.agenda;
        }),
      cannotRun: (sentAt, why) =>
        withAgenda((agenda) => {
          this.#tell({ outcome: "cannot-run", target, sentAt, why });
          return ended(agenda, target, sentAt).agenda;
        }),
      abandoned: () => withAgenda((agenda) => abandoned(agenda, target)),
      doubted: () => this.#owner.onDoubt(),
    };
  }

  #tell(result: ProbeResult): void {
    if (!this.#stopped) this.#owner.onResult(result);
  }

  /** Pings hurry by themselves. */
  #overdue(): number | null {
    const hurries = [...this.#aims.values()].some(({ asker }) => asker?.hurries === true);
    return hurries ? null : this.#spec.overdue();
  }

  #arrange(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#stopped || this.#agenda === null) return;
    const wait = Math.max(0, nextAt(this.#agenda, this.#overdue()) - performance.now());
    this.#timer = setTimeout(() => {
      // Answers that wait to be read, because we were busy, come before their deadline.
      setImmediate(() => this.#step());
    }, wait);
  }

  #step(): void {
    if (this.#stopped || this.#agenda === null) return;
    const now = performance.now();
    const { agenda, ask, lost } = step(this.#agenda, now, this.#overdue());
    this.#agenda = agenda;
    for (const asked of lost) {
      this.#tell({ outcome: "lost", target: asked.target, sentAt: asked.sentAt, ...extra(asked) });
    }
    for (const { target, extra: isExtra } of ask) this.#ask(target, isExtra, now);
    this.#arrange();
  }

  #ask(target: string, isExtra: boolean, now: number): void {
    const aim = this.#aims.get(target);
    // Who is told of a result may stop it all.
    if (aim === undefined || this.#agenda === null || this.#stopped) return;
    if (aim.asker !== null) {
      const sentAt = aim.asker.ask(now, this.#spec.overdue() !== null);
      if (sentAt !== null) this.#agenda = sent(this.#agenda, { target, sentAt, extra: isExtra });
    } else if (!isExtra) {
      this.#tellWhyNot(aim, now);
    }
  }

  /** It is not asked, since there is no way to it, or a wrong one, or its name has no address. */
  #tellWhyNot({ target, verdict, name }: Aim, now: number): void {
    const base = { target: target.name, sentAt: now };
    if (verdict?.kind === "none") this.#tell({ ...base, outcome: "lost", why: verdict.why });
    else if (verdict?.kind === "elsewhere") this.#tell({ ...base, outcome: "cannot-run", why: verdict.why });
    else if (name !== null && name.trouble.why !== "") {
      this.#tell({ ...base, outcome: name.trouble.byUplink ? "lost" : "cannot-run", why: name.trouble.why });
    }
  }
}

const UNASKED: PathAnswer = {
  verdict: { kind: "elsewhere", why: "the kernel could not be asked which way the probes go" },
  index: null,
};

function extra(asked: Asked): { extra?: true } {
  return asked.extra ? { extra: true } : {};
}

function isSame(left: PathWant, right: PathWant): boolean {
  return (
    left.sender === right.sender &&
    left.destination.address === right.destination.address &&
    left.destination.port === right.destination.port &&
    left.destination.protocol === right.destination.protocol
  );
}
