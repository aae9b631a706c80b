/**
 * The report: one HTML file that opens without a network. A content security policy forbids every request and every
 * script but the three written here, whatever the strategy's text holds.
 */
import { createHash } from 'node:crypto';
import type { ReportAssets } from '../assets.ts';
import type { ReportInput } from '../report.ts';
import { chartData } from './chart_data.ts';
import { histogram } from './histogram.ts';
import { embeddedJson, html, trusted } from './markup.ts';
import * as sections from './sections.ts';

export function reportDocument(input: ReportInput, assets: ReportAssets): string {
  const data = chartData(input);
  const { statistics, result } = input;
  const scripts = [assets.charts, assets.script].map(text => text.replaceAll('</script', '<\\/script'));
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`).join(' ')}`,
    "style-src 'unsafe-inline'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const tradeReturns = Float64Array.from(
    result.trades.filter(trade => !trade.open),
    trade => trade.profitRatio,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Vela ${input.version}">
<title>${input.title} – Vela</title>
<link rel="icon" href="data:,">
<style>${trusted(assets.style)}</style>
</head>
<body>
<main>
${sections.header(input)}
${sections.banners(input)}
${sections.headline(input)}
${sections.chart(input, data.ticksAPoint)}
${sections.members(input)}
${sections.figures(input)}
${sections.monthly(statistics.monthly)}
<section class="pair">${histogram('Daily returns', statistics.returns.returns)}${histogram('Returns of trades', tradeReturns)}</section>
${sections.trades(input)}
${sections.assumptions(input.assumptions)}
${sections.source(input)}
${sections.footer(input)}
</main>
<script type="application/json" id="chart-data">${embeddedJson(data)}</script>
${scripts.map(text => html`<script>${trusted(text)}</script>`)}
</body>
</html>
`.html;
}
