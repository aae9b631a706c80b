/** The page of a code: of the language's catalogue, the data room's, the models', or what goes wrong around a command. */
import { explainCode } from '../../language/index.ts';
import { DATA_CODES } from '../../runtime/data/codes.ts';
import { MODEL_CODES } from '../../runtime/models/codes.ts';
import { commandCode, commandCodePage } from './command_codes.ts';

export function pageOf(code: string): string | undefined {
  const page = explainCode(code);
  if (page !== undefined) return page;
  const [, words] = Object.entries({ ...DATA_CODES, ...MODEL_CODES }).find(([known]) => known === code) ?? [];
  if (words !== undefined) return `# ${code}: ${words.title}\n\n${words.why}`;
  const known = commandCode(code);
  return known && commandCodePage(known);
}
