/** What a run with models looks at before its first bar, anew or after a restart: which versions it goes by, and whether it may. */
import type { Model } from '../../../language/check/model.ts';
import type { Registry } from '../../models/registry/registry.ts';
import { LiveError } from '../errors.ts';
import type { ActivationInput } from '../store/rows.ts';
import type { Ground } from './ground.ts';
import type { Running } from './running.ts';

export const OTHER = 'put back what it was begun with, or give `--new` to set the journal aside and begin anew';
export const TRAIN_FIRST = 'see what `vela train` says of the same candles';

type Models = ReadonlyMap<string, Running>;

/** After a restart: all models have the versions that they had. */
export function haveVersions(models: Models, ground: Ground, registry: Registry): boolean {
  if (ground.length === ground.past) return false;
  return [...models.values()].every(({ asked, turns, held }) => {
    const version = turns.at(ground.lastOf(asked.clock) + 1);
    return version !== undefined && (held.bound.by === 'file' || registry.find(version) !== undefined);
  });
}

/** Open of the first tick of which it matters later on by what version it was answered, UTC milliseconds. */
export function rememberedFrom(models: Models, ground: Ground): number {
  const nextMs = ground.openMs(ground.length);
  const firsts = [...models.values()].map(({ asked: { clock, memory } }) => {
    const first = ground.lastOf(clock) + 1 - memory;
    return memory === 0 ? nextMs : ground.openOf(clock, Math.max(first, ground.before(clock)));
  });
  return Math.min(nextMs, ...firsts);
}

/** The version that serves next, and those by which ticks were answered that are remembered; true where it cannot be missed. */
export function heldVersions({ asked, turns }: Running, ground: Ground): ReadonlyMap<string, boolean> {
  const last = ground.lastOf(asked.clock);
  const first = Math.max(ground.before(asked.clock), last + 1 - asked.remembers);
  const versions = new Map<string, boolean>();
  for (let tick = first; tick <= last + 1; tick++) {
    const version = turns.at(tick);
    if (version !== undefined) versions.set(version, tick > last - asked.memory);
  }
  return versions;
}

/** A version that has served must still be what it was. `digest`: of its bytes now; undefined: it is gone. */
export function refuseOther(model: Model, served: ActivationInput | undefined, digest: string | undefined): void {
  if (served === undefined || model.source.kind === 'file' || digest === served.digest) return;
  const what = digest === undefined ? 'is gone from the registry' : 'has other bytes in the registry';
  throw new LiveError(
    'other-model',
    `version ${served.version.slice(0, 12)} of model \`${model.name}\`, which this run goes by, ${what}`,
    OTHER,
  );
}

/** A run with money in it begins with a version of each model. */
export function refuseWithout(models: Models, ground: Ground): void {
  for (const { held, asked, turns, training } of models.values()) {
    const next = ground.lastOf(asked.clock) + 1;
    if (turns.at(next) !== undefined || turns.due(ground.length).length > 0) continue;
    const why = training ?? 'its calendar has no instant that could be trained';
    throw new LiveError('untrained', `model \`${held.model.name}\` has no version to begin with: ${why}`, TRAIN_FIRST);
  }
}
