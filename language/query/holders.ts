/**
 * The statements of a file that read names, each with a heading: what the call hierarchy walks over ("what feeds this
 * order?") and the outline shows.
 */
import type { Declaration, Span, Tree } from '../syntax/tree.ts';
import type { SymbolKind } from './symbols.ts';

export interface Heading {
  readonly name: string;
  readonly detail: string;
  readonly kind?: SymbolKind;
  /** Where the name, or what stands for one, is written. */
  readonly span: Span;
}

export interface Holder extends Heading {
  readonly declaration: Declaration;
  readonly whole: Span;
}

/** All statements, those of `at` blocks one by one. */
export function holdersOf({ declarations }: Tree): readonly Holder[] {
  return declarations
    .flatMap((declaration): readonly Declaration[] =>
      declaration.kind === 'at' ? declaration.declarations : [declaration],
    )
    .map(declaration => ({ ...headingOf(declaration), declaration, whole: declaration.span }));
}

export function headingOf(declaration: Declaration): Heading {
  const { span } = declaration;
  const own = (name: string, detail = '', at: Span = span): Heading => ({ name, detail, span: at });
  switch (declaration.kind) {
    case 'strategy':
      return own(declaration.title.value, 'strategy', declaration.title.span);
    case 'instrument':
      return declaration.name
        ? {
            name: declaration.name.text,
            detail: declaration.symbol.value,
            kind: 'instrument',
            span: declaration.name.span,
          }
        : { ...own(declaration.symbol.value, declaration.venue.text, declaration.symbol.span), kind: 'instrument' };
    case 'let':
    case 'signal':
    case 'state':
    case 'label':
    case 'param':
    case 'clock':
    case 'session':
    case 'universe':
    case 'input':
    case 'model':
    case 'features':
    case 'fn':
      return {
        name: declaration.name.text,
        detail: declaration.kind,
        kind: declaration.kind,
        span: declaration.name.span,
      };
    case 'use':
      return { name: declaration.as.text, detail: declaration.path.value, kind: 'module', span: declaration.as.span };
    case 'every':
      return own('every', `${declaration.period.count}${declaration.period.unit}`, declaration.period.span);
    case 'at':
      return own(`at ${declaration.clock.text}`, '', declaration.clock.span);
    case 'train':
      return own(`train ${declaration.model.text}`, declaration.method.text, declaration.model.span);
    case 'when': {
      const { action } = declaration;
      const side = 'side' in action && action.side ? ` ${action.side}` : '';
      return own(`${action.verb}${side}`, 'rule', action.span);
    }
    case 'while':
      return own(`keep ${declaration.order.side} ${declaration.order.type}`, 'standing order', declaration.order.span);
    case 'rebalance':
      return own('rebalance', 'portfolio');
    case 'test':
      return own(declaration.title.value, 'test', declaration.title.span);
    default:
      return own(declaration.kind);
  }
}
