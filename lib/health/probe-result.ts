/** What became of one probe, as whoever sends it tells the health of its line. */

/** An answer came; a late one too, even after the probe was reported lost. */
export interface Answered {
  readonly outcome: "answered";
  /** The target's name, as in the configuration. */
  readonly target: string;
  /** When the probe was sent, milliseconds of a clock that never goes back; with the target it names the probe. */
  readonly sentAt: number;
  /** Round trip, milliseconds. */
  readonly rtt: number;
  /** Sent between the usual ones because an answer was overdue: a sign of life or of death, but no measurement. */
  readonly extra?: boolean;
}

/** No answer in time, told at the probe's own deadline; or at once a wrong answer. */
export interface Lost {
  readonly outcome: "lost";
  readonly target: string;
  readonly sentAt: number;
  /** What was wrong, in words fit for a terminal, such as `answered 302, expected 204`; left out: silence. */
  readonly why?: string;
  readonly extra?: boolean;
}

/** The probe could not be made; that says nothing about the line. */
export interface CannotRun {
  readonly outcome: "cannot-run";
  readonly target: string;
  /** When it should have been sent. */
  readonly sentAt: number;
  /** Why, in words fit for a terminal, such as `there is no program "ping"`. */
  readonly why: string;
}

export type ProbeResult = Answered | Lost | CannotRun;
