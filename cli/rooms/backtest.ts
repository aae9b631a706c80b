/** What commands bring in to run a plan on candles. The front end and the compiler come in only when nothing is cached. */
export { backtestDocument } from '../backtest/document.ts';
export { backtestFiles } from '../backtest/from_files.ts';
export { backtestSimulation } from '../backtest/from_simulation.ts';
export type { Outcome } from '../backtest/outcome.ts';
export { readRequest } from '../backtest/request.ts';
export { summaryText } from '../backtest/summary.ts';
export { tradeTable } from '../backtest/trade_table.ts';
