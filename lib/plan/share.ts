/** How new connections are shared out. Pure. */

/** Who gets new connections. */
export interface Sharers {
  /** Names of the uplinks of the choice. */
  readonly choice: readonly string[];
  /** Those that balancing shares between by weight; fewer than two: the first of the choice gets all. */
  readonly shared: readonly string[];
}

/** An uplink's share of new IPv4 connections, 0 to 1, to three places. */
export function shareOf(
  name: string,
  { choice, shared }: Sharers,
  uplinks: readonly { readonly name: string; readonly weight: number }[],
): number {
  if (shared.length === 0) return choice[0] === name ? 1 : 0;
  const sharing = uplinks.filter((uplink) => shared.includes(uplink.name));
  const total = sharing.reduce((sum, { weight }) => sum + weight, 0);
  const own = sharing.find((uplink) => uplink.name === name)?.weight ?? 0;
  return total === 0 ? 0 : Math.round((own / total) * 1000) / 1000;
}
