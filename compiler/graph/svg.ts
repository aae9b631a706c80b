/**
 * The graph as a drawing, for `vela explain --graph out.svg`: data on the left, what the rules ask for on the right, one
 * column a step. Inside a column a node stands as near as it can to what it reads.
 */
import type { Node, NodeId } from '../../language/check/node.ts';
import { hostOf, readsOf } from './cluster.ts';
import type { Graph } from './graph.ts';
import { accountTaint } from './taint.ts';
import { expressionText, rootNames } from './text.ts';

const BOX = { width: 190, height: 34, gapX: 60, gapY: 12, margin: 20 };

/** Fill by where a node is computed. */
const FILLS = {
  fixed: '#f1f0ea',
  base: '#dcebf7',
  slow: '#e2f2dd',
  account: '#fbe3d6',
  model: '#eadff5',
  members: '#fbf1c9',
};

interface Placed {
  readonly id: NodeId;
  readonly node: Node;
  readonly x: number;
  readonly y: number;
}

export function graphSvg(graph: Graph): string {
  const placed = layOut(graph);
  const tainted = accountTaint(graph);
  const names = rootNames(graph);
  const width = Math.max(...placed.map(({ x }) => x), 0) + BOX.width + BOX.margin;
  const height = Math.max(...placed.map(({ y }) => y), 0) + BOX.height + BOX.margin;
  const edges = placed.flatMap(to => edgesInto(to, placed));
  const boxes = placed.map(at => box(at, fillOf(at, tainted), names.get(at.id) ?? []));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="ui-monospace, monospace" font-size="11">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...edges,
    ...boxes,
    '</svg>\n',
  ].join('\n');
}

function layOut(graph: Graph): readonly Placed[] {
  const depths: number[] = [];
  const rows: number[] = [];
  graph.nodes.forEach((node, id) => {
    depths[id] = Math.max(-1, ...node.args.map(arg => depths[arg] ?? 0)) + 1;
  });
  const columns: NodeId[][] = [];
  depths.forEach((depth, id) => {
    columns[depth] = [...(columns[depth] ?? []), id];
  });
  for (const column of columns) {
    const wish = (id: NodeId) => {
      const above = graph.nodes[id]?.args.map(arg => rows[arg] ?? 0) ?? [];
      return above.length === 0 ? id : above.reduce((a, b) => a + b, 0) / above.length;
    };
    let next = 0;
    for (const id of column.toSorted((a, b) => wish(a) - wish(b) || a - b)) {
      rows[id] = depths[id] === 0 ? next : Math.max(next, Math.floor(wish(id)));
      next = (rows[id] ?? 0) + 1;
    }
  }
  return graph.nodes.map((node, id) => ({
    id,
    node,
    x: BOX.margin + (depths[id] ?? 0) * (BOX.width + BOX.gapX),
    y: BOX.margin + (rows[id] ?? 0) * (BOX.height + BOX.gapY),
  }));
}

function fillOf({ id, node }: Placed, tainted: readonly boolean[]): string {
  if (node.stage !== 'series') return FILLS.fixed;
  if (node.op === 'predict' || node.op === 'drift') return FILLS.model;
  if (hostOf(node)) return FILLS.members;
  if (tainted[id]) return FILLS.account;
  return node.clock === 0 ? FILLS.base : FILLS.slow;
}

function box({ id, node, x, y }: Placed, fill: string, roots: readonly string[]): string {
  const label = escaped(shorten(`%${id} ${expressionText(node)}`));
  const asked = escaped(shorten(roots.join(', ')));
  const stroke = roots.length > 0 ? '#333333' : '#b8b8b8';
  return [
    `<g><title>${escaped(`%${id} ${expressionText(node)}`)}</title>`,
    `<rect x="${x}" y="${y}" width="${BOX.width}" height="${BOX.height}" rx="4" fill="${fill}" stroke="${stroke}"/>`,
    `<text x="${x + 8}" y="${y + 14}" fill="#222222">${label}</text>`,
    `<text x="${x + 8}" y="${y + 27}" fill="#777777">${asked}</text></g>`,
  ].join('');
}

function edgesInto(to: Placed, placed: readonly Placed[]): string[] {
  return to.node.args.flatMap(arg => {
    const from = placed[arg];
    if (!from) return [];
    const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
    const [x2, y2] = [to.x, to.y + BOX.height / 2];
    const bend = Math.max(20, (x2 - x1) / 2);
    // A model lies between a prediction and what it is made from.
    const dash = readsOf(to.node).includes(arg) ? '' : ' stroke-dasharray="4 3"';
    const path = `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    return [`<path d="${path}" fill="none" stroke="#c4c4c4"${dash}/>`];
  });
}

function shorten(text: string): string {
  return text.length <= 26 ? text : `${text.slice(0, 25)}…`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
