/**
 * Builds each of the parser's lookahead functions when it is first asked for. A file uses a few of the grammar's
 * hundred decisions, and working all of them out beforehand takes half of the time that building the parser takes.
 */
import { type ILookaheadStrategy, LLkLookaheadStrategy } from 'chevrotain';

type Alternation = ReturnType<ILookaheadStrategy['buildLookaheadForAlternation']>;
type Optional = ReturnType<ILookaheadStrategy['buildLookaheadForOptional']>;

export class LazyLookahead extends LLkLookaheadStrategy {
  override buildLookaheadForAlternation(
    options: Parameters<ILookaheadStrategy['buildLookaheadForAlternation']>[0],
  ): Alternation {
    const build = () => super.buildLookaheadForAlternation(options);
    let built: Alternation | undefined;
    // Chevrotain calls these as methods of the parser.
    return function (this: unknown, ...alternatives) {
      built ??= build();
      return built.apply(this, alternatives);
    };
  }

  override buildLookaheadForOptional(
    options: Parameters<ILookaheadStrategy['buildLookaheadForOptional']>[0],
  ): Optional {
    const build = () => super.buildLookaheadForOptional(options);
    let built: Optional | undefined;
    return function (this: unknown) {
      built ??= build();
      return built.apply(this);
    };
  }
}
