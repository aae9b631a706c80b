/** Views of a whole strategy: its dataflow graph, and why no order is possible before a bar. */
import { CompileError, explainProgram, graphSvg, graphText, planWarmup } from '../../../compiler/index.ts';
import { needed } from '../../../language/check/probe.ts';
import { unsettledStates } from '../../../language/check/warmup.ts';
import type { Analysis } from '../document.ts';
import type { Unavailable } from '../protocol.ts';
import { clockText, periodText } from '../words.ts';

const HAS_ERRORS: Unavailable = { unavailable: 'The strategy has errors; they have to be mended first.' };

function isSound({ diagnostics, program }: Analysis): boolean {
  return program.notYet.length === 0 && !diagnostics.some(({ severity }) => severity === 'error');
}

export function graphOf(analysis: Analysis): { readonly svg: string; readonly text: string } | Unavailable {
  if (!isSound(analysis)) return HAS_ERRORS;
  try {
    const { plan } = explainProgram(analysis.program);
    return { svg: graphSvg(plan.graph), text: graphText(plan.graph, { warmup: planWarmup(plan, {}, []).nodes }) };
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    return { unavailable: error.message };
  }
}

/** A table of the named streams, the slowest to get ready first, and what makes each of them wait. */
export function explainWarmup(analysis: Analysis): { readonly markdown: string } | Unavailable {
  const { program, facts } = analysis;
  const { warmups } = facts;
  const base = program.clocks[0]?.period;
  const time = (ticks: number, clock: number) => {
    const period = program.clocks[clock]?.period;
    if (!Number.isFinite(ticks) || period?.kind !== 'fixed') return '';
    return ` (${spanText(ticks * period.ms)})`;
  };
  const rows = program.streams
    .map(({ name, kind, node }) => ({ name, kind, node, warmup: warmups[node] ?? { ready: 0, settled: 0 } }))
    .toSorted((a, b) => b.warmup.ready - a.warmup.ready);
  const rules = program.rules.map(({ verb, text, when }) => ({ verb, text, ready: warmups[when]?.ready ?? 0 }));
  const first = Math.min(...rules.filter(({ verb }) => verb === 'enter').map(({ ready }) => ready));
  const lines = [`# Warm-up of ${program.title}`, ''];
  if (Number.isFinite(first)) {
    lines.push(
      `No order is possible before bar **${first}**${time(first, 0)}${base === undefined ? '' : ` of ${periodText(base)} bars`}.`,
      '',
    );
  }
  if (rules.length > 0) {
    lines.push('| rule | ready after |', '|---|---|');
    for (const { verb, text, ready } of rules) lines.push(`| ${verb} when \`${cell(text)}\` | ${barsText(ready)} |`);
    lines.push('');
  }
  lines.push('| stream | clock | ready after | settled after | waits for |', '|---|---|---|---|---|');
  for (const { name, node, warmup } of rows) {
    const { clock = 0 } = program.nodes[node] ?? {};
    const cells = [
      `\`${name}\``,
      clockText(program.clocks[clock]) ?? '',
      `${barsText(warmup.ready)}${time(warmup.ready, clock)}`,
      `${barsText(warmup.settled)}${time(warmup.settled, clock)}`,
      waitsFor(analysis, node),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  const endless = unsettledStates(program.nodes, warmups).map(
    id => program.states[program.nodes[id]?.attrs.state ?? -1]?.name,
  );
  if (endless.length > 0) {
    lines.push('', `Never settles, since it remembers everything: ${endless.map(name => `\`${name}\``).join(', ')}.`);
  }
  return { markdown: `${lines.join('\n')}\n` };
}

/** The named stream, among those it reads, that is ready last; else the operator of its own that waits. */
function waitsFor({ program, facts }: Analysis, root: number): string {
  const { warmups } = facts;
  const all = new Set<number>();
  const open = [...(program.nodes[root]?.args ?? [])];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (all.has(id)) continue;
    all.add(id);
    open.push(...(program.nodes[id]?.args ?? []));
  }
  const named = program.streams.filter(({ node }) => all.has(node));
  const slowest = named.toSorted((a, b) => (warmups[b.node]?.ready ?? 0) - (warmups[a.node]?.ready ?? 0))[0];
  const own = warmups[root]?.ready ?? 0;
  if (slowest !== undefined && (warmups[slowest.node]?.ready ?? 0) >= own && own > 0) return `\`${slowest.name}\``;
  const { nodes, at } = needed(program.nodes, root);
  const windows = nodes.filter(({ op }) => ['latest', 'sample'].includes(op)).length;
  if (own === 0) return '';
  return windows > 0 && nodes[at]?.clock === 0 ? 'a slower clock, or its own windows' : 'its own windows';
}

function barsText(ticks: number): string {
  if (!Number.isFinite(ticks)) return 'never';
  return `${ticks} ${ticks === 1 ? 'bar' : 'bars'}`;
}

function spanText(ms: number): string {
  const [unit, size] =
    (
      [
        ['d', 86_400_000],
        ['h', 3_600_000],
        ['m', 60_000],
      ] as const
    ).find(([, one]) => ms >= one) ?? (['s', 1000] as const);
  return `${Number((ms / size).toFixed(1))}${unit}`;
}

function cell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
