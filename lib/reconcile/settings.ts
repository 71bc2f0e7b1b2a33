/** Writes settings below /proc/sys and /sys, and writes back what they were. */

import { sameSetting, settingsToRestore, settingsToWrite } from "../plan/changes.ts";
import type { Setting } from "../plan/settings.ts";
import { messageOf } from "../state/files.ts";
import type { ChangedSetting } from "../state/record.ts";
import type { World } from "./world.ts";

export interface SettingsStep {
  readonly record: Readonly<Record<string, ChangedSetting>>;
  readonly changes: readonly string[];
  readonly errors: readonly string[];
}

/** What is to be set, and the record that has to be stored before it is. */
export interface SettingsPlan {
  readonly writes: readonly { readonly path: string; readonly value: string }[];
  readonly record: Readonly<Record<string, ChangedSetting>>;
  /** What is left undone on purpose. */
  readonly warnings: readonly string[];
}

/**
 * Finds what is wanted and not so yet. What stands there now is what to return to: a new device's own value, or what an
 * administrator set since.
 */
export function prepareSettings(
  world: World,
  wanted: readonly Setting[],
  recorded: Readonly<Record<string, ChangedSetting>>,
): SettingsPlan {
  const { provable, warnings } = proven(world, wanted);
  const writes = settingsToWrite(provable, (path) => world.readSetting(path));
  if (writes.length === 0) return { writes, record: recorded, warnings };
  const changed = writes.map(({ path, value, was }) => [path, { was, set: value }] as const);
  return { writes, record: { ...recorded, ...Object.fromEntries(changed) }, warnings };
}

/** Sets it. */
export function applySettings(world: World, plan: SettingsPlan): SettingsStep {
  if (plan.writes.length === 0) return { record: plan.record, changes: [], errors: [] };
  const record: Record<string, ChangedSetting> = { ...plan.record };
  const changes: string[] = [];
  const errors: string[] = [];
  for (const { path, value } of plan.writes) {
    try {
      world.writeSetting(path, value);
      changes.push(`echo ${value} > ${path}`);
    } catch (error) {
      delete record[path];
      errors.push(`cannot set ${path} to ${value}: ${messageOf(error)}`);
    }
  }
  return { record, changes, errors };
}

/** Leaves out what /sys shows of a device of the same name in another network namespace. */
function proven(world: World, wanted: readonly Setting[]): { provable: Setting[]; warnings: string[] } {
  if (wanted.every(({ proof }) => proof === undefined)) return { provable: [...wanted], warnings: [] };
  const answers = new Map<string, boolean>();
  for (const { proof } of wanted) {
    if (proof === undefined || answers.has(proof.path)) continue;
    answers.set(proof.path, world.readSetting(proof.path) === proof.value);
  }
  const warnings = [...answers].flatMap(([path, good]) =>
    good
      ? []
      : [
          `${path} does not tell of this device: /sys is mounted for another network namespace; spread_cpus is left undone`,
        ],
  );
  return {
    provable: wanted.filter(({ proof }) => proof === undefined || answers.get(proof.path) === true),
    warnings,
  };
}

/** Writes back what nobody wants any more, where it still is as Waymark left it. */
export function restoreSettings(
  world: World,
  wanted: readonly Setting[],
  recorded: Readonly<Record<string, ChangedSetting>>,
): SettingsStep {
  const paths = settingsToRestore(wanted, recorded);
  if (paths.length === 0) return { record: recorded, changes: [], errors: [] };
  const record: Record<string, ChangedSetting> = { ...recorded };
  const changes: string[] = [];
  const errors: string[] = [];
  for (const path of paths) {
    const { set, was } = recorded[path] as ChangedSetting;
    try {
      const now = world.readSetting(path);
      if (now !== null && sameSetting(now, set)) {
        world.writeSetting(path, was);
        changes.push(`echo ${was} > ${path}`);
      }
      delete record[path];
    } catch (error) {
      errors.push(`cannot set ${path} back to ${was}: ${messageOf(error)}`);
    }
  }
  return { record, changes, errors };
}
