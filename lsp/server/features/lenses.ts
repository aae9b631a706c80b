/**
 * The strategy's results above its own lines: on the strategy what it earned, on signals and rules how often they held
 * and when last, on params how the result depends on them. Figures are those of the latest run, until the next is there.
 */
import type { CodeLens, Command } from 'vscode-languageserver-types';
import type { Declaration, Span } from '../../../language/syntax/tree.ts';
import type { Analysis, Document } from '../document.ts';
import { COMMANDS, type RunStatus, type RunSummary } from '../protocol.ts';
import type { Fired, Latest, RunFigures, Sensitivity } from '../runs.ts';
import { sparkline } from '../words.ts';

export function codeLenses(document: Document, { tree }: Analysis, latest: Latest): CodeLens[] {
  const lenses: CodeLens[] = [];
  const add = (span: Span, title: string, command = '', ...more: readonly unknown[]) => {
    const at = document.positionAt(span.start);
    const told: Command =
      command === '' ? { title, command: '' } : { title, command, arguments: [document.uri, ...more] };
    lenses.push({ range: { start: at, end: at }, command: told });
  };
  const { figures, sensitivity, status } = latest;
  for (const declaration of tree.declarations.flatMap((one): readonly Declaration[] =>
    one.kind === 'at' ? one.declarations : [one],
  )) {
    switch (declaration.kind) {
      case 'strategy':
        add(declaration.span, ...strategyLens(status, figures));
        add(declaration.span, 'graph', COMMANDS.showGraph);
        add(declaration.span, 'warm-up', COMMANDS.explainWarmup);
        break;
      case 'signal': {
        const fired = figures?.signals.find(([name]) => name === declaration.name.text)?.[1];
        if (fired) add(declaration.span, firedText(fired));
        break;
      }
      case 'rebalance': {
        const fired = figures?.rules.find(([start]) => start === declaration.span.start)?.[1];
        // A portfolio is brought to its weights as a whole: none of its trades has a bar of its own.
        if (fired) add(declaration.span, firedText(fired), ...(fired.count > 0 ? [COMMANDS.showReport] : []));
        break;
      }
      case 'when': {
        const fired = figures?.rules.find(([start]) => start === declaration.span.start)?.[1];
        if (fired)
          add(
            declaration.span,
            firedText(fired),
            ...(fired.count > 0 && figures && figures.trades.length > 0 ? [COMMANDS.showTrade] : []),
          );
        break;
      }
      case 'param': {
        const strip = sensitivity?.find(({ param }) => param === declaration.name.text);
        if (strip) add(declaration.span, sensitivityText(strip));
        break;
      }
      default:
        break;
    }
  }
  return lenses;
}

function strategyLens(status: RunStatus, figures: RunFigures | undefined): [title: string, command: string] {
  switch (status.state) {
    case 'off':
      return ['runs are off (vela.runs)', ''];
    case 'noData':
      // A lens shows text as it stands.
      return [status.why.replaceAll('`', ''), COMMANDS.getData];
    case 'untrained':
      return [status.why.replaceAll('`', ''), COMMANDS.train];
    case 'training':
      return [`${status.how} (click to stop)`, COMMANDS.train];
    case 'failed':
      return [`no result: ${status.why.replaceAll('`', '')}`, ''];
    case 'errors':
      return [
        figures === undefined
          ? 'no result yet: the file has errors'
          : `${summaryText(figures.summary)} (before the errors)`,
        COMMANDS.showReport,
      ];
    case 'waiting':
    case 'running':
      return [figures === undefined ? 'running …' : `${summaryText(figures.summary)} …`, COMMANDS.showReport];
    case 'done':
      return [summaryText(status.summary), COMMANDS.showReport];
  }
}

/** `+12.3 % · Sharpe 1.41 · drawdown 8.2 % · 42 trades`. */
export function summaryText({ totalReturn, sharpe, maxDrawdown, trades, simulated }: RunSummary): string {
  const parts = [
    percent(totalReturn, true),
    `Sharpe ${sharpe === null ? '–' : sharpe.toFixed(2)}`,
    `drawdown ${percent(maxDrawdown === null ? null : Math.abs(maxDrawdown))}`,
    `${trades} ${trades === 1 ? 'trade' : 'trades'}`,
  ];
  return `${simulated ? 'simulated data: ' : ''}${parts.join(' · ')}`;
}

function percent(ratio: number | null, signed = false): string {
  if (ratio === null) return '–';
  const value = ratio * 100;
  return `${signed && value > 0 ? '+' : ''}${value.toFixed(Math.abs(value) < 10 ? 2 : 1)} %`;
}

function firedText({ count, last }: Fired): string {
  if (count === 0) return 'never';
  const when = last === undefined ? '' : ` · last ${last.slice(0, 16).replace('T', ' ')}`;
  return `${count} ${count === 1 ? 'time' : 'times'}${when}`;
}

/** A strip of results over the param's range, with the strategy's own value marked by its number. */
function sensitivityText({ values, returns, own }: Sensitivity): string {
  const strip = sparkline(returns.map(value => value ?? Number.NaN));
  const present = returns.filter(value => value !== null);
  const [low, high] = [Math.min(...present), Math.max(...present)];
  const at = (index: number) => tidy(values[index] ?? Number.NaN);
  const best = returns.indexOf(high);
  const range = present.length === 0 ? '' : ` · ${percent(low, true)} to ${percent(high, true)}, best at ${at(best)}`;
  return `${at(0)} ${strip.slice(0, own)}[${strip.slice(own, own + 1)}]${strip.slice(own + 1)} ${at(values.length - 1)}${range}`;
}

function tidy(value: number): string {
  return `${Number(value.toPrecision(4))}`;
}
