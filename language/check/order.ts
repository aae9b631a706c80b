/** `at:` and `expire:`: how an order waits for its price, and for how long. */
import type { Property } from '../syntax/tree.ts';
import type { Elaborator } from './elaborator.ts';
import type { OrderSpec } from './program.ts';
import { type Properties, wrongShape } from './properties.ts';
import { lowerBars } from './ranges.ts';
import type { RulePlace } from './rules.ts';

export const ORDER_KEYS = ['at', 'expire'] as const;

/** Bars that an unfilled order lives, unless stated. */
const DEFAULT_EXPIRE_BARS = 1;

/** Without `at`, a market order. `undefined` when something in it is broken, which has then been reported. */
export function lowerOrder(
  properties: Properties<(typeof ORDER_KEYS)[number]>,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
): OrderSpec | undefined {
  const at = properties.get('at');
  const expireProperty = properties.get('expire');
  const expire = expireProperty
    ? lowerBars(expireProperty, `\`expire\` of \`${title}\``, elaborator)
    : elaborator.constant(DEFAULT_EXPIRE_BARS, 'bars', place.span);
  const priced = at ? lowerAt(at, title, place, elaborator) : ({ type: 'market' } as const);
  return expire === undefined || !priced ? undefined : { ...priced, expire };
}

function lowerAt(
  property: Property,
  title: string,
  place: RulePlace,
  elaborator: Elaborator,
): Pick<OrderSpec, 'type' | 'price'> | undefined {
  const { value } = property;
  if (value.kind === 'order' && value.type === 'market') return { type: 'market' };
  if (value.kind !== 'order' || value.price === undefined) {
    const bare = value.kind === 'expression' ? value.expression : undefined;
    const limit = bare && `limit ${elaborator.textOf(bare)}`;
    const fix = bare && { title: `Write \`${limit}\``, safe: false, edits: [{ span: bare.span, text: limit ?? '' }] };
    wrongShape(property, '`limit PRICE`, `stop PRICE` or `market`', elaborator, fix);
    return undefined;
  }
  const price = elaborator.elaborate(value.price, {
    base: 'num',
    unit: 'price',
    instrument: place.instrument,
    clock: 0,
    what: `the ${value.type} price of \`${title}\``,
  });
  return price === undefined ? undefined : { type: value.type, price };
}
