/**
 * Codes that declarations (instrument, account, rules, risk, execution, plots) and the analyses raise.
 * Their words and pages are in language/diagnostics. Names, types and clocks of expressions have codes of their own.
 */
export const DECLARATION_CODE = {
  unknownProperty: 'E0160',
  propertyShape: 'E0162',
  propertyMissing: 'E0163',
  unknownChoice: 'E0164',
  badSymbol: 'E0165',
  unknownCap: 'E0166',
  capAction: 'E0167',
  blockTwice: 'E0169',
  cannotRunYet: 'W0190',

  sizeOfWhat: 'E0440',
  distanceOfWhat: 'E0441',
  outOfRange: 'E0442',

  shortOnSpot: 'E0901',
  riskWithoutStop: 'E0902',
  sharesOverOne: 'E0903',
  levelWrongSide: 'E0904',
  leverageOnSpot: 'E0905',
  exceedsBudget: 'E0906',
  restMissing: 'E0907',

  plainLevelEntry: 'W0901',
  costNotStated: 'W0902',
  entryWithoutExit: 'W0903',
  insideOneBar: 'W0904',
  fillsAtOwnClose: 'W0905',
  orderTypeLacking: 'W0906',
  sameTickBothSides: 'W0907',
  ruleNeverActs: 'W0908',
} as const;

/** Universes, features, labels, models, training and portfolios. */
export const MODEL_CODE = {
  /** A trainer that does not exist. `name`, `known`, `suggestion`. */
  unknownTrainer: 'E0170',
  /** A model that is trained but has no label. `name`, `example`. */
  nothingToLearn: 'E0171',
  /** An objective that does not fit the label or the trainer. `objective`, `label`, `of`, `trainer`, `choices`. */
  objectiveUnfit: 'E0172',
  /** `name`, `known`, `suggestion`. */
  unknownMethod: 'E0173',
  /** A metric that does not exist, or not of such answers. `name`, `known`, `suggestion`. */
  unknownMetric: 'E0174',
  /** `predict(m, y)` whose block lacks a column. `model`, `block`, `own`, `lacking`, `more`. */
  columnsDiffer: 'E0175',
  /** Lags that are no range of whole numbers. `text`, `most`. */
  badLags: 'E0176',
  /** A model that a rule reads and nothing trains. `name`. */
  neverTrained: 'E0177',
  /** Training of what is not trained here. `name`. */
  nothingToTrain: 'E0178',

  /** A column, label, condition or weight on another clock or universe than its block. `what`, `block`, `found`, `wanted`. */
  blockMixed: 'E0211',
  /** A rule of one instrument whose condition is each member's. `universe`. */
  memberRule: 'E0212',

  /** `quantile_class` inside another expression. */
  cutsInside: 'E0309',
  /** A split that needs no embargo. `method`. */
  embargoUnneeded: 'W0301',
  /** A label that starts from another price than the fill. `name`, `price`, `fill`. */
  entersElsewhere: 'W0302',
  /** A score compared with a constant. `model`, `text`. */
  scoreAgainstConstant: 'W0303',

  /** A feature or label that is the same at every bar. `what`, `text`. */
  neverVaries: 'E0412',
  /** A prediction of classes where one number is needed. `model`, `text`, `classes`, `first`. */
  classNeeded: 'E0413',

  /** An instrument that rules and a portfolio both drive. `symbol`. */
  drivenTwice: 'E0908',
} as const;

export const ANALYSIS_CODE = {
  usesFuture: 'E0301',
  negativeIndex: 'E0302',
  aheadOutsideLabel: 'E0303',
  wholeFileStatistic: 'E0304',
  inputWithoutLag: 'E0305',
  accountInFeatures: 'E0306',
  modelSawLater: 'E0307',
  unsettledInFeatures: 'E0308',

  windowUnbounded: 'E0601',
  memoryExceeded: 'E0602',

  absentWhereNeeded: 'E0801',
} as const;
