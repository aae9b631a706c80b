/** What commands bring in to write the HTML report: its charting library is half a megabyte of text. */
export { writeReport } from '../backtest/write_report.ts';
