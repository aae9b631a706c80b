/** The page of a code: the language's catalogue, or the data room's. */
import { explainCode } from '../../language/index.ts';
import { DATA_CODES } from '../../runtime/data/codes.ts';

export function pageOf(code: string): string | undefined {
  const page = explainCode(code);
  if (page !== undefined) return page;
  const [, words] = Object.entries(DATA_CODES).find(([known]) => known === code) ?? [];
  return words && `# ${code}: ${words.title}\n\n${words.why}`;
}
