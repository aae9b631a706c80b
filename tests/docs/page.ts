/**
 * A page of the manual, taken apart: its fenced blocks, command lines, links and codes. What the tests know of the pages'
 * own conventions stands here:
 *
 *   ```vela            checks without errors; without `strategy` it is a fragment and gets a head
 *   ```vela E0301      raises exactly these errors
 *   ```yaml            the same for the YAML form
 *   ```console         `$ vela …` is run and must print what follows; a line `…` stands for any number of lines
 *   <!-- file: a.vela -->    above a block: it also lies in the page's folder under that name
 *   <!-- shared: btc.csv.gz = data/… -->    candles from beside the repository; what needs them is only run where they are
 */
import { readFileSync } from 'node:fs';
import { GENERATED } from '../../tools/docs/markdown.ts';

export interface Block {
  readonly language: string;
  /** Words behind the language. */
  readonly words: readonly string[];
  readonly text: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly file?: string;
}

export interface Page {
  /** Relative to the repository. */
  readonly name: string;
  readonly text: string;
  /** Without its fenced blocks. */
  readonly prose: string;
  readonly blocks: readonly Block[];
  /** Name in the page's folder → path under `../shared`. */
  readonly shared: ReadonlyMap<string, string>;
  /** Made by a tool from tables, which have tests of their own. */
  readonly isGenerated: boolean;
}

const FENCE = /^(`{3,})(\S*)\s*(.*)$/;

export function readPage(name: string, path: URL): Page {
  const text = readFileSync(path, 'utf8');
  const lines = text.split('\n');
  const blocks: Block[] = [];
  const prose: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, fence, language = '', words = ''] = FENCE.exec(lines[at] ?? '') ?? [];
    if (fence === undefined) {
      prose.push(lines[at] ?? '');
      continue;
    }
    const end = lines.indexOf(fence, at + 1);
    if (end < 0) throw new Error(`${name}:${at + 1}: a block that is never closed`);
    const file = /^<!-- file: (\S+) -->$/.exec(lines[at - 1] ?? '')?.[1];
    blocks.push({
      language,
      words: words.split(' ').filter(word => word !== ''),
      text: `${lines.slice(at + 1, end).join('\n')}\n`,
      line: at + 1,
      ...(file !== undefined && { file }),
    });
    at = end;
  }
  const shared = new Map(
    [...text.matchAll(/^<!-- shared: (\S+) = (\S+) -->$/gm)].map(([, as = '', from = '']) => [as, from]),
  );
  return { name, text, prose: prose.join('\n'), blocks, shared, isGenerated: text.startsWith(GENERATED) };
}

/** Code spans of the prose. */
export function codeSpans({ prose }: Page): readonly string[] {
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** Targets of the links. */
export function links({ prose }: Page): readonly string[] {
  return [...prose.replace(/`[^`\n]+`/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** What a link may point at inside the page: headings, as GitHub names them, and anchors. */
export function anchors({ prose }: Page): ReadonlySet<string> {
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  const marked = [...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  return new Set([...headings, ...marked]);
}

/** Words of a command line, quotes taken off. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

/** Command lines of the page: those in blocks, and code spans that begin like one. */
export function commandLines(page: Page): readonly string[] {
  const shown = page.blocks
    .filter(({ language }) => language === 'console' || language === 'sh')
    .flatMap(({ language, text }) =>
      text.split('\n').flatMap(line => (language === 'sh' ? line : line.startsWith('$ ') ? line.slice(2) : [])),
    );
  return [...shown, ...codeSpans(page)]
    .map(line => line.replace(/\s+#.*$/, '').trim())
    .filter(line => /^(vela|npm|npx|node) /.test(line));
}

// ---------------------------------------------------------------- fragments

/** What a fragment stands in, by the word that it would begin with. */
const HEAD: Readonly<Record<string, string>> = {
  instrument: 'instrument "BTC/USDT:USDT" on binance',
  every: 'every 1h',
  'clock day': 'clock day = 1d',
};
const YAML_HEAD: Readonly<Record<string, string>> = {
  instrument: 'instrument: { symbol: BTC/USDT:USDT, venue: binance }',
  every: 'every: 1h',
  clocks: 'clocks: { day: 1d }',
};

/** A block without `strategy` is a fragment: it stands under a head with what it does not declare itself. */
export function completed({ language, text }: Block): string {
  const declares = (word: string) => new RegExp(`^${word}\\b`, 'm').test(text);
  if (declares('strategy')) return text;
  const isYaml = language === 'yaml';
  const lacking = Object.entries(isYaml ? YAML_HEAD : HEAD).filter(([word]) => !declares(word));
  return [isYaml ? 'strategy: Fragment' : 'strategy "Fragment"', ...lacking.map(([, line]) => line), text].join('\n');
}
