/** The manual says what is so: its strategies check, its commands exist and print what is shown, its links lead somewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { pageOf } from '../../cli/explain/pages.ts';
import { COMMANDS } from '../../cli/program.ts';
import { readStrategy } from '../../language/index.ts';
import { METRICS } from '../../runtime/report/metrics.ts';
import { checkText, sourceOf } from '../support/language.ts';
import {
  anchors,
  type Block,
  codeSpans,
  commandLines,
  completed,
  links,
  type Page,
  readPage,
  wordsOf,
} from './page.ts';

const ROOT = new URL('../../', import.meta.url);
const NAMES = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(new URL('docs/', ROOT))
    .filter(isPage)
    .map(name => `docs/${name}`),
];
const PAGES = NAMES.map(name => readPage(name, new URL(name, ROOT)));
const WRITTEN = PAGES.filter(page => !page.isGenerated);

function isPage(name: string): boolean {
  return name.endsWith('.md');
}

const isStrategy = ({ language }: Block): boolean => language === 'vela' || language === 'yaml';

describe.each(WRITTEN.filter(({ blocks }) => blocks.some(isStrategy)))('$name', page => {
  test('its strategies check, or fail as announced', () => {
    const strategies = page.blocks.filter(isStrategy);
    const named = strategies.flatMap(({ file, text }) => (file === undefined ? [] : [[file, text] as const]));
    const modules = new Map(named.map(([file, text]) => [file, readStrategy(sourceOf(text)).tree]));
    const found = strategies.map(block => {
      const form = block.language === 'yaml' ? 'yaml' : 'vela';
      const { diagnostics } = checkText(completed(block), { form, modules });
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      return { line: block.line, codes: errors.map(({ code }) => code), words: errors.map(({ message }) => message) };
    });
    const wanted = strategies.map(({ line, words }) => ({ line, codes: words }));
    expect(found.filter((one, i) => one.codes.join() !== wanted[i]?.codes.join())).toEqual([]);
  });
});

describe.each(PAGES)('$name', page => {
  test('its command lines name commands and options that exist', () => {
    expect(commandLines(page).flatMap(line => mistakeIn(line) ?? [])).toEqual([]);
  });

  test('its links lead somewhere', () => {
    expect(links(page).filter(target => !leadsSomewhere(page, target))).toEqual([]);
  });

  test('the codes that it mentions exist', () => {
    const codes = new Set([...page.text.matchAll(/\b[EWD]\d{4}\b/g)].map(([code]) => code));
    expect([...codes].filter(code => pageOf(code) === undefined)).toEqual([]);
  });
});

test('the index of the manual names every page', () => {
  const index = PAGES.find(({ name }) => name === 'docs/README.md');
  const named = new Set(index && links(index));
  const missing = NAMES.filter(name => name.startsWith('docs/') && name !== 'docs/README.md').map(name =>
    name.slice(5),
  );
  expect(missing.filter(name => !named.has(name))).toEqual([]);
});

test('the language page tells every property, limit and choice that runs', () => {
  const language = PAGES.find(({ name }) => name === 'docs/language.md');
  const spans = new Set(language && [...codeSpans(language)].flatMap(code => code.split(' ')));
  const words = [
    'size at expire stop target trail hold prefer else',
    'fill fee slippage funding leverage margin both_hit touch',
  ];
  words.push('exposure position leverage daily_loss drawdown reduce refuse halt flatten');
  expect(words.flatMap(list => list.split(' ')).filter(word => !spans.has(word))).toEqual([]);
});

test('the page of reports defines every figure', () => {
  const reports = PAGES.find(({ name }) => name === 'docs/reports.md');
  const spans = new Set(reports && codeSpans(reports));
  expect(METRICS.filter(({ key }) => !spans.has(key)).map(({ key }) => key)).toEqual([]);
});

// ---------------------------------------------------------------- command lines and links

interface Scripts {
  readonly scripts: Readonly<Record<string, string>>;
}
const { scripts }: Scripts = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'));
const NPM_COMMANDS = ['ci', 'install', 'start', 'test', 'pack'];

/** What is wrong with a command line, if anything is. */
function mistakeIn(line: string): string | undefined {
  for (const part of line.split('&&')) {
    const [program = '', ...words] = wordsOf(part.trim());
    const name = words[0] ?? '';
    if (program === 'npm' && name === 'run') {
      const script = words.find((word, i) => i > 0 && !word.startsWith('-'));
      if (script !== undefined && scripts[script] === undefined) return `${line}: no script ${script}`;
      const own = words.indexOf('--');
      const inner = script === 'vela' && own >= 0 ? velaMistake(words.slice(own + 1)) : undefined;
      if (inner !== undefined) return `${line}: ${inner}`;
    } else if (program === 'npm' && !NPM_COMMANDS.includes(name)) return `${line}: no npm ${name}`;
    else if (program === 'vela') {
      const mistake = velaMistake(words);
      if (mistake !== undefined) return `${line}: ${mistake}`;
    } else if (program === 'npx' && name === 'vela') {
      const mistake = velaMistake(words.slice(1));
      if (mistake !== undefined) return `${line}: ${mistake}`;
    }
  }
  return undefined;
}

function velaMistake(words: readonly string[]): string | undefined {
  const [name = '', ...rest] = words;
  if (name === '') return undefined;
  if (name.startsWith('-')) return ['--help', '--version', '-h', '-V'].includes(name) ? undefined : `no option ${name}`;
  const command = COMMANDS.find(known => known.name === name);
  if (command === undefined) return `no command ${name}`;
  const known = new Set([
    '--help',
    '-h',
    ...command.options.flatMap(({ usage }) => usage.match(/--?[a-z][a-z-]*/g) ?? []),
  ]);
  const unknown = rest.find(word => /^--?[a-z]/.test(word) && !known.has(word.split('=')[0] ?? ''));
  return unknown === undefined ? undefined : `${name} has no option ${unknown}`;
}

function leadsSomewhere(page: Page, target: string): boolean {
  if (/^[a-z]+:/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const url = new URL(path === '' ? page.name : path, new URL(page.name, ROOT));
  const place = path === '' ? new URL(page.name, ROOT) : url;
  if (!existsSync(place)) return false;
  if (anchor === undefined || !place.pathname.endsWith('.md')) return true;
  return anchors(readPage(target, place)).has(anchor);
}
