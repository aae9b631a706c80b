/**
 * The report's own script: draws the chart and pages through the trades. It runs from one file without a network,
 * beside the standalone build of lightweight-charts.
 */
import { drawChart } from './chart.ts';
import { tradeTable } from './trades.ts';

drawChart();
tradeTable();
