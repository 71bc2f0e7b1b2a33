/** Reads what is remembered, whatever has become of the file; and keeps apart what could never be found out again. */

import { readJson, readText, writeJson } from "./files.ts";
import { manualSwitches } from "./manual.ts";
import { PATHS } from "./paths.ts";
import { type ChangedSetting, isSameIn, NO_STATE, type State, withError } from "./record.ts";

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isRecordOf = (value: unknown, fits: (entry: unknown) => boolean): boolean =>
  isObject(value) && Object.values(value).every(fits);
const isText = (value: unknown) => typeof value === "string";
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isChange = (value: unknown): value is ChangedSetting =>
  isObject(value) && isText(value.was) && isText(value.set);
const isOwed = (value: unknown) =>
  isObject(value) && typeof value.all === "boolean" && isTexts(value.addresses);

/** A state that an older version wrote lacks what was not known then. */
const FITS: { readonly [key in keyof Required<State>]: (value: unknown) => boolean } = {
  version: (value) => value === 1,
  uplinks: (value) => isRecordOf(value, (uplink) => isObject(uplink) && isText(uplink.state)),
  lastAddresses: (value) => isRecordOf(value, isObject),
  told: (value) => value === undefined || isRecordOf(value, (up) => typeof up === "boolean"),
  nameServers: (value) => isRecordOf(value, isTexts),
  facts: (value) => isRecordOf(value, (told) => isObject(told) && isObject(told.facts)),
  owed: (value) => isRecordOf(value, isOwed),
  settings: (value) => isRecordOf(value, isChange),
  manual: (value) => isRecordOf(value, isText),
  choice: isTexts,
  switches: (value) => value === undefined || typeof value === "number",
  balanced: isTexts,
  packetFilter: (value) => value === null || isText(value),
  ipv6: (value) => typeof value === "boolean",
  prefixTables: (value) => isRecordOf(value, isText),
  errors: (value) => Array.isArray(value) && value.every((error) => isObject(error) && isText(error.message)),
};

/** The state that a file holds; null: it holds none, or none that can be understood. */
export function parseState(value: unknown): State | null {
  if (!isObject(value)) return null;
  const state: Json = { ...NO_STATE, ...value };
  const fits = Object.entries(FITS).every(([key, fit]) => fit(state[key]));
  return fits && value.version === 1 ? (state as unknown as State) : null;
}

/**
 * What is remembered. Where that is lost or damaged: what the kernel's settings were before they were changed, what was
 * switched off for longer than a reboot, and, if there was something, an error that says so.
 * @throws what the file system says, but for files that are not there
 */
export function readState(): State {
  const state = parseState(readJson(PATHS.state));
  if (state !== null) return state;
  const fresh: State = { ...NO_STATE, manual: manualSwitches(), settings: keptSettings() };
  if (readText(PATHS.state) === null) return fresh;
  const message = `${PATHS.state} cannot be understood: begun anew, without what was learnt from earlier events`;
  return withError(fresh, message, Date.now());
}

function keptSettings(): State["settings"] {
  const kept = readJson<State["settings"]>(PATHS.settings);
  return FITS.settings(kept) && kept !== null ? kept : {};
}

/**
 * Stores the state; and settings, which only the state tells what they were, a second time.
 * @param before what is stored already, if that is known
 * @throws what the file system says
 */
export function writeState(state: State, before: State | null): void {
  if (before === null || !isSameIn(["settings"], state, before)) writeJson(PATHS.settings, state.settings);
  writeJson(PATHS.state, state);
}

/** Keeps an error for `waymark status`. @param at milliseconds since 1970 */
export function noteError(message: string, at: number): void {
  try {
    const state = readState();
    writeState(withError(state, message, at), state);
  } catch {
    // The journal has the message; the state file is what could not be written.
  }
}
