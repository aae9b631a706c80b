/** The report of a training: one HTML file without a script, that opens without a network. */
import { html, trusted } from '../../../runtime/report/html/markup.ts';
import { VERSION } from '../../version.ts';
import type { TrainOutcome } from '../train.ts';
import { banners, header, model } from './sections.ts';

/** `style`: of the backtest's report, so that the two look alike. */
export function trainingReport(outcome: TrainOutcome, style: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Vela ${VERSION}">
<title>${outcome.strategy}: training – Vela</title>
<link rel="icon" href="data:,">
<style>${trusted(style)}</style>
</head>
<body>
<main>
${header(outcome)}
${banners(outcome)}
${outcome.models.map(report => model(report, outcome))}
<footer><dl><dt>data</dt><dd>${outcome.set.hash}</dd></dl>
Made by Vela ${VERSION}. The same strategy, data and settings give the same versions on any machine. What a model knew of the past does not tell what it will know of the future.</footer>
</main>
</body>
</html>
`.html;
}
