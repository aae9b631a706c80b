/** What commands bring in to read strategies: the front end. One file of the bundle, and the first that most need. */
export { toJson } from '../../language/index.ts';
export { filledIn, filledInText } from '../models/filled_in.ts';
export { loadRunnable, tellDiagnostics } from '../runnable.ts';
export { convertSource, formatSource } from '../spelling.ts';
export { diagnosticsText, loadStrategy, tally, tallyText } from '../strategy.ts';
