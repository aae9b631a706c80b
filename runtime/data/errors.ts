/**
 * What is wrong with the data, as something a caller can show: a code, its facts, the place and the words. Made from the
 * table in `codes.ts`; whoever catches one prints `text`, never the stack.
 */
import { DATA_CODES, type DataCode, type DataFacts, type DataWords } from './codes.ts';

export interface DataPlace {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1: the place of the field's first character in its line. */
  readonly column?: number;
}

/** Something worth knowing that does not stop the load. */
export interface DataWarning extends DataPlace {
  readonly code: DataCode;
  readonly message: string;
  readonly help: string;
}

function wordsOf<Code extends DataCode>(code: Code): DataWords<DataFacts[Code]> {
  return DATA_CODES[code];
}

function placeText(place: DataPlace): string {
  const parts = [place.file, place.line, place.column].filter(part => part !== undefined);
  return parts.length > 0 ? ` at ${parts.join(':')}` : '';
}

export class DataError extends Error {
  override readonly name = 'DataError';
  readonly code: DataCode;
  readonly facts: DataFacts[DataCode];
  readonly place: DataPlace;
  readonly why: string;
  /** How to mend it. */
  readonly help: string;
  /** See `DataWords.environment`. */
  readonly environment: boolean;

  constructor(code: DataCode, facts: DataFacts[DataCode], place: DataPlace, words: DataWords<never>) {
    super(words.message(facts as never));
    this.code = code;
    this.facts = facts;
    this.place = place;
    this.why = words.why;
    this.help = words.mend(facts as never);
    this.environment = words.environment === true;
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
    return `error[${this.code}]: ${this.message}${placeText(this.place)}\n  ${this.why}\n  help: ${this.help}`;
  }
}

export function dataError<Code extends DataCode>(code: Code, facts: DataFacts[Code], place: DataPlace = {}): DataError {
  return new DataError(code, facts, place, wordsOf(code) as DataWords<never>);
}

export function dataWarning<Code extends DataCode>(
  code: Code,
  facts: DataFacts[Code],
  place: DataPlace = {},
): DataWarning {
  const words = wordsOf(code);
  return { code, message: words.message(facts), help: words.mend(facts), ...place };
}
