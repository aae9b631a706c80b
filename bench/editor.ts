/**
 * The built language server, as an editor feels it: on a strategy of a thousand lines, from a one-character edit to its
 * diagnostics, completion and hover; the backtest above the strategy over five years of hourly bars; memory over ten
 * thousand edits. Each at the 95th percentile against the bound it is held to.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '../language/syntax/parse.ts';
import { toYaml } from '../language/yaml/write.ts';
import { Editor } from '../tests/lsp/client.ts';
import type { Benchmark, Measure, Skipped } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const PROGRAM = process.env.VELA_PROGRAM ?? join(ROOT, 'dist', 'vela.js');
const CANDLES = join(ROOT, '../shared/data/spot-1h/binance-spot-BTCUSDT-1h.csv.gz');
/** Before these the just-in-time compiler of Node is still at work. */
const WARM = 60;
/** Each four lines. */
const ROWS = 240;
const EDITS = 200;
const MANY_EDITS = 10_000;

/** About a thousand lines, nearly every one a declaration: no strategy of that length is denser. */
function thousandLines(rows: number = ROWS, more: readonly string[] = []): string {
  const lines = ['strategy "Big"', 'instrument "BTC/USDT" on binance', 'every 1h', 'param n: bars = 20 in 5..60'];
  for (let i = 0; i < rows; i++) {
    lines.push(
      `## The average number ${i}.`,
      `let a${i} = sma(close, n) + ema(close, ${10 + (i % 50)}) * ${i + 1}`,
      `let b${i} = rsi(close, ${5 + (i % 20)}) > 50 and a${i} > close`,
      `signal s${i} = b${i} and close crosses above a${i}`,
    );
  }
  lines.push(...more);
  lines.push('when s1 enter long { size: 95% of equity }', 'when s2 exit', 'execution { fee: 10bp  slippage: 2bp }');
  return `${lines.join('\n')}\n`;
}

/** A model of forty columns, and what asks it. */
const LEARNED = [
  'features x {',
  ...Array.from({ length: 40 }, (_, i) => `  c${i} = close / close[${i + 1}] - 1`),
  '}',
  'label up = forward_return(3) > 0',
  'model m = xgboost learn up from x { max_depth: 3 }',
  'train m walk_forward { window: 2y  retrain: 3mo }',
  'let p = predict(m) or else 0',
  'signal go = p > 0.5',
];

async function run(): Promise<readonly (Measure | Skipped)[]> {
  if (!existsSync(PROGRAM)) return [{ name: 'editor', skipped: 'dist/vela.js is not built: npm run build' }];
  const folder = mkdtempSync(join(tmpdir(), 'vela-editor-'));
  try {
    const learned = thousandLines(ROWS - 10, LEARNED);
    const yaml = toYaml(parse({ name: 'big.vela', text: thousandLines(), form: 'vela' }).tree);
    return [
      ...(await latency(folder, 'big.vela', thousandLines(), '')),
      ...(await latency(folder, 'learned.vela', learned, ' with a model')).slice(0, 1),
      ...(await latency(folder, 'big.yaml', yaml, ' in YAML')).slice(0, 1),
      await lens(folder),
      await memory(folder),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function latency(folder: string, file: string, strategy: string, where: string): Promise<readonly Measure[]> {
  const editor = await start(folder, { runs: false });
  const uri = await editor.open(file, strategy);
  const isYaml = file.endsWith('.yaml');
  const of = (kind: string, name: string) => (isYaml ? `  ${name}: ` : `${kind} ${name} = `);
  await editor.diagnostics(uri);
  const times: Record<'diagnostics' | 'completion' | 'hover', number[]> = {
    diagnostics: [],
    completion: [],
    hover: [],
  };
  for (let edit = 0; edit < WARM + EDITS; edit++) {
    const row = (edit * 37) % (ROWS - 10);
    const at = editor.text(uri).indexOf('\n', editor.text(uri).indexOf(of('let', `a${row}`)));
    // A digit is written, and taken away again the next time round.
    const isLong = /\d{4}$/.test(editor.text(uri).slice(0, at));
    const startMs = performance.now();
    await editor.replace(uri, isLong ? at - 1 : at, at, isLong ? '' : '1');
    await editor.diagnostics(uri);
    const told = performance.now();
    await editor.ask('textDocument/completion', uri, {
      position: editor.at(uri, `${of('let', `b${row}`)}rsi(`, `${of('let', `b${row}`)}rsi(`.length),
    });
    const completed = performance.now();
    await editor.ask('textDocument/hover', uri, {
      position: editor.at(uri, of('signal', `s${row}`), of('signal', `s${row}`).lastIndexOf(`s${row}`) + 1),
    });
    const hovered = performance.now();
    if (edit < WARM) continue;
    times.diagnostics.push(told - startMs);
    times.completion.push(completed - told);
    times.hover.push(hovered - completed);
  }
  await editor.stop();
  const bounds = { diagnostics: 30, completion: 20, hover: 10 };
  return Object.entries(times).map(([name, measured]) =>
    bounded(`editor: ${name} after an edit${where}`, measured, bounds[name as keyof typeof bounds]),
  );
}

async function lens(folder: string): Promise<Measure | Skipped> {
  const name = 'editor: backtest after an edit';
  if (!existsSync(CANDLES)) return { name, skipped: 'the shared candles are not there' };
  const editor = await start(folder, { data: CANDLES, from: '2021-05-01', to: '2026-05-01', sensitivity: false });
  const uri = await editor.open('sma.vela', readFileSync(join(ROOT, 'strategies', 'sma_cross.vela'), 'utf8'));
  const done = () =>
    editor.until(() => {
      const latest = editor.statuses.at(-1);
      return latest?.version === editor.documents.get(uri)?.version && latest?.status.state === 'done';
    });
  await done();
  const measured: number[] = [];
  for (let edit = 0; edit < 60; edit++) {
    const at = editor.text(uri).indexOf('bars = ') + 'bars = '.length;
    const startMs = performance.now();
    await editor.replace(uri, at, at + 2, String(15 + (edit % 40)));
    await done();
    if (edit >= 15) measured.push(performance.now() - startMs);
  }
  await editor.stop();
  return bounded(name, measured, 150);
}

/** What the process holds after ten thousand edits against what it held after two thousand. */
async function memory(folder: string): Promise<Measure> {
  // With room to spare, garbage is left lying for minutes; what counts is what must be held.
  const editor = await start(
    folder,
    { runs: false },
    { NODE_OPTIONS: '--max-old-space-size=64 --max-semi-space-size=1' },
  );
  const uri = await editor.open('flat.vela', readFileSync(join(ROOT, 'strategies', 'dip_buyer.vela'), 'utf8'));
  const held: number[] = [];
  for (let edit = 1; edit <= MANY_EDITS; edit++) {
    const at = editor.text(uri).indexOf('rsi(') + 4;
    await editor.replace(uri, at, edit % 2 === 0 ? at + 1 : at, edit % 2 === 0 ? '' : 'c');
    if (edit % 10 === 0) await editor.diagnostics(uri);
    if (edit % 1000 === 0) held.push(residentMb(editor.server.pid ?? 0));
  }
  await editor.stop();
  const [, first = 0] = held;
  return {
    name: 'editor: memory over 10 000 edits',
    ours: held.at(-1) ?? 0,
    other: first,
    unit: 'MB',
    against: 'after 2 000',
    atMost: 1.25,
    notes: [held.map(size => size.toFixed(0)).join(' ')],
  };
}

function residentMb(pid: number): number {
  const [, kb = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1024;
}

function start(folder: string, settings: object, environment: NodeJS.ProcessEnv = {}): Promise<Editor> {
  return Editor.start({ program: [process.execPath, PROGRAM], folder, settings, environment });
}

function bounded(name: string, measured: readonly number[], boundMs: number): Measure {
  const sorted = measured.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return {
    name,
    ours: at(0.95),
    other: boundMs,
    unit: 'ms',
    against: 'p95, bound',
    atMost: 1,
    notes: [`median ${at(0.5).toFixed(1)} ms, p95 ${at(0.95).toFixed(1)} ms`],
  };
}

export const editor: Benchmark = { name: 'editor', about: 'the language server after an edit', run };
