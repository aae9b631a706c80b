/**
 * The page of a code, as Markdown: what it says, why, an example that raises it, and how to mend it. Shown by
 * `vela explain E0301`, gathered in docs/diagnostics.md.
 */
import { type AnyEntry, CATALOGUE } from './catalogue.ts';
import { PREAMBLE } from './entry.ts';

/** `undefined` for a code that does not exist (here: the data room has codes and pages of its own). */
export function explainCode(code: string): string | undefined {
  const known = code.toUpperCase();
  const entry = CATALOGUE.get(known);
  return entry && pageOf(known, entry);
}

function pageOf(code: string, entry: AnyEntry): string {
  const { page } = entry;
  const body =
    'case' in page
      ? [page.case, block('text', `${entry.severity}[${code}]: ${entry.message(page.facts)}`)]
      : [block(page.form ?? 'vela', page.example)];
  return [
    `# ${code}: ${entry.title}`,
    entry.why,
    '## Example',
    ...body,
    ...(page.mended === undefined
      ? []
      : ['## Mended', 'case' in page ? page.mended : block(page.form ?? 'vela', page.mended)]),
    ...(page.more === undefined ? [] : [page.more]),
  ].join('\n\n');
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
}

/** The example of a code as a whole strategy file; `undefined` for codes that only a run raises. */
export function exampleOf(code: string): { readonly text: string; readonly form: 'vela' | 'yaml' } | undefined {
  const page = CATALOGUE.get(code)?.page;
  if (!page || 'case' in page) return undefined;
  return { text: page.whole ? page.example : `${PREAMBLE}${page.example}\n`, form: page.form ?? 'vela' };
}

/** The mended example as a whole strategy file. */
export function mendedOf(code: string): { readonly text: string; readonly form: 'vela' | 'yaml' } | undefined {
  const page = CATALOGUE.get(code)?.page;
  if (!page || 'case' in page || page.mended === undefined) return undefined;
  return { text: page.whole ? page.mended : `${PREAMBLE}${page.mended}\n`, form: page.form ?? 'vela' };
}
