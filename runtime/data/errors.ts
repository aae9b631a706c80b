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
  /** About this machine rather than the data: no part of a result, which is the same on every machine. */
  readonly environment?: true;
}

function placeText(place: DataPlace): string {
  const parts = [place.file, place.line, place.column].filter(part => part !== undefined);
  return parts.length > 0 ? ` at ${parts.join(':')}` : '';
}

/** The words of a code, filled in with its facts. */
interface DataProblem {
  readonly code: DataCode;
  readonly facts: DataFacts[DataCode];
  readonly place: DataPlace;
  readonly message: string;
  readonly why: string;
  /** How to mend it. */
  readonly help: string;
  /** See `DataWords.environment`. */
  readonly environment: boolean;
  /** See `DataWords.usage`. */
  readonly usage: boolean;
}

export class DataError extends Error implements DataProblem {
  override readonly name = 'DataError';
  readonly code: DataCode;
  readonly facts: DataFacts[DataCode];
  readonly place: DataPlace;
  readonly why: string;
  readonly help: string;
  readonly environment: boolean;
  readonly usage: boolean;

  constructor(problem: DataProblem) {
    super(problem.message);
    this.code = problem.code;
    this.facts = problem.facts;
    this.place = problem.place;
    this.why = problem.why;
    this.help = problem.help;
    this.environment = problem.environment;
    this.usage = problem.usage;
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
    const { file = '', line } = this.place;
    const isNamed = line === undefined && this.message.includes(file);
    return `error[${this.code}]: ${this.message}${isNamed ? '' : placeText(this.place)}\n  ${this.why}\n  help: ${this.help}`;
  }
}

export function dataError<Code extends DataCode>(code: Code, facts: DataFacts[Code], place: DataPlace = {}): DataError {
  const words: DataWords<DataFacts[Code]> = DATA_CODES[code];
  return new DataError({
    code,
    facts,
    place,
    message: words.message(facts),
    why: words.why,
    help: words.mend(facts),
    environment: words.environment === true,
    usage: words.usage === true,
  });
}

export function dataWarning<Code extends DataCode>(
  code: Code,
  facts: DataFacts[Code],
  place: DataPlace = {},
): DataWarning {
  const words: DataWords<DataFacts[Code]> = DATA_CODES[code];
  const { environment } = words;
  return {
    code,
    message: words.message(facts),
    help: words.mend(facts),
    ...place,
    ...(environment === true && { environment }),
  };
}
