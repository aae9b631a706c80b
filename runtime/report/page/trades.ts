/** The trade table, a page at a time. */
import type { TradeRow } from '../html/chart_data.ts';
import { data, element } from './data.ts';
import { grouped, instant, percent, price as shared, significant } from './show.ts';

const ROWS_A_PAGE = 50;

export function tradeTable(): void {
  const body = element('trade-rows');
  const pages = Math.max(1, Math.ceil(data.trades.length / ROWS_A_PAGE));
  const label = element('trade-page');
  let page = 0;
  const show = () => {
    const first = page * ROWS_A_PAGE;
    const rows = data.trades.slice(first, first + ROWS_A_PAGE);
    body.replaceChildren(...rows.map((row, i) => tradeRow(data.tradesBefore + first + i + 1, row)));
    const [from, to, all] = [first + 1, first + rows.length, data.trades.length].map(count =>
      grouped(data.tradesBefore + count, 0),
    );
    label.textContent = data.trades.length === 0 ? '' : `${from}–${to} of ${all}`;
  };
  const turn = (id: string, step: number) =>
    element(id).addEventListener('click', () => {
      page = Math.max(0, Math.min(pages - 1, page + step));
      show();
    });
  turn('trade-back', -1);
  turn('trade-on', 1);
  element('trade-pager').hidden = pages === 1;
  show();
}

/** Prices of several instruments have no decimals in common. */
const price = data.candles === undefined ? significant : shared;

function tradeRow(number: number, row: TradeRow): HTMLTableRowElement {
  const [side, entry, exit, entryPrice, exitPrice, quantity, profit, ratio, costs, bars, reason, open, member] = row;
  const tone = profit >= 0 ? 'gain' : 'loss';
  const cells: readonly (readonly [string, string])[] = [
    [grouped(number, 0), 'muted'],
    ...(member === '' ? [] : [[member, ''] as const]),
    [side, ''],
    [instant(entry), ''],
    [price(entryPrice), 'number'],
    [open === 1 ? 'open' : instant(exit), ''],
    [price(exitPrice), 'number'],
    [significant(quantity), 'number'],
    [grouped(profit, 2), `number ${tone}`],
    [percent(ratio), `number ${tone}`],
    [grouped(costs, 2), 'number'],
    [grouped(bars, 0), 'number'],
    [reason, ''],
  ];
  const line = document.createElement('tr');
  for (const [text, style] of cells) {
    const cell = document.createElement('td');
    cell.textContent = text;
    cell.className = style;
    line.append(cell);
  }
  return line;
}
