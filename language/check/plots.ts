/** `plot quick, trend on price`: streams that the report draws, over the price or in a pane of their own. */
import type { PlotDeclaration } from '../syntax/tree.ts';
import type { Elaborator } from './elaborator.ts';
import type { Plot } from './program.ts';

const PRICE_PANE = 'price';

export function lowerPlots(declarations: readonly PlotDeclaration[], elaborator: Elaborator): readonly Plot[] {
  return declarations.flatMap(declaration =>
    declaration.series.flatMap(expression => {
      const name = elaborator.textOf(expression);
      const node = elaborator.elaborate(expression, { base: 'any', what: 'a plot' });
      return node === undefined ? [] : [{ name, node, pane: declaration.pane?.text ?? PRICE_PANE }];
    }),
  );
}
