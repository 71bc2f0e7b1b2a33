/** Whoever sends probes to one target, by whatever method. */

/** What an asker tells. Times are performance.now(); `sentAt` names the probe. */
export interface AskerEvents {
  /** A probe went out that it was asked for before; or, extra, of its own accord because there was no answer. */
  sent(sentAt: number, extra: boolean): void;
  /** @param rtt milliseconds */
  answered(sentAt: number, rtt: number): void;
  /** An answer that shows that the line does not work, or word that there will be none. */
  wrong(sentAt: number, why: string): void;
  /** The probe could not be made. */
  cannotRun(sentAt: number, why: string): void;
  /** What is under way will not be answered any more, for no fault of the line's. */
  abandoned(): void;
  /** Something looks as if the kernel's idea of the way had changed. */
  doubted(): void;
}

export interface Asker {
  /** It hurries by itself while there is no answer: it is not to be asked for extra probes. */
  readonly hurries: boolean;
  /**
   * Sends a probe.
   * @param hurry whether extra probes are wanted while there is no answer to it
   * @returns when it goes out, which may be a moment later; null: `sent` will tell, or it cannot, and `cannotRun` told
   */
  ask(now: number, hurry: boolean): number | null;
  /** Resolves when nothing is left of it. Nothing more is told. */
  close(): Promise<void>;
}
