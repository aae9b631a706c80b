/** What is told of long work while it goes on: which model, which fold, which round, how good, how much longer. */
import type { ModelWarning } from '../errors.ts';
import type { Progress } from '../trainer.ts';

export type TrainingEvent =
  | { readonly kind: 'model'; readonly model: string; readonly folds: number }
  | {
      readonly kind: 'fold';
      readonly model: string;
      /** From 1. */
      readonly fold: number;
      readonly folds: number;
      readonly atMs: number;
      readonly rows: number;
    }
  | {
      readonly kind: 'round';
      readonly model: string;
      readonly fold: number;
      readonly folds: number;
      readonly at: Progress;
    }
  | {
      readonly kind: 'trial';
      readonly model: string;
      readonly fold: number;
      readonly trial: number;
      readonly trials: number;
    }
  | {
      readonly kind: 'kept';
      readonly model: string;
      readonly fold: number;
      readonly id: string;
      readonly isNew: boolean;
    }
  | { readonly kind: 'refused'; readonly model: string; readonly fold: number; readonly warning: ModelWarning };

export type Tell = (event: TrainingEvent) => void;
