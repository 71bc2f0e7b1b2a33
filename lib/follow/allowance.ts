/** How often something may be done: a bucket of tokens. Pure; times are milliseconds of a clock that never goes back. */

export interface Rate {
  /** How many at once after a rest. */
  readonly burst: number;
  /** Milliseconds for one more. */
  readonly every: number;
}

export interface Allowance {
  /** 0 to `burst`, also parts of one. */
  readonly tokens: number;
  /** When that many. */
  readonly at: number;
}

export function fullAllowance(rate: Rate, now: number): Allowance {
  return { tokens: rate.burst, at: now };
}

/** Having done it once. Never less than nothing, so that doing it without leave is not paid for twice. */
export function spent(allowance: Allowance, rate: Rate, now: number): Allowance {
  return { tokens: Math.max(0, tokensAt(allowance, rate, now) - 1), at: Math.max(now, allowance.at) };
}

/** From when on it may be done. */
export function allowedFrom({ tokens, at }: Allowance, rate: Rate): number {
  return tokens >= 1 ? at : at + (1 - tokens) * rate.every;
}

function tokensAt({ tokens, at }: Allowance, rate: Rate, now: number): number {
  return Math.min(rate.burst, tokens + Math.max(0, now - at) / rate.every);
}
