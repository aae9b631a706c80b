/** What a reconciliation finds: said, journaled, and where a person has to decide, what entries wait for. */
import type { LiveRun } from '../run.ts';
import { of } from '../store/rows.ts';
import { ANSWERS, type DifferenceKind } from './differences.ts';

export interface Found {
  readonly kind: DifferenceKind;
  readonly symbol: string;
  readonly text: string;
}

export class Findings {
  readonly #run: LiveRun;
  /** By number of the instrument and kind: what was said last, and of each foreign order that is there. */
  readonly #told = new Map<number, Map<DifferenceKind, Set<string>>>();
  #found: Found[] = [];

  constructor(run: LiveRun) {
    this.#run = run;
  }

  /** Gives what was found since this was asked last. */
  take(): readonly Found[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Entries wait for a person. Said once of each thing, however often it is seen. */
  async halt(kind: DifferenceKind, instrument: number, text: string, what = ''): Promise<void> {
    // Of what may halt and need not, such as coins that are gone, it is the run's own that is concerned.
    const cause = ANSWERS[kind].halts ?? 'foreign';
    const told = this.#toldOf(instrument, kind);
    if (told.has(what) && this.#run.books.halts.has(instrument)) return;
    if (kind !== 'foreign order') told.clear();
    told.add(what);
    await this.tell(kind, instrument, text, { halts: true });
    await this.#run.guard.begin(cause, text, instrument);
  }

  async tell(
    kind: DifferenceKind,
    instrument: number,
    text: string,
    { repaired = false, halts = false }: { readonly repaired?: boolean; readonly halts?: boolean },
  ): Promise<void> {
    const symbol = this.#run.symbolOf(instrument);
    this.#found.push({ kind, symbol, text });
    this.#run.notice(ANSWERS[kind].level, kind, { symbol, text }, repaired ? 'repairs' : undefined);
    const atMs = this.#run.parts.venue.now();
    await this.#run.take({ type: 'difference', ...of(instrument), kind, text, atMs, halts });
  }

  anotherRun(instrument: number, what: string): Promise<void> {
    const symbol = this.#run.symbolOf(instrument);
    const text = `another run of Vela ${what}: stop one of the two, then \`vela release ${symbol}\``;
    return this.halt('order of another run', instrument, text);
  }

  /** Foreign orders that are gone are said again should they come back. */
  keepForeign(instrument: number, venueIds: ReadonlySet<string>): void {
    const told = this.#toldOf(instrument, 'foreign order');
    for (const venueId of told) if (!venueIds.has(venueId)) told.delete(venueId);
  }

  /** A person has said what is to be: what was seen counts as known. */
  settled(instrument: number): void {
    this.#told.delete(instrument);
  }

  #toldOf(instrument: number, kind: DifferenceKind): Set<string> {
    const kinds = this.#told.get(instrument) ?? new Map<DifferenceKind, Set<string>>();
    const told = kinds.get(kind) ?? new Set<string>();
    this.#told.set(instrument, kinds.set(kind, told));
    return told;
  }
}
