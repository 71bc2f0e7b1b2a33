/** Times as a person at this machine reads them. */

/** How far a place's clock is ahead of UTC at a moment, in minutes. @param at milliseconds since 1970 */
export type Zone = (at: number) => number;

export const UTC: Zone = () => 0;

/** The machine's own time zone. */
export const localZone: Zone = (at) => -new Date(at).getTimezoneOffset();

/** `2026-02-03 04:05:06` @param at milliseconds since 1970 */
export function clockText(at: number, zone: Zone): string {
  return new Date(at + zone(at) * 60_000).toISOString().slice(0, 19).replace("T", " ");
}
