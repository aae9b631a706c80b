import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CATALOGUE, FAMILIES } from '../../../language/diagnostics/catalogue.ts';
import { exampleOf, explainCode, mendedOf } from '../../../language/diagnostics/page.ts';
import { cannotRunYet, type Diagnostic, render, toDiagnostic } from '../../../language/index.ts';
import { parse } from '../../../language/syntax/parse.ts';
import type { Tree } from '../../../language/syntax/tree.ts';
import { checkText } from '../../support/language.ts';

const LANGUAGE = new URL('../../../language/', import.meta.url);
const GOLDEN = new URL('./golden/', import.meta.url);

/** Codes that the sources of the language name, outside of the catalogue itself. */
function codesInSources(): ReadonlySet<string> {
  const files = readdirSync(LANGUAGE, { recursive: true, encoding: 'utf8' });
  const texts = files
    .filter(name => name.endsWith('.ts') && !name.startsWith('diagnostics'))
    .map(name => readFileSync(new URL(name, LANGUAGE), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''));
  return new Set(texts.flatMap(text => text.match(/\b[EW]\d{4}\b/g) ?? []));
}

/** Files that the examples of `use` take in. */
const MODULES: ReadonlyMap<string, Tree> = new Map(
  Object.entries({
    'self.vela': 'use "self.vela" as self\nfn wide(x: price) -> price = x * 0.95\n',
    'rules.vela': 'fn wide(x: price) -> price = x * 0.95\nwhen close > open exit\n',
  }).map(([name, text]) => [name, parse({ name, text, form: 'vela' }).tree]),
);

/** What the example of a code is told; the code itself among it. */
function diagnosticsOf(
  code: string,
  example: { readonly text: string; readonly form: 'vela' | 'yaml' },
): readonly Diagnostic[] {
  const { program, diagnostics } = checkText(example.text, { form: example.form, modules: MODULES });
  return code === 'E0190' ? cannotRunYet(program, 'error') : diagnostics;
}

describe('the catalogue', () => {
  it('has an entry for every code that the language names, and no other', () => {
    // The diagnostics room itself raises W07xx (late-orders.ts).
    const inSources = [...CATALOGUE.keys()].filter(code => !code.startsWith('W07'));
    expect([...codesInSources()].sort()).toEqual([...new Set([...inSources, 'E0190', 'W0190'])].sort());
  });

  it('agrees with each code on what is an error and what a warning', () => {
    for (const [code, entry] of CATALOGUE)
      expect([code, entry.severity]).toEqual([code, code.startsWith('W') ? 'warning' : 'error']);
  });

  it('lists each code once', () => {
    const all = FAMILIES.flatMap(family => [...family.codes.keys()]);
    expect(all.length).toBe(new Set(all).size);
  });

  it('explains codes in any case, and nothing else', () => {
    expect(explainCode('e0301')).toContain('# E0301');
    expect(explainCode('E9999')).toBeUndefined();
  });
});

describe('every code', () => {
  for (const code of CATALOGUE.keys()) {
    const example = exampleOf(code);
    const mended = mendedOf(code);

    it(`${code} is raised by its own example, in these words`, async () => {
      const found = example
        ? diagnosticsOf(code, example).find(diagnostic => diagnostic.code === code)
        : runDiagnostic(code);
      expect(found, `${code} is not among what its example is told`).toBeDefined();
      const text = `${explainCode(code)}\n\n----\n\n${found ? render(found) : ''}\n`;
      expect(text).not.toMatch(/undefined|NaN|\[object/);
      await expect(text).toMatchFileSnapshot(new URL(`${code}.txt`, GOLDEN).pathname);
    });

    if (mended)
      it(`${code} is gone once the example is mended`, () => {
        const left = checkText(mended.text, { form: mended.form }).diagnostics;
        expect(left.filter(diagnostic => diagnostic.code === code || diagnostic.severity === 'error')).toEqual([]);
      });
  }
});

/** The case that the page of a run code describes. */
function runDiagnostic(code: string): Diagnostic | undefined {
  const page = CATALOGUE.get(code)?.page;
  if (!page || !('case' in page)) return undefined;
  const file = { name: 'example.vela', text: 'strategy "Example"\n', form: 'vela' } as const;
  return toDiagnostic({ code, file, span: { start: 0, end: 8 }, facts: page.facts });
}
