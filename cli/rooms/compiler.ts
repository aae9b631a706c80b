/** What commands bring in to compile a strategy, and to say what there is to say of it. */
export { compileProgram, encodePlan } from '../../compiler/index.ts';
export { compileSource } from '../compile_source.ts';
export { commandCode } from '../explain/command_codes.ts';
export { graphAs, strategyFacts } from '../explain/facts.ts';
export { pageOf } from '../explain/pages.ts';
export { factsText } from '../explain/text.ts';
