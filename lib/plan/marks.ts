/** The bits of the packet mark that are Waymark's, and who gets which value. */

/** Marks of others that overlap the usual mask: WireGuard's wg-quick, Kubernetes (masquerade, drop), Cilium. */
const FOREIGN = [0xca6c, 0x4000, 0x8000, 0x0f00, 0x0e00, 0x0a00, 0x0c00, 0x0b00] as const;

/** How many different marks the mask can tell apart; zero means "not marked". */
export function markCapacity(mask: number): number {
  return Math.floor((mask >>> 0) / lowestBit(mask));
}

/** The mark of number `number`, 1 to `markCapacity(mask)`. The bits of the mask stand side by side. */
export function markOf(number: number, mask: number): number {
  return (number * lowestBit(mask)) >>> 0;
}

function lowestBit(mask: number): number {
  return (mask & -mask) >>> 0;
}

/** Numbers per uplink name. Stored for ever: connections bear the marks made from them. */
export type Numbers = Readonly<Record<string, number>>;

/**
 * Gives every name a number of its own, 1 to 255: those that have one keep it, others get the lowest that is free.
 * Numbers whose mark could be taken for somebody else's come last. Names that are gone keep theirs until it is needed.
 * @throws RangeError when there are more names than numbers
 */
export function allocateNumbers(names: readonly string[], before: Numbers, mask: number): Numbers {
  const capacity = Math.min(255, markCapacity(mask));
  const kept = Object.entries(before).filter(([, number]) => number >= 1 && number <= capacity);
  const numbers = new Map(kept);
  const order = numbersByPreference(capacity, mask);
  for (const name of names) {
    if (numbers.has(name)) continue;
    const taken = new Set(numbers.values());
    const free = order.find((number) => !taken.has(number)) ?? releaseOne(numbers, names);
    if (free === undefined)
      throw new RangeError(`${names.length} uplinks do not fit the mark mask 0x${mask.toString(16)}`);
    numbers.set(name, free);
  }
  return Object.fromEntries(numbers);
}

function numbersByPreference(capacity: number, mask: number): number[] {
  const overlapping = new Set(FOREIGN.map((mark) => (mark & mask) >>> 0));
  const all = Array.from({ length: capacity }, (_, index) => index + 1);
  const risky = (number: number) => overlapping.has(markOf(number, mask));
  return [...all.filter((number) => !risky(number)), ...all.filter(risky)];
}

/** Takes the number of a name that the configuration no longer has. */
function releaseOne(numbers: Map<string, number>, names: readonly string[]): number | undefined {
  const gone = [...numbers.keys()].find((name) => !names.includes(name));
  if (gone === undefined) return undefined;
  const number = numbers.get(gone);
  numbers.delete(gone);
  return number;
}

/** Numbers for marks that never reach a connection. Where they run out, there are fewer. */
export interface PassingNumbers {
  /** One for each uplink that takes part in balancing. */
  readonly shares: readonly number[];
  /** One for each rule for a group. */
  readonly groups: readonly number[];
}

/**
 * Gives them out: none is an uplink's. A balanced uplink has the one that is as far from the top as its own is from the
 * bottom: while a changed file is applied there are moments with marks of the new one and rules of the old one, and
 * no number may stand for one uplink here and for another there.
 * @param shared names of the uplinks that take part in balancing, out of `names`
 */
export function passingNumbers(
  shared: readonly string[],
  groups: number,
  uplinks: Numbers,
  names: readonly string[],
  mask: number,
): PassingNumbers {
  const capacity = markCapacity(mask);
  const taken = new Set(names.map((name) => uplinks[name]));
  const mirror = (name: string) => capacity + 1 - (uplinks[name] ?? 0);
  const isFree = (number: number) => number >= 1 && !taken.has(number);
  const kept = new Set(shared.map(mirror).filter(isFree));
  // Those of uplinks that are not balanced now come last: they may be one day.
  const mirrors = new Set(names.map(mirror));
  const wanted = groups + shared.length - kept.size;
  const rest: number[] = [];
  for (let number = capacity; number >= 1 && rest.length < wanted; number--) {
    if (isFree(number) && !mirrors.has(number)) rest.push(number);
  }
  rest.push(...[...mirrors].filter((number) => isFree(number) && !kept.has(number)));

  const others = rest.slice(groups);
  const shares = shared.flatMap((name) => (kept.has(mirror(name)) ? mirror(name) : (others.shift() ?? [])));
  return { shares, groups: rest.slice(0, groups) };
}

/** `0x100`, as iproute2 and nft read it. */
export function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
