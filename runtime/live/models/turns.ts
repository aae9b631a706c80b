/**
 * Whose turn it is: which version of a model answers at a tick. The same rule as a backtest's (models/splits/instants.ts),
 * told forwards: a version serves until its successor does, and where that one could not be made, for `max_age`.
 */
import { closeMs, firstTickFrom, lastTickClosedBy } from '../../models/splits/calendar.ts';
import type { Grid, TrainingInstant } from '../../models/splits/fold.ts';
import type { Clocks } from '../../models/splits/instants.ts';

/** A version that has begun to serve. */
interface Turn {
  /** Number of its instant. */
  readonly number: number;
  readonly version: string;
  /** First tick of the block's clock that it serves. */
  readonly from: number;
}

export class Turns {
  readonly instants: readonly TrainingInstant[];
  readonly #clocks: Clocks;
  readonly #maxAgeMs: number | undefined;
  /** Made, and not serving yet: by number of their instant. */
  readonly #waiting = new Map<number, string>();
  readonly #turns = new Map<number, Turn>();
  #fixed: Omit<Turn, 'number'> | undefined;

  constructor(instants: readonly TrainingInstant[], clocks: Clocks, maxAgeMs: number | undefined) {
    this.instants = instants;
    this.#clocks = clocks;
    this.#maxAgeMs = maxAgeMs;
  }

  /** Number of the instant with this T; undefined where the calendar has none. */
  numberOf(trainedMs: number): number | undefined {
    const number = this.instants.findIndex(({ atMs }) => atMs === trainedMs);
    return number < 0 ? undefined : number;
  }

  /** A version of this instant exists. One that serves already goes on with the bytes it began with. */
  made(number: number, version: string): void {
    if (!this.#turns.has(number)) this.#waiting.set(number, version);
  }

  /** Versions that are to serve from a base tick on, in the order of their instants. */
  due(baseTick: number): readonly { readonly number: number; readonly version: string; readonly late: boolean }[] {
    return [...this.#waiting]
      .filter(([number]) => (this.instants[number]?.activeFrom ?? Number.POSITIVE_INFINITY) <= baseTick)
      .sort(([a], [b]) => a - b)
      .map(([number, version]) => ({ number, version, late: (this.instants[number]?.activeFrom ?? 0) < baseTick }));
  }

  /** What served was another model; a person's choice stands. */
  forget(): void {
    this.#waiting.clear();
    this.#turns.clear();
  }

  /** It serves from a base tick on. */
  begin(number: number, version: string, baseTick: number): void {
    this.#waiting.delete(number);
    this.#turns.set(number, { number, version, from: this.#servesFrom(baseTick) });
  }

  /** The first tick of the block's clock that is complete when the base tick closes, or after. */
  #servesFrom(baseTick: number): number {
    const { base, block } = this.#clocks;
    return lastTickClosedBy(block, closeMs(base, baseTick) - 1) + 1;
  }

  /** A version of a person's choice: from a tick of the block's clock on it serves, and no other. */
  fix(version: string, from: number): void {
    this.#fixed = { version, from };
  }

  /** Version that answers at a tick of the block's clock. */
  at(tick: number): string | undefined {
    const fixed = this.#fixed;
    if (fixed !== undefined && tick >= fixed.from) return fixed.version;
    let latest: Turn | undefined;
    for (const turn of this.#turns.values()) {
      if (turn.from <= tick && (latest === undefined || turn.number > latest.number)) latest = turn;
    }
    return latest === undefined || tick >= this.#expiry(latest) ? undefined : latest.version;
  }

  /** Versions that answer at a tick of the block's clock or may at a later one. */
  stillNeeded(tick: number): ReadonlySet<string> {
    const later = [...this.#turns.values()].flatMap(({ from, version }) => (from > tick ? [version] : []));
    const [now, fixed] = [this.at(tick), this.#fixed?.version];
    return new Set([
      ...later,
      ...this.#waiting.values(),
      ...(now === undefined ? [] : [now]),
      ...(fixed === undefined ? [] : [fixed]),
    ]);
  }

  /** The tick at which a version is too old: what failed to succeed it has had its time. */
  #expiry({ number }: Turn): number {
    if (this.#maxAgeMs === undefined) return this.instants[number + 2]?.serves ?? Number.POSITIVE_INFINITY;
    return firstTickFrom(this.#clocks.block, (this.instants[number]?.activeMs ?? 0) + this.#maxAgeMs);
  }

  /** First tick of the block's clock at which the model has a version, as far as is known; Infinity for none. */
  get first(): number {
    const serving = [...this.#turns.values()].map(({ from }) => from);
    const waiting = [...this.#waiting.keys()].map(number => this.instants[number]?.serves ?? Number.POSITIVE_INFINITY);
    return Math.min(this.#fixed?.from ?? Number.POSITIVE_INFINITY, ...serving, ...waiting);
  }

  /** Whether a version has been made for an instant. */
  has(number: number): boolean {
    return this.#waiting.has(number) || this.#turns.has(number);
  }

  get block(): Grid {
    return this.#clocks.block;
  }
}
