/**
 * The word each declaration starts with, in the order in which a strategy is usually written: where a reader can begin
 * again after a mistake, and the order in which twins are compared.
 */
export const DECLARATION_KEYWORDS = [
  'strategy',
  'use',
  'instrument',
  'universe',
  'every',
  'clock',
  'session',
  'account',
  'input',
  'param',
  'require',
  'at',
  'fn',
  'let',
  'signal',
  'state',
  'features',
  'label',
  'model',
  'train',
  'when',
  'while',
  'rebalance',
  'risk',
  'execution',
  'plot',
  'test',
] as const;
export type DeclarationKeyword = (typeof DECLARATION_KEYWORDS)[number];
