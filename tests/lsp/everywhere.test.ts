/** Every feature at every kind of place: of the examples, of the manual's mistakes and of texts cut off, none ever throws. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../language/diagnostics/catalogue.ts';
import { exampleOf } from '../../language/diagnostics/page.ts';
import { Document } from '../../lsp/server/document.ts';
import { codeActions } from '../../lsp/server/features/actions.ts';
import { prepareCalls } from '../../lsp/server/features/calls.ts';
import { completion } from '../../lsp/server/features/completion.ts';
import { formatting } from '../../lsp/server/features/formatting.ts';
import { inlayHints } from '../../lsp/server/features/hints.ts';
import { hover } from '../../lsp/server/features/hover.ts';
import { documentSymbols, foldingRanges, selectionRange } from '../../lsp/server/features/outline.ts';
import { signatureHelp } from '../../lsp/server/features/signature.ts';
import { semanticTokens } from '../../lsp/server/features/tokens.ts';
import { explainWarmup, graphOf } from '../../lsp/server/features/views.ts';
import { Workspace } from '../../lsp/server/workspace.ts';
import { libraryTrees } from '../../stdlib/trees.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const schema: unknown = JSON.parse(readFileSync(`${root}config/strategy.schema.json`, 'utf8'));
const workspace = new Workspace(libraryTrees());
const examples = readdirSync(`${root}strategies`).filter(name => /\.(vela|yaml)$/.test(name));
const texts: readonly (readonly [name: string, text: string])[] = [
  ...examples.map(name => [name, readFileSync(`${root}strategies/${name}`, 'utf8')] as const),
  ...[...CATALOGUE.keys()].flatMap(code => {
    const example = exampleOf(code);
    return example === undefined ? [] : [[`${code}.${example.form}`, example.text] as const];
  }),
];
const step = process.env.VELA_DEEP === '1' ? 1 : 41;

test('no feature throws', () => {
  expect(texts.length).toBeGreaterThan(100);
  for (const [name, whole] of texts) {
    // As it is, and as it stands while its last third is not written yet.
    for (const text of [whole, whole.slice(0, (whole.length * 2) / 3)]) {
      const document = new Document(`file:///none/${name}`, name.endsWith('yaml') ? 'yaml' : 'vela', 1, text);
      const analysis = workspace.analysis(document);
      for (let offset = 0; offset <= text.length; offset += step) {
        hover(document, analysis, offset, new Map(), schema);
        completion(document, analysis, offset, { modulePaths: () => [], schema });
        signatureHelp(document, analysis, offset);
        const range = { start: offset, end: Math.min(text.length, offset + (offset % 7)) };
        codeActions(document, analysis, { range, diagnostics: [], createsFiles: false });
        selectionRange(document, analysis, offset);
        prepareCalls(document, analysis, offset);
      }
      inlayHints(document, analysis, { start: 0, end: text.length });
      semanticTokens(document, analysis);
      documentSymbols(document, analysis);
      foldingRanges(document, analysis);
      explainWarmup(analysis);
      graphOf(analysis);
      formatting(document);
    }
  }
});
