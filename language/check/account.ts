/** `account { currency: USDT  capital: 10000 }`: the reporting currency and the capital of a run. */
import type { AccountDeclaration, Property } from '../syntax/tree.ts';
import { DECLARATION_CODE } from './declaration-codes.ts';
import type { Reporter } from './elaborator.ts';
import type { Account, Instrument } from './program.ts';
import { expressionOf, onlyOne, readProperties, wrongShape } from './properties.ts';

export function lowerAccount(declarations: readonly AccountDeclaration[], reporter: Reporter): Account {
  const declaration = onlyOne(declarations, 'account', reporter);
  if (!declaration) return {};
  const properties = readProperties(declaration.properties, ['currency', 'capital'], 'the account', reporter);
  const currency = currencyOf(properties.get('currency'), reporter);
  const capital = capitalOf(properties.get('capital'), reporter);
  return { ...(currency !== undefined && { currency }), ...(capital !== undefined && { capital }) };
}

/** Money is counted in what the market settles in; reporting it in another currency needs a rate that nothing gives yet. */
export function refuseConversion(
  declarations: readonly AccountDeclaration[],
  { currency }: Account,
  instrument: Instrument | undefined,
  reporter: Reporter,
): void {
  if (currency === undefined || !instrument || currency === instrument.settle) return;
  const property = declarations[0]?.properties.find(({ key }) => key.text === 'currency');
  const what = `an account in \`${currency}\` for a market in \`${instrument.settle}\``;
  if (property) reporter.notYet(property.span, what);
}

function currencyOf(property: Property | undefined, reporter: Reporter): string | undefined {
  const expression = expressionOf(property, 'the name of a currency, such as `USDT`', reporter);
  if (!property || !expression) return undefined;
  if (expression.kind === 'name') return expression.text;
  if (expression.kind === 'string') return expression.value;
  wrongShape(property, 'the name of a currency, such as `USDT`', reporter);
  return undefined;
}

function capitalOf(property: Property | undefined, reporter: Reporter): number | undefined {
  const expected = 'an amount written as a number, such as `10000`';
  const expression = expressionOf(property, expected, reporter);
  if (!property || !expression) return undefined;
  if (expression.kind !== 'number' || expression.suffix !== undefined) {
    wrongShape(property, expected, reporter);
    return undefined;
  }
  if (expression.value > 0) return expression.value;
  reporter.report({
    code: DECLARATION_CODE.outOfRange,
    span: expression.span,
    facts: { what: '`capital`', value: String(expression.value), range: 'more than 0' },
  });
  return undefined;
}
