/** What the bundle carries instead of reading it: module by module, the text that stands in for it. */
import { EXAMPLE_NAME, exampleText } from '../cli/examples.ts';
import { reportAssets } from '../runtime/report/assets.ts';
import { librarySources } from '../stdlib/library.ts';

/** Keys are paths in the repository; each value makes the module's text. */
export const EMBEDDED: ReadonlyMap<string, () => string | Promise<string>> = new Map<
  string,
  () => string | Promise<string>
>([
  ['stdlib/library.ts', () => `export ${giving('librarySources', librarySources())}`],
  ['runtime/report/assets.ts', async () => `export async ${giving('reportAssets', await reportAssets())}`],
  [
    'cli/examples.ts',
    () =>
      `export const EXAMPLE_NAME = ${JSON.stringify(EXAMPLE_NAME)};\nexport ${giving('exampleText', exampleText())}`,
  ],
]);

function giving(name: string, value: unknown): string {
  return `function ${name}(){return ${JSON.stringify(value)}}`;
}
