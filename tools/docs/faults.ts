/** The page of faults, of the tables that the tests of runs have written. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const tableOf = (name: string) =>
  fileURLToPath(new URL(`../../tests/runtime/live/faults/rows/${name}.md`, import.meta.url));

/** Title of a section → file of its table. */
export const FAULT_TABLES = {
  'Perpetuals at Binance': tableOf('perpetuals-at-binance'),
  'Spot at Binance': tableOf('spot-at-binance'),
  'Spot at Coinbase': tableOf('spot-at-coinbase'),
  'The whole command': tableOf('the-whole-command'),
} as const;

export const TABLE_HEAD = `| what goes wrong | the entry | a bar later | after the exit | says |
|---|---|---|---|---|`;
/** Of a row that is lived through by the long tests alone. */
export const DEEP_MARK = ' °';

const INTRO = `# What a run does when something goes wrong

Each row is the life of a run at a local venue that speaks the protocol of the real one, through the real client: it decides to
enter, holds for a bar, decides to leave, and decides to enter again; one thing goes wrong. In all of them, by the record of the
venue itself: no order was sent twice and none was lost, the run never held more than it had decided nor more than its limits
allow, entered nothing when the day had lost more than it may, had never more than one stop and one other order there, its books
were the venue's, and no position was without a stop of its size for longer than the deadline.

*Says* is what a person gets to read: in the log, as an alert, and, while it lasts, from \`vela health\`; behind the arrow, what to
do. \`ORDER\` stands for the id of an order, \`TIME\` for an instant, \`N\` for a number. Rows marked with${DEEP_MARK} are lived through by
\`npm run test:deep\` alone. The tables are written by the tests.
`;

export function faultsPage(): string {
  const sections = Object.entries(FAULT_TABLES).map(
    ([title, path]) => `\n## ${title}\n\n${readFileSync(path, 'utf8')}`,
  );
  return `${INTRO}${sections.join('')}`;
}
