/** Reading strategies in tests: source text in, diagnostics out, with the standard library at hand. */
import {
  type CheckedStrategy,
  type CheckOptions,
  checkStrategy,
  type SourceFile,
  type Tree,
} from '../../language/index.ts';
import { libraryTrees } from '../../stdlib/trees.ts';

let library: readonly Tree[] | undefined;

/** Trees of the standard library, parsed once. */
export function standardLibrary(): readonly Tree[] {
  library ??= libraryTrees();
  return library;
}

export function sourceOf(text: string, form: 'vela' | 'yaml' = 'vela'): SourceFile {
  return { name: `example.${form}`, text, form };
}

export function checkText(
  text: string,
  options: CheckOptions & { readonly form?: 'vela' | 'yaml' } = {},
): CheckedStrategy {
  const { form, ...rest } = options;
  return checkStrategy(sourceOf(text, form), { library: standardLibrary(), ...rest });
}

/** The codes found, in file order. */
export function codesOf(text: string, options: CheckOptions = {}): readonly string[] {
  return checkText(text, options).diagnostics.map(diagnostic => diagnostic.code);
}
