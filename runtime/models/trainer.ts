/** The port that every trainer implements. A training is a function of its request: no clock, no randomness but the seed. */
import type { Objective, TrainerName } from '../../language/check/model.ts';
import type { TrainerSetting } from '../../language/check/trainer-settings.ts';
import type { Artefact } from './artefact.ts';
import type { LabelledRows } from './matrix.ts';

export interface TrainRequest {
  readonly train: LabelledRows;
  readonly valid?: LabelledRows;
  readonly objective: Objective;
  /** By the trainer's own names, defaults filled in (`defaultSettings`); without those that are worked out from the data. */
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  readonly seed: number;
  readonly earlyStoppingRounds?: number;
  /** Does not change a bit of the result. */
  readonly threads: number;
  readonly progress?: (progress: Progress) => void;
  /** Stops between rounds; the training then throws an `AbortError`. */
  readonly signal?: AbortSignal;
}
export interface Progress {
  readonly round: number;
  readonly rounds: number;
  readonly metric?: { readonly name: string; readonly train?: number; readonly valid?: number };
}

export interface Trained {
  readonly artefact: Artefact;
  /** Rounds kept: the best on the valid part, else all. */
  readonly rounds: number;
  readonly curve: readonly Progress[];
  /** Rows of the training part with an absent feature, for trainers that cannot learn from them; absent: none. */
  readonly leftOut?: number;
  /** Total gain by column, for trainers that have it. */
  readonly gain?: Float64Array;
}

export interface Trainer {
  readonly name: TrainerName;
  /** Raised when the same request may give other bytes: part of a version's id. */
  readonly version: number;
  /** Its row of `TRAINER_SETTINGS`. */
  readonly settings: readonly TrainerSetting[];
  readonly train: (request: TrainRequest) => Promise<Trained>;
}
