/** What the status bar says of a run, and what a click on it does. */
import { COMMANDS, type RunStatus, type RunSummary } from '../server/protocol.ts';

export interface StatusWords {
  readonly text: string;
  /** Markdown. */
  readonly tooltip: string;
  readonly command: string;
  readonly warns: boolean;
}

export function statusWords(status: RunStatus): StatusWords {
  switch (status.state) {
    case 'off':
      return say(
        '$(circle-slash) Vela',
        'Strategies are not run while they are written: `vela.runs` is off.',
        COMMANDS.showReport,
      );
    case 'waiting':
      return say('$(watch) Vela', 'Waiting for the language server.', 'vela.showOutput');
    case 'running':
      return say('$(sync~spin) Vela', 'The backtest is running.', COMMANDS.showReport);
    case 'errors':
      return say('$(error) Vela', 'The strategy has errors: nothing to run.', 'workbench.actions.view.problems');
    case 'noData':
      return say('$(database) Vela: choose candles', status.why, COMMANDS.getData);
    case 'untrained':
      return say('$(mortar-board) Vela: train models', status.why, COMMANDS.train);
    case 'training':
      return say('$(sync~spin) Vela: training', `${status.how}. Click to stop.`, COMMANDS.train);
    case 'failed':
      return { ...say('$(warning) Vela', status.why, COMMANDS.showReport), warns: true };
    case 'done':
      return say(summaryText(status.summary), summaryTooltip(status.summary), COMMANDS.showReport);
  }
}

function say(text: string, tooltip: string, command: string): StatusWords {
  return { text, tooltip, command, warns: false };
}

function summaryText(summary: RunSummary): string {
  const { totalReturn, sharpe, trades } = summary;
  const icon = summary.simulated ? '$(beaker)' : '$(graph-line)';
  return `${icon} ${gain(totalReturn)} · Sharpe ${decimals(sharpe)} · ${trades} ${trades === 1 ? 'trade' : 'trades'}`;
}

function summaryTooltip({
  simulated,
  totalReturn,
  sharpe,
  maxDrawdown,
  trades,
  bars,
  from,
  to,
  tookMs,
}: RunSummary): string {
  return [
    simulated ? '**Simulated candles**: this says nothing of a real market.\n' : '',
    '| | |',
    '|:--|--:|',
    `| Total return | ${gain(totalReturn)} |`,
    `| Sharpe | ${decimals(sharpe)} |`,
    `| Max drawdown | ${percent(maxDrawdown)} |`,
    `| Trades | ${trades} |`,
    `| Bars | ${bars} |`,
    `\n${from.slice(0, 10)} to ${to.slice(0, 10)}, in ${Math.round(tookMs)} ms. Click for the report.`,
  ].join('\n');
}

function gain(ratio: number | null): string {
  return `${ratio !== null && ratio > 0 ? '+' : ''}${percent(ratio)}`;
}

function percent(ratio: number | null): string {
  return ratio === null ? '–' : `${decimals(ratio * 100, Math.abs(ratio) < 0.1 ? 2 : 1)} %`;
}

function decimals(value: number | null, places = 2): string {
  return value === null ? '–' : value.toFixed(places).replace('-', '−');
}
