/**
 * What the parser decides by the next token: whether to enter an optional part, and which alternative to take.
 *
 * Chevrotain finds out by recording the whole grammar and following each decision through it, which takes longer than
 * reading a strategy. Here a decision is followed when it is first met; and the published program brings all of them
 * along, worked out when it was built (decision-table.ts), and records nothing.
 */
import {
  getLookaheadPaths,
  type ILookaheadStrategy,
  type IRecognitionException,
  type IToken,
  LLkLookaheadStrategy,
  type TokenType,
} from 'chevrotain';
import { VOCABULARY } from './tokens.ts';

type Alternation = ReturnType<ILookaheadStrategy['buildLookaheadForAlternation']>;
type Optional = ReturnType<ILookaheadStrategy['buildLookaheadForOptional']>;
type AlternationOptions = Parameters<ILookaheadStrategy['buildLookaheadForAlternation']>[0];
type OptionalOptions = Parameters<ILookaheadStrategy['buildLookaheadForOptional']>[0];

/** For each alternative the types of token that may begin it; an optional part is the only alternative. */
type FirstTokens = readonly (readonly TokenType[])[];

/** Where chevrotain looks a decision up: the kind of production in the upper bits, its number in the lower ones. */
const KINDS = {
  Alternation: 1 << 8,
  Option: 2 << 8,
  Repetition: 3 << 8,
  RepetitionMandatory: 4 << 8,
  RepetitionWithSeparator: 5 << 8,
  RepetitionMandatoryWithSeparator: 6 << 8,
} as const;

/** By rule and key: for each alternative the places in the vocabulary of the tokens that may begin it. */
export type DecisionTable = Readonly<Record<string, Readonly<Record<number, readonly (readonly number[])[]>>>>;

export class Decisions extends LLkLookaheadStrategy {
  private readonly followed: { readonly rule: string; readonly key: number; readonly first: () => FirstTokens }[] = [];

  override buildLookaheadForAlternation({ rule, prodOccurrence }: AlternationOptions): Alternation {
    return alternation(this.follow(rule, prodOccurrence, 'Alternation'));
  }

  override buildLookaheadForOptional({ rule, prodOccurrence, prodType }: OptionalOptions): Optional {
    return optional(this.follow(rule, prodOccurrence, prodType));
  }

  table(): DecisionTable {
    const places = new Map(VOCABULARY.map((type, place) => [type, place]));
    const placeOf = (type: TokenType): number => {
      const place = places.get(type);
      if (place === undefined) throw new Error(`the vocabulary lacks ${type.name}`);
      return place;
    };
    const table: Record<string, Record<number, readonly (readonly number[])[]>> = {};
    for (const { rule, key, first } of this.followed) {
      table[rule] ??= {};
      table[rule][key] = first().map(types => types.map(placeOf));
    }
    return table;
  }

  private follow(
    rule: AlternationOptions['rule'],
    occurrence: number,
    prodType: keyof typeof KINDS,
  ): () => FirstTokens {
    const first = () => {
      const paths = getLookaheadPaths({ occurrence, rule, prodType, maxLookahead: 1 });
      // Behind the optional part itself stands what may follow it.
      const alternatives = prodType === 'Alternation' ? paths : paths.slice(0, 1);
      if (alternatives.flat().some(path => path.length === 0))
        throw new Error(`a decision of ${rule.name} has an alternative of no token`);
      return alternatives.map(alternative => alternative.flat());
    };
    this.followed.push({ rule: rule.name, key: KINDS[prodType] | occurrence, first });
    return first;
  }
}

/** What a parser keeps of its decisions; chevrotain's own names. */
interface Internals {
  selfAnalysisDone: boolean;
  readonly fullRuleNameToShort: Readonly<Record<string, number>>;
  readonly lookAheadFuncsCache: (Alternation | Optional)[][];
  SAVE_ERROR(error: IRecognitionException): IRecognitionException;
}

/** The mistake, with the rules that were being read, as one of the parser's errors. */
export function recorded(parser: object, error: IRecognitionException): IRecognitionException {
  return (parser as Internals).SAVE_ERROR(error);
}

/** Has a parser decide by a table, instead of analysing itself. */
export function adopt(parser: object, table: DecisionTable): void {
  const internals = parser as Internals;
  internals.selfAnalysisDone = true;
  for (const [rule, decisions] of Object.entries(table)) {
    const functions: (Alternation | Optional)[] = [];
    for (const [key, places] of Object.entries(decisions)) {
      const first = () => places.map(alternative => alternative.flatMap(place => VOCABULARY[place] ?? []));
      functions[Number(key)] = Number(key) < KINDS.Option ? alternation(first) : optional(first);
    }
    const short = internals.fullRuleNameToShort[rule];
    if (short === undefined) throw new Error(`the table was made for another grammar: there is no rule ${rule}`);
    internals.lookAheadFuncsCache[short] = functions;
  }
}

/** Chevrotain calls a decision as a method of the parser. */
interface Reader {
  LA(howMuch: number): IToken;
}

function alternation(first: () => FirstTokens): Alternation {
  let sets: readonly ReadonlySet<number>[] | undefined;
  return function (this: Reader, alternatives) {
    sets ??= first().map(matching);
    const type = this.LA(1).tokenTypeIdx;
    const index = sets.findIndex((set, at) => set.has(type) && alternatives?.[at]?.GATE?.call(this) !== false);
    return index < 0 ? undefined : index;
  };
}

function optional(first: () => FirstTokens): Optional {
  let set: ReadonlySet<number> | undefined;
  return function (this: Reader) {
    set ??= matching(first().flat());
    return set.has(this.LA(1).tokenTypeIdx);
  };
}

/** The types and all that count as one of them. */
function matching(types: readonly TokenType[]): ReadonlySet<number> {
  return new Set(types.flatMap(({ tokenTypeIdx = -1, categoryMatches = [] }) => [tokenTypeIdx, ...categoryMatches]));
}
