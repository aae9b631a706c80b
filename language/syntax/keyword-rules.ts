/** Which rule of the grammar reads a declaration, or a statement of a block, by the word it begins with. */
import type { DeclarationGrammar } from './grammar-declarations.ts';
import type {
  CapRule,
  Declaration,
  Expression,
  FeatureColumn,
  FeatureGroup,
  LetDeclaration,
  ParamDeclaration,
  PauseRule,
  SignalDeclaration,
  StateDeclaration,
} from './tree.ts';

export type Rule<T> = (grammar: DeclarationGrammar) => T;

/** Declarations that are read by one rule. */
export const DECLARATIONS: Readonly<Record<string, Rule<Declaration>>> = {
  strategy: grammar => grammar.strategy(),
  use: grammar => grammar.use(),
  instrument: grammar => grammar.instrument(),
  universe: grammar => grammar.universe(),
  every: grammar => grammar.every(),
  clock: grammar => grammar.clock(),
  session: grammar => grammar.session(),
  account: grammar => grammar.account(),
  input: grammar => grammar.inputSource(),
  param: grammar => grammar.param(),
  require: grammar => grammar.require(),
  fn: grammar => grammar.fn(),
  let: grammar => grammar.let(),
  signal: grammar => grammar.signal(),
  state: grammar => grammar.state(),
  label: grammar => grammar.label(),
  model: grammar => grammar.model(),
  train: grammar => grammar.train(),
  when: grammar => grammar.when(),
  while: grammar => grammar.while(),
  rebalance: grammar => grammar.rebalance(),
  execution: grammar => grammar.execution(),
  plot: grammar => grammar.plot(),
};

/** Statements inside blocks, by the keyword of their piece. */
export const IN_AT: Readonly<Record<string, Rule<LetDeclaration | SignalDeclaration | StateDeclaration>>> = {
  let: grammar => grammar.let(),
  signal: grammar => grammar.signal(),
  state: grammar => grammar.state(),
};
export const IN_FN: Readonly<Record<string, Rule<LetDeclaration | StateDeclaration>>> = {
  let: grammar => grammar.let(),
  state: grammar => grammar.state(),
};
export const IN_FEATURES: Readonly<Record<string, Rule<FeatureColumn | FeatureGroup>>> = {
  column: grammar => grammar.featureColumn(),
  use: grammar => grammar.featureGroup(),
};
export const IN_RISK: Readonly<Record<string, Rule<CapRule | PauseRule>>> = {
  cap: grammar => grammar.cap(),
  pause: grammar => grammar.pause(),
};
export const IN_TEST: Readonly<Record<string, Rule<TestStatement>>> = {
  given: grammar => ({ given: grammar.given() }),
  let: grammar => ({ given: grammar.given() }),
  param: grammar => ({ given: grammar.given() }),
  expect: grammar => ({ expect: grammar.expect() }),
};
export interface TestStatement {
  readonly given?: LetDeclaration | ParamDeclaration;
  readonly expect?: Expression;
}

/** Blocks of statements whose `{` is missing: their heads are read for the message that gives. */
export const HEADS_ONLY: Readonly<Record<string, Rule<void>>> = {
  at: grammar => grammar.atBlock(),
  features: grammar => grammar.featuresBlock(),
  test: grammar => grammar.testBlock(),
  risk: grammar => grammar.riskBlock(),
};
