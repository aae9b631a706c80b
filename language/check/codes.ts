/**
 * E0101–E0129 belong to reading the file (syntax-codes.ts), E0130–E0159 to this table, E0160 on to declarations.
 *
 * Codes that names, types, units, clocks and cycles of expressions raise, with the facts each carries. Codes of
 * declarations and of the analyses over finished nodes stand in declaration-codes.ts; words and pages in diagnostics.
 */
export const EXPRESSION_CODE = {
  /** A name that nothing declares. `name`, `wanted` (a value, a function, …), `suggestion`. */
  unknownName: 'E0130',
  /** Two declarations of one name. `name`. Related: the first. */
  declaredTwice: 'E0131',
  /** A name that exists but is no value here. `name`, `is` ("a clock", "a function"), `suggestion`. */
  notAValue: 'E0132',
  /** `function`, `argument`, `signature`. */
  missingArgument: 'E0133',
  /** `function`, `most`, `given`, `signature`. */
  tooManyArguments: 'E0134',
  /** A named argument that does not exist. `function`, `argument`, `suggestion`, `signature`. */
  unknownArgument: 'E0135',
  /** `function`, `argument`. */
  argumentTwice: 'E0136',
  /** `object`, `field`, `known`, `suggestion`. */
  unknownField: 'E0137',
  /** A function of several results where one value is needed. `name`, `fields`. */
  severalResults: 'E0138',
  /** A kind that does not exist, of a parameter or result. `name`, `known`, `suggestion`. */
  unknownKind: 'E0139',
  /** A `use` whose file was not given. `path`. */
  moduleMissing: 'E0140',
  /** Modules that use each other. `path` (a → b → a). */
  moduleCycle: 'E0141',
  /** A declaration that a used file may not hold. `declaration`, `path`. */
  notInModule: 'E0142',
  /** A strategy without `every` or an instrument. `what`. */
  missingDeclaration: 'E0143',
  /** A top-level name that the language itself gives a meaning. `name`, `meaning`. */
  nameTaken: 'E0144',
  /** A result that names no `let` or `state` of the block. `function`, `name`, `suggestion`. */
  unknownResult: 'E0145',
  /** A param whose default lies outside its own range. `name`, `value`, `low`, `high`. */
  defaultOutsideRange: 'E0146',
  /** A range with its ends turned, or a step that is not above zero. `name`, `low`, `high`, `step`. */
  badRange: 'E0147',
  /** A choice whose default is none of its choices, or with choices that are not text. `name`, `known`. */
  badChoice: 'E0148',
  /** A `require` that the defaults break. `condition`. */
  requireBroken: 'E0149',
  /** A stream that this kind of market does not have. `name`, `market`. */
  streamNotOffered: 'E0150',
  /** A construct in a place where it means nothing. `what`, `where`. */
  misplaced: 'E0151',

  /** Streams of different clocks met. `left`, `right` (clocks), `operation`. Fix: `latest(…)`. */
  clocksMixed: 'E0201',
  /** A place that ticks on one clock was given a stream of another. `what`, `wanted`, `found`. */
  wrongClock: 'E0202',
  /** `latest` of a stream that is not slower. `found`, `here`. */
  latestNotSlower: 'E0203',
  /** A clock that is not slower than the base, or does not align with it. `clock`, `period`, `base`, `reason`. */
  clockDoesNotAlign: 'E0204',
  /** A window given as a time that is no whole number of ticks, or in months. `length`, `clock`, `nearest`. */
  windowNotWhole: 'E0205',
  /** `sample` of a stream that is not faster. `found`, `clock`. */
  sampleNotFaster: 'E0206',
  /** An engine stream inside `at`. `name`, `clock`. */
  engineOnSlowClock: 'E0207',
  /** `new` or `ends` of a clock that is not slower than the place. `clock`, `here`. */
  calendarNotSlower: 'E0208',
  /** Streams of different universes met. `left`, `right`. */
  universesMixed: 'E0209',
  /** A cross-section outside any universe, or an `across` that names none. `what`. */
  noUniverse: 'E0210',

  /** Units that cannot meet. `operation`, `left`, `right`. */
  unitsDiffer: 'E0401',
  /** A condition where a number is needed. `what`. */
  boolAsNumber: 'E0402',
  /** A number where a condition is needed. `what`. */
  numberAsBool: 'E0403',
  /** `5` where `5%` was meant. `what`, `value`, `suggestion`. */
  bareRatio: 'E0404',
  /** A value of the wrong unit. `what`, `wanted`, `found`. */
  wrongUnit: 'E0405',
  /** A value that varies where it must not. `what`, `wanted`, `found` (stages in words). */
  variesTooMuch: 'E0406',
  /** A length that is no whole number, or too small. `what`, `value`, `least`. */
  badLength: 'E0407',
  /** `is` with a name that the category lacks. `name`, `known`, `suggestion`. */
  unknownCategory: 'E0408',
  /** A category or text where a number or condition is needed, or the reverse. `what`, `wanted`, `found`. */
  wrongKind: 'E0409',
  /** A power whose exponent is no constant while its base has a unit. `unit`. */
  powerOfUnit: 'E0410',
  /** A bare number where a length of time is needed. `what`, `value`. */
  bareDuration: 'E0411',

  /** Functions that call functions, expanded beyond any use. `function`, `reason` (deep, large), `most`. */
  tooLarge: 'E0603',

  /** `path`: a → b → a. */
  cycle: 'E0501',
  /** A function that calls itself. `path`. */
  recursion: 'E0502',
} as const;
