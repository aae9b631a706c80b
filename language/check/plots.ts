/** `plot quick, trend on price`: streams that the report draws, over the price or in a pane of their own. */
import type { PlotDeclaration } from '../syntax/tree.ts';
import type { Elaborator } from './elaborator.ts';
import type { NodeId } from './node.ts';
import type { Plot } from './program.ts';

const PRICE_PANE = 'price';

export function lowerPlots(declarations: readonly PlotDeclaration[], elaborator: Elaborator): readonly Plot[] {
  return declarations.flatMap(declaration =>
    declaration.series.flatMap(expression => {
      const name = elaborator.textOf(expression);
      const node = elaborator.elaborate(expression, { base: 'any', what: 'a plot' });
      if (node !== undefined && readsLabel(node, elaborator)) {
        elaborator.notYet(expression.span, 'a plot of a label');
        return [];
      }
      return node === undefined ? [] : [{ name, node, pane: declaration.pane?.text ?? PRICE_PANE }];
    }),
  );
}

/** What a run draws is known bar by bar; a label is known only afterwards. */
function readsLabel(id: NodeId, elaborator: Elaborator): boolean {
  const seen = new Set<NodeId>();
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const { op, args } = elaborator.node(next);
    if (op === 'ahead' || op === 'triple_barrier' || op === 'quantile_class') return true;
    // What a model says is known, whatever it learned from.
    if (op !== 'predict' && op !== 'drift') waiting.push(...args);
  }
  return false;
}
