/**
 * Names. Values and functions have separate name spaces, so `let rsi = rsi(close, 14)` reads as a trader writes it. The
 * strategy's own names come first, then the standard library's functions, then what the language itself provides.
 */
import type {
  FeaturesDeclaration,
  FnDeclaration,
  InputDeclaration,
  LabelDeclaration,
  LetDeclaration,
  ModelDeclaration,
  Name,
  SignalDeclaration,
  Span,
  StateDeclaration,
} from '../syntax/tree.ts';
import type { FeatureBlock, Objective } from './model.ts';
import type { BaseType, ClockId, NodeId } from './node.ts';
import type { Param } from './program.ts';
import { nearest } from './suggest.ts';

/** What an expression stands for: one stream, or the named results of a function. */
export type Value =
  | { readonly kind: 'stream'; readonly node: NodeId }
  | {
      readonly kind: 'record';
      readonly of: string;
      /** Of a prediction: the model, whose classes the fields are. */
      readonly model?: string;
      readonly fields: ReadonlyMap<string, NodeId | undefined>;
    };

export function asStream(node: NodeId | undefined): Value | undefined {
  return node === undefined ? undefined : { kind: 'stream', node };
}

/** Where an expression stands; decides what bare names mean. */
export interface Place {
  readonly scope: Scope;
  /** The clock that bare `close` ticks on. */
  readonly clock: ClockId;
  /** Inside a label, where `ahead` is legal. */
  readonly label: boolean;
  /** The universe that bare names mean, when they do. */
  readonly axis: number | null;
  /** In the `then` of a state: the scope whose states `prev` reads as they were before this tick. */
  readonly updating?: Scope;
}

export interface Scope {
  /** Index into the files of the program. */
  readonly file: number;
  readonly values: Map<string, Entry>;
  readonly functions: Map<string, FunctionEntry>;
  /** Groups of features that `use GROUP` of a features block takes in. */
  readonly groups: Map<string, FeatureGroupEntry>;
  /** Names of functions that could not be read. */
  readonly unreadable: Set<string>;
  readonly parent?: Scope;
  /** Prefix of state names: the function that a scope is the body of. */
  readonly title?: string;
}

export function newScope(file: number, more: Pick<Scope, 'parent' | 'title'> = {}): Scope {
  return { file, values: new Map(), functions: new Map(), groups: new Map(), unreadable: new Set(), ...more };
}

export interface FunctionEntry {
  readonly declaration: FnDeclaration;
  /** Where it was written; its body sees these names. */
  readonly scope: Scope;
  readonly library: boolean;
  /** How often it was expanded; a function of the strategy that nobody calls is tried once on its own. */
  expansions: number;
  /** It calls itself, which has been reported. */
  broken?: boolean;
}

export interface FeatureGroupEntry {
  readonly declaration: FeaturesDeclaration;
  /** Where it was written; its columns see these names. */
  readonly scope: Scope;
}

type Progress = 'new' | 'busy' | 'done';

/** Something elaborated when first needed. `done` without a value: broken, which has been reported. */
interface Lazy {
  progress: Progress;
  value?: Value | undefined;
}

export interface StreamEntry extends Lazy {
  readonly kind: 'stream';
  readonly declaration: LetDeclaration | SignalDeclaration | LabelDeclaration;
  readonly place: Place;
}
export interface StateEntry extends Lazy {
  readonly kind: 'state';
  readonly declaration: StateDeclaration;
  readonly place: Place;
  readonly previous: { progress: Progress; node?: NodeId | undefined };
}
export interface FeaturesEntry {
  readonly kind: 'features';
  readonly declaration: FeaturesDeclaration;
  readonly place: Place;
  /** Number in `Program.blocks`. */
  readonly index: number;
  progress: Progress;
  block?: FeatureBlock | undefined;
  readonly span: Span;
}
export interface ModelEntry {
  readonly kind: 'model';
  readonly declaration: ModelDeclaration;
  readonly place: Place;
  progress: Progress;
  core?: ModelCore | undefined;
  readonly span: Span;
}
/** What must be known of a model before anything can be predicted with it. */
export interface ModelCore {
  readonly label?: StreamEntry;
  readonly features: FeaturesEntry;
  readonly block: FeatureBlock;
  readonly when?: NodeId;
  readonly objective: Objective;
}

export type Entry =
  | StreamEntry
  | StateEntry
  | FeaturesEntry
  | ModelEntry
  /** An argument of a function, or the variable of a `for`. */
  | { readonly kind: 'bound'; readonly value: Value | undefined; readonly span: Span }
  | { readonly kind: 'param'; readonly param: Param | undefined; readonly span: Span }
  /** `clock` is absent when it does not align. */
  | { readonly kind: 'clock'; readonly clock: ClockId | undefined; readonly span: Span }
  | { readonly kind: 'instrument'; readonly instrument: number; readonly span: Span }
  | { readonly kind: 'universe'; readonly axis: number; readonly span: Span }
  | { readonly kind: 'session'; readonly span: Span }
  | {
      readonly kind: 'input';
      readonly declaration: InputDeclaration;
      readonly clock: ClockId | undefined;
      readonly span: Span;
    }
  | { readonly kind: 'module'; readonly scope: Scope; readonly span: Span }
  /** Declared, but wrong in a way that has been reported. */
  | { readonly kind: 'broken'; readonly span: Span };

export function spanOfEntry(entry: Entry): Span {
  return entry.kind === 'stream' || entry.kind === 'state' ? entry.declaration.name.span : entry.span;
}

export function lookUp(scope: Scope | undefined, name: string): Entry | undefined {
  for (let at = scope; at; at = at.parent) {
    const entry = at.values.get(name);
    if (entry) return entry;
  }
  return undefined;
}

export function lookUpFunction(scope: Scope | undefined, name: string): FunctionEntry | undefined {
  for (let at = scope; at; at = at.parent) {
    const entry = at.functions.get(name);
    if (entry) return entry;
  }
  return undefined;
}

export function isUnreadable(scope: Scope | undefined, functionName: string): boolean {
  for (let at = scope; at; at = at.parent) if (at.unreadable.has(functionName)) return true;
  return false;
}

/** Every value visible from a scope, nearest first. */
export function* visibleValues(scope: Scope | undefined): Generator<readonly [string, Entry]> {
  for (let at = scope; at; at = at.parent) yield* at.values;
}

export function lookUpGroup(scope: Scope | undefined, name: string): FeatureGroupEntry | undefined {
  for (let at = scope; at; at = at.parent) {
    const entry = at.groups.get(name);
    if (entry) return entry;
  }
  return undefined;
}

export function* visibleGroups(scope: Scope | undefined): Generator<string> {
  for (let at = scope; at; at = at.parent) yield* at.groups.keys();
}

export function* visibleFunctions(scope: Scope | undefined): Generator<string> {
  for (let at = scope; at; at = at.parent) yield* at.functions.keys();
}

/** The nearest visible name whose entry would have been right. */
export function nearestEntry(scope: Scope, name: Name, fits: (entry: Entry) => boolean): string | undefined {
  const names = [...visibleValues(scope)].filter(([, entry]) => fits(entry)).map(([known]) => known);
  return nearest(name.text, names);
}

/** What a place wants of a name: decides what is suggested for a misspelt one. */
export type Wanted = 'num' | 'bool' | 'any';

export function fitsWanted(base: BaseType | undefined, wanted: Wanted): boolean {
  return wanted === 'any' || base === undefined || base === wanted;
}
