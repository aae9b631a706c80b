/** What commands bring in to write the HTML reports: the charting library of one is half a megabyte of text. */
export { writeReport } from '../backtest/write_report.ts';
export { writeTrainingReport } from '../models/write_report.ts';
