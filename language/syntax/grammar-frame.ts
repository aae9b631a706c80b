/** The grammar of the frame a strategy stands in: markets, universes, clocks, sessions, account, inputs, modules. */
import { RuleGrammar } from './grammar-rules.ts';
import { C, Colon, Comma, DotDot, Equals, K } from './tokens.ts';
import type * as tree from './tree.ts';
import type { Text } from './tree.ts';

export class FrameGrammar extends RuleGrammar {
  readonly strategy = this.RULE('strategy', (): tree.StrategyDeclaration => {
    const first = this.CONSUME(K.strategy);
    const title = this.SUBRULE(this.text);
    return this.ACTION(() => ({ kind: 'strategy', title, ...this.declared(first) }));
  });

  readonly instrument = this.RULE('instrument', (): tree.InstrumentDeclaration => {
    const first = this.CONSUME(K.instrument);
    const name = this.OPTION(() => {
      const given = this.SUBRULE1(this.name);
      this.CONSUME(Equals);
      return given;
    });
    const symbol = this.SUBRULE(this.text);
    this.CONSUME(C.on);
    const venue = this.SUBRULE2(this.name);
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'instrument',
      ...(name && { name }),
      symbol,
      venue,
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  readonly universe = this.RULE('universe', (): tree.UniverseDeclaration => {
    const first = this.CONSUME(K.universe);
    const name = this.SUBRULE1(this.name);
    this.CONSUME(Equals);
    const symbols: Text[] = [];
    this.AT_LEAST_ONE_SEP({
      SEP: Comma,
      DEF: () => {
        const symbol = this.SUBRULE(this.text);
        symbols.push(symbol);
      },
    });
    this.CONSUME(C.on);
    const venue = this.SUBRULE2(this.name);
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'universe',
      name,
      symbols,
      venue,
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  readonly every = this.RULE('every', (): tree.EveryDeclaration => {
    const first = this.CONSUME(K.every);
    const period = this.SUBRULE(this.duration);
    return this.ACTION(() => ({ kind: 'every', period, ...this.declared(first) }));
  });

  readonly clock = this.RULE('clock', (): tree.ClockDeclaration => {
    const first = this.CONSUME(K.clock);
    const name = this.SUBRULE(this.name);
    this.CONSUME(Equals);
    const period = this.SUBRULE(this.duration);
    const zone = this.OPTION(() => {
      this.CONSUME(C.in);
      return this.SUBRULE(this.text);
    });
    return this.ACTION(() => ({ kind: 'clock', name, period, ...(zone && { zone }), ...this.declared(first) }));
  });

  readonly session = this.RULE('session', (): tree.SessionDeclaration => {
    const first = this.CONSUME(K.session);
    const name = this.SUBRULE(this.name);
    this.CONSUME(Equals);
    const hours = this.SUBRULE1(this.text);
    this.CONSUME(C.in);
    const zone = this.SUBRULE2(this.text);
    const days = this.OPTION(() => {
      this.CONSUME(C.on);
      return this.SUBRULE(this.weekdays);
    });
    return this.ACTION(() => ({ kind: 'session', name, hours, zone, ...(days && { days }), ...this.declared(first) }));
  });

  /** `mon..fri`, or a single day */
  readonly weekdays = this.RULE('weekdays', (): NonNullable<tree.SessionDeclaration['days']> => {
    const first = this.SUBRULE1(this.name);
    const last = this.OPTION(() => {
      this.CONSUME(DotDot);
      return this.SUBRULE2(this.name);
    });
    return { first, last: last ?? first };
  });

  readonly account = this.RULE('account', (): tree.AccountDeclaration => {
    const first = this.CONSUME(K.account);
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'account',
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  readonly inputSource = this.RULE('inputSource', (): tree.InputDeclaration => {
    const first = this.CONSUME(K.input);
    const name = this.SUBRULE1(this.name);
    this.CONSUME(Colon);
    const type = this.SUBRULE2(this.name);
    this.CONSUME(K.every);
    const period = this.SUBRULE(this.duration);
    this.CONSUME(C.from);
    const from = this.SUBRULE(this.text);
    const properties = this.SUBRULE(this.properties);
    return this.ACTION(() => ({
      kind: 'input',
      name,
      type,
      period,
      from,
      properties: properties.list,
      ...this.declared(first, properties.braces),
    }));
  });

  readonly use = this.RULE('use', (): tree.UseDeclaration => {
    const first = this.CONSUME(K.use);
    const path = this.SUBRULE(this.text);
    this.CONSUME(C.as);
    const as = this.SUBRULE(this.name);
    return this.ACTION(() => ({ kind: 'use', path, as, ...this.declared(first) }));
  });
}
