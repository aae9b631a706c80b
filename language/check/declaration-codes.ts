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
