/**
 * The tree: what a strategy file says, before anyone asks what it means.
 *
 * Both spellings, `.vela` text and YAML, produce this one tree. Two files are *twins* when their trees are equal after
 * `withoutPositions` (see positions.ts): spans, comments and the source name do not count, doc comments do.
 * Broken declarations are left out (their problems are reported apart), so every tree that exists is well formed.
 */

/** Half-open range of UTF-16 offsets into the source file the node came from (for YAML: into the YAML file). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface SourceFile {
  /** As the user named it; shown in messages, never opened by the language room. */
  readonly name: string;
  readonly text: string;
  readonly form: 'vela' | 'yaml';
}

/**
 * Comments and blank lines that stay with the node when it is formatted or converted; they have no meaning.
 * Text without the leading `#` and one space; a blank line between two comments is the entry '\n'.
 */
export interface Comments {
  readonly leading: readonly string[];
  /** Behind the node on its last line, or behind the `{` of its block. */
  readonly trailing?: string;
  /** On lines of their own before the `}` of its block. */
  readonly closing?: readonly string[];
  /** A blank line stands before the node. */
  readonly spaced?: true;
}

interface Located {
  readonly span: Span;
}
interface Commented extends Located {
  readonly comments?: Comments;
}

export interface Name extends Located {
  readonly text: string;
}

export interface Text extends Located {
  readonly value: string;
}

/** A calendar or clock length as written: `15m 4h 1d 2w 3mo 1y`, also `30s 100ms`. */
export interface Duration extends Located {
  readonly count: number;
  readonly unit: DurationUnit;
}
export type DurationUnit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w' | 'mo' | 'y';

export interface Tree {
  readonly source: SourceFile;
  readonly declarations: readonly Declaration[];
  /** Comments after the last declaration. */
  readonly trailing: readonly string[];
  /**
   * The parts of the file that could not be read, in order; absent when there are none. Each has its problem already,
   * so nothing else should be said about a name that one of them would have declared.
   */
  readonly broken?: readonly BrokenPart[];
}

export interface BrokenPart extends Located {
  /** `let`, `when` … when the part begins with a declaration's keyword. */
  readonly keyword?: string;
  /** The name it would have declared, when that much is readable. */
  readonly name?: Name;
}

// ---------------------------------------------------------------- expressions

export type Expression =
  | NumberLiteral
  | DurationLiteral
  | DateLiteral
  | StringLiteral
  | AbsentLiteral
  | NameReference
  | Member
  | Index
  | Call
  | Unary
  | Binary
  | Between
  | If
  | Suffixed
  | Across
  | Is;

/** `value` is what the digits say; `suffix` scales when it is given a meaning: `5%` has value 5 and suffix `%`. */
export interface NumberLiteral extends Located {
  readonly kind: 'number';
  readonly value: number;
  readonly suffix?: '%' | 'bp';
  /** The digits as written, where they are not the shortest ones: `1.0`, `20e6`. No part of the meaning. */
  readonly text?: string;
}
export interface DurationLiteral extends Located {
  readonly kind: 'duration';
  readonly duration: Duration;
}
/** `2023-12-31`, UTC midnight. */
export interface DateLiteral extends Located {
  readonly kind: 'date';
  readonly text: string;
}
export interface StringLiteral extends Located {
  readonly kind: 'string';
  readonly value: string;
}
export interface AbsentLiteral extends Located {
  readonly kind: 'absent';
}
export interface NameReference extends Located {
  readonly kind: 'name';
  readonly text: string;
}
/** `perp.close`, `closed.profit`, `bollinger(close, 20, 2).lower`, `stops.wide`. */
export interface Member extends Located {
  readonly kind: 'member';
  readonly object: Expression;
  readonly property: Name;
}
/** `x[k]`: the value k ticks ago. */
export interface Index extends Located {
  readonly kind: 'index';
  readonly object: Expression;
  readonly index: Expression;
}
export interface Call extends Located {
  readonly kind: 'call';
  /** A name or a member (`stops.wide(...)`). */
  readonly callee: NameReference | Member;
  readonly arguments: readonly Argument[];
}
export interface Argument extends Located {
  readonly name?: Name;
  readonly value: Expression;
}
export interface Unary extends Located {
  readonly kind: 'unary';
  readonly operator: '-' | 'not' | 'prev';
  readonly operand: Expression;
}
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '^'
  | 'mod'
  | 'of'
  | '<'
  | '<='
  | '>'
  | '>='
  | '=='
  | '!='
  | 'and'
  | 'or'
  | 'or else'
  | 'crosses above'
  | 'crosses below';
export interface Binary extends Located {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
  readonly operatorSpan: Span;
}
export interface Between extends Located {
  readonly kind: 'between';
  readonly value: Expression;
  readonly low: Expression;
  readonly high: Expression;
}
export interface If extends Located {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly then: Expression;
  readonly else: Expression;
}
/** `26 bars`, `0.1 base`, `(base * 1.4) quote`. `bar` is read as `bars`. */
export interface Suffixed extends Located {
  readonly kind: 'suffixed';
  readonly value: Expression;
  readonly suffix: 'bars' | 'base' | 'quote';
}
/** `rank(x) across majors by sector`. Binds loosest; ends an expression. */
export interface Across extends Located {
  readonly kind: 'across';
  readonly value: Expression;
  readonly axis: Axis;
}
/** `barrier is up`. */
export interface Is extends Located {
  readonly kind: 'is';
  readonly value: Expression;
  readonly category: Name;
}

export interface Axis extends Located {
  readonly universe: Name;
  readonly by?: Name;
}

// ---------------------------------------------------------------- properties

/** A `{ key: value … }` block. Which keys and value shapes are legal is the checker's business, not the grammar's. */
export interface Property extends Commented {
  readonly key: Name;
  readonly value: PropertyValue;
}

export type PropertyValue =
  | { readonly kind: 'expression'; readonly expression: Expression }
  /** A key that stands alone: `post_only`. */
  | { readonly kind: 'flag' }
  /** `at: limit P`, `at: stop P`, `at: market`. */
  | { readonly kind: 'order'; readonly type: 'limit' | 'stop' | 'market'; readonly price?: Expression }
  /** `size: risking 0.5% of equity`, `size: target_vol 20%`. */
  | { readonly kind: 'sizing'; readonly method: 'risking' | 'target_vol'; readonly amount: Expression }
  /** `target: [50% at P1, rest at P2]`. */
  | { readonly kind: 'parts'; readonly parts: readonly TargetPart[] }
  /** `trail: 1% after 3%`. */
  | { readonly kind: 'after'; readonly value: Expression; readonly after: Expression }
  /** `fee: maker 2bp taker 5bp`. */
  | { readonly kind: 'fees'; readonly maker: Expression; readonly taker: Expression }
  /** `max_depth: 5`, `n_estimators: 400 in 100..800 step 100`; also `pick: 20 by sma(quote_volume, 30d)`. */
  | { readonly kind: 'tuned'; readonly value: Expression; readonly range: Range }
  | { readonly kind: 'ranked'; readonly value: Expression; readonly by: Expression }
  /** `except: "USDC/USDT", "TUSD/USDT"`: two or more, separated by commas. */
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  /** `search { method: tpe  trials: 40 }`, written without a colon. */
  | { readonly kind: 'block'; readonly properties: readonly Property[] };

export interface TargetPart extends Located {
  readonly share: Expression | 'rest';
  readonly price: Expression;
}

export interface Range extends Located {
  readonly low: Expression;
  readonly high: Expression;
  readonly step?: Expression;
}

// ---------------------------------------------------------------- declarations

export type Declaration =
  | StrategyDeclaration
  | InstrumentDeclaration
  | UniverseDeclaration
  | EveryDeclaration
  | ClockDeclaration
  | SessionDeclaration
  | AccountDeclaration
  | InputDeclaration
  | UseDeclaration
  | ParamDeclaration
  | RequireDeclaration
  | LetDeclaration
  | SignalDeclaration
  | StateDeclaration
  | LabelDeclaration
  | FnDeclaration
  | AtDeclaration
  | FeaturesDeclaration
  | ModelDeclaration
  | TrainDeclaration
  | WhenDeclaration
  | WhileDeclaration
  | RebalanceDeclaration
  | RiskDeclaration
  | ExecutionDeclaration
  | PlotDeclaration
  | TestDeclaration;

interface Declared extends Commented {
  /** The lines of the `##` doc comment joined by newlines. Part of the meaning: shown in hovers and reports. */
  readonly doc?: string;
}

export interface StrategyDeclaration extends Declared {
  readonly kind: 'strategy';
  readonly title: Text;
}
export interface InstrumentDeclaration extends Declared {
  readonly kind: 'instrument';
  readonly name?: Name;
  readonly symbol: Text;
  readonly venue: Name;
  readonly properties: readonly Property[];
}
export interface UniverseDeclaration extends Declared {
  readonly kind: 'universe';
  readonly name: Name;
  readonly symbols: readonly Text[];
  readonly venue: Name;
  readonly properties: readonly Property[];
}
export interface EveryDeclaration extends Declared {
  readonly kind: 'every';
  readonly period: Duration;
}
export interface ClockDeclaration extends Declared {
  readonly kind: 'clock';
  readonly name: Name;
  readonly period: Duration;
  readonly zone?: Text;
}
export interface SessionDeclaration extends Declared {
  readonly kind: 'session';
  readonly name: Name;
  readonly hours: Text;
  readonly zone: Text;
  /** `on mon..fri`: first and last weekday, or a single one twice. */
  readonly days?: { readonly first: Name; readonly last: Name };
}
export interface AccountDeclaration extends Declared {
  readonly kind: 'account';
  readonly properties: readonly Property[];
}
export interface InputDeclaration extends Declared {
  readonly kind: 'input';
  readonly name: Name;
  readonly type: Name;
  readonly period: Duration;
  readonly from: Text;
  readonly properties: readonly Property[];
}
export interface UseDeclaration extends Declared {
  readonly kind: 'use';
  readonly path: Text;
  readonly as: Name;
}
export interface ParamDeclaration extends Declared {
  readonly kind: 'param';
  readonly name: Name;
  readonly type?: Name;
  readonly value: Expression;
  readonly range?: Range;
  readonly choices?: readonly Expression[];
}
export interface RequireDeclaration extends Declared {
  readonly kind: 'require';
  readonly condition: Expression;
}
export interface LetDeclaration extends Declared {
  readonly kind: 'let';
  readonly name: Name;
  readonly value: Expression;
}
export interface SignalDeclaration extends Declared {
  readonly kind: 'signal';
  readonly name: Name;
  readonly value: Expression;
}
export interface StateDeclaration extends Declared {
  readonly kind: 'state';
  readonly name: Name;
  readonly starts: Expression;
  readonly then: Expression;
  readonly reset?: Expression;
}
export interface LabelDeclaration extends Declared {
  readonly kind: 'label';
  readonly name: Name;
  readonly value: Expression;
}
export interface FnDeclaration extends Declared {
  readonly kind: 'fn';
  readonly name: Name;
  readonly parameters: readonly FnParameter[];
  readonly result: FnResult;
  readonly body: FnBody;
}
export interface FnParameter extends Located {
  readonly name: Name;
  readonly type: Name;
  /** `n: bars = 14` makes the argument optional. */
  readonly default?: Expression;
}
/** `-> bool`, or `-> (upper, middle, lower)` where each name is a `let` or `state` of the block. */
export type FnResult =
  | { readonly kind: 'single'; readonly type: Name }
  | { readonly kind: 'several'; readonly names: readonly Name[] };
/**
 * `= e`, or `{ let … state … }`. A block with a single result type ends in its last `let`/`state`, whose value is the
 * result.
 */
export type FnBody =
  | { readonly kind: 'expression'; readonly value: Expression }
  | { readonly kind: 'block'; readonly declarations: readonly (LetDeclaration | StateDeclaration)[] };
export interface AtDeclaration extends Declared {
  readonly kind: 'at';
  readonly clock: Name;
  readonly declarations: readonly (LetDeclaration | SignalDeclaration | StateDeclaration)[];
}
export interface FeaturesDeclaration extends Declared {
  readonly kind: 'features';
  readonly name: Name;
  readonly axis?: Axis;
  readonly columns: readonly (FeatureColumn | FeatureGroup)[];
}
export interface FeatureColumn extends Commented {
  readonly kind: 'column';
  readonly name: Name;
  readonly value: Expression;
}
/** `use technical_indicators over 1h, 1d lags 0..5`. */
export interface FeatureGroup extends Commented {
  readonly kind: 'group';
  readonly group: Name;
  readonly over: readonly Duration[];
  readonly lags?: Range;
}
export interface ModelDeclaration extends Declared {
  readonly kind: 'model';
  readonly name: Name;
  /** `xgboost`, or a call: `onnx("path.onnx", trained_to = 2023-12-31)`. */
  readonly trainer: NameReference | Call;
  readonly learn?: Name;
  readonly from: Name;
  readonly when?: Expression;
  readonly properties: readonly Property[];
}
export interface TrainDeclaration extends Declared {
  readonly kind: 'train';
  readonly model: Name;
  readonly method: Name;
  readonly properties: readonly Property[];
}
export type Side = 'long' | 'short';
export interface WhenDeclaration extends Declared {
  readonly kind: 'when';
  readonly condition: Expression;
  readonly action: Action;
  readonly target?: { readonly kind: 'on'; readonly name: Name } | { readonly kind: 'across'; readonly axis: Axis };
  readonly properties: readonly Property[];
}
export type Action =
  | { readonly verb: 'enter'; readonly side: Side; readonly span: Span }
  | { readonly verb: 'add'; readonly side?: Side; readonly span: Span }
  | { readonly verb: 'reduce'; readonly share: Expression; readonly side?: Side; readonly span: Span }
  | { readonly verb: 'exit'; readonly side?: Side; readonly span: Span }
  | { readonly verb: 'flatten'; readonly span: Span }
  | { readonly verb: 'alert'; readonly message: Text; readonly span: Span };
export interface WhileDeclaration extends Declared {
  readonly kind: 'while';
  readonly condition: Expression;
  readonly order: StandingOrder;
  readonly then?: StandingOrder;
  readonly for?: { readonly name: Name; readonly low: Expression; readonly high: Expression };
  readonly target?: WhenDeclaration['target'];
  readonly properties: readonly Property[];
}
export interface StandingOrder extends Located {
  readonly side: 'buy' | 'sell';
  readonly size?: Expression;
  readonly type: 'limit' | 'stop';
  readonly price: Expression;
}
export interface RebalanceDeclaration extends Declared {
  readonly kind: 'rebalance';
  readonly on:
    | { readonly kind: 'every'; readonly period: Duration }
    | { readonly kind: 'when'; readonly condition: Expression };
  readonly to:
    | { readonly kind: 'weights'; readonly value: Expression }
    | { readonly kind: 'named'; readonly weights: readonly { readonly name: Name; readonly value: Expression }[] };
  readonly properties: readonly Property[];
}
export interface RiskDeclaration extends Declared {
  readonly kind: 'risk';
  readonly rules: readonly (CapRule | PauseRule)[];
}
export interface CapRule extends Commented {
  readonly kind: 'cap';
  readonly name: Name;
  readonly limit: Expression;
  readonly else?: CapAction;
}
export type CapAction =
  | { readonly kind: 'halt'; readonly until?: Name }
  | { readonly kind: 'flatten' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'reduce' };
export interface PauseRule extends Commented {
  readonly kind: 'pause';
  readonly length: Expression;
  readonly condition: Expression;
  readonly axis?: Axis;
}
export interface ExecutionDeclaration extends Declared {
  readonly kind: 'execution';
  readonly properties: readonly Property[];
}
export interface PlotDeclaration extends Declared {
  readonly kind: 'plot';
  readonly series: readonly Expression[];
  /** `price` or the name of a pane of its own. */
  readonly pane?: Name;
}
/** `test "name" { given let x = …  expect E }`; bodies are kept as declarations and expressions. */
export interface TestDeclaration extends Declared {
  readonly kind: 'test';
  readonly title: Text;
  readonly given: readonly (LetDeclaration | ParamDeclaration)[];
  readonly expect: readonly Expression[];
}
