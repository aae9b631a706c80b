/**
 * What is wrong with a model, its data, its training or its versions, as something a caller can show. Made from the table
 * in `codes.ts`; whoever catches one prints `text`, never the stack.
 */

import type { ModelWords } from './codes/words.ts';
import { MODEL_CODES, type ModelCode, type ModelFacts } from './codes.ts';

export interface ModelPlace {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
}

/** Something worth knowing that stops nothing. */
export interface ModelWarning extends ModelPlace {
  readonly code: ModelCode;
  readonly message: string;
  readonly help: string;
  /** About this machine rather than the model: no part of a result. */
  readonly environment?: true;
}

export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: ModelCode;
  readonly facts: unknown;
  readonly place: ModelPlace;
  readonly why: string;
  readonly help: string;
  readonly environment: boolean;
  readonly usage: boolean;

  constructor(code: ModelCode, facts: unknown, place: ModelPlace, words: ModelWords<never>) {
    super(words.message(facts as never));
    this.code = code;
    this.facts = facts;
    this.place = place;
    this.why = words.why;
    this.help = words.mend(facts as never);
    this.environment = words.environment === true;
    this.usage = words.usage === true;
  }

  get file(): string | undefined {
    return this.place.file;
  }
  get line(): number | undefined {
    return this.place.line;
  }
  get column(): number | undefined {
    return this.place.column;
  }

  /** The whole message as a person reads it. */
  get text(): string {
    const place = [this.file, this.line, this.column].filter(part => part !== undefined).join(':');
    return `error[${this.code}]: ${this.message}${place === '' ? '' : ` at ${place}`}\n  ${this.why}\n  help: ${this.help}`;
  }
}

export function modelError<Code extends ModelCode>(
  code: Code,
  facts: ModelFacts<Code>,
  place: ModelPlace = {},
): ModelError {
  return new ModelError(code, facts, place, MODEL_CODES[code]);
}

export function modelWarning<Code extends ModelCode>(
  code: Code,
  facts: ModelFacts<Code>,
  place: ModelPlace = {},
): ModelWarning {
  const words: ModelWords<never> = MODEL_CODES[code];
  const { environment } = words;
  return {
    code,
    message: words.message(facts as never),
    help: words.mend(facts as never),
    ...place,
    ...(environment === true && { environment }),
  };
}
