/**
 * docs/diagnostics.md: every code with its words, an example and its mend, from the catalogue, the tables of the data and the
 * models' rooms, and the command line's.
 */
import { type CommandCode, exitCodeOf } from '../../cli/errors.ts';
import { COMMAND_CODE_WORDS, type CommandCodeWords } from '../../cli/explain/command_codes.ts';
import { FAMILIES } from '../../language/diagnostics/catalogue.ts';
import { exampleOf, explainCode } from '../../language/diagnostics/page.ts';
import { cannotRunYet, checkStrategy, type Diagnostic, render } from '../../language/index.ts';
import { DATA_CODES } from '../../runtime/data/codes.ts';
import { MODEL_CODES } from '../../runtime/models/codes.ts';
import { libraryTrees } from '../../stdlib/trees.ts';
import { fenced, page, table } from './markdown.ts';

const LIBRARY = libraryTrees();
const COMMAND_ENTRIES = Object.entries(COMMAND_CODE_WORDS) as readonly [CommandCode, CommandCodeWords][];

export function diagnosticsPage(): string {
  return page(
    '# Messages',
    'Every message has a code. `vela explain CODE` prints what stands here; errors begin with E or D, warnings with W, and some of what the data room says in D is a warning too. What goes wrong around a command has a word such as `out-of-range`, or the code of the operating system, and decides the exit code: 1 where the strategy or the data are at fault, 2 the command line, 3 the machine.',
    table(
      ['code', 'says'],
      [
        ...FAMILIES.flatMap(({ codes }) => [...codes].map(([code, { title }]) => [anchor(code), title])),
        ...Object.entries({ ...DATA_CODES, ...MODEL_CODES }).map(([code, { title }]) => [anchor(code), title]),
        ...COMMAND_ENTRIES.map(([code, { title }]) => [anchor(code), title]),
      ],
    ),
    ...FAMILIES.flatMap(({ title, codes }) => [`## ${title}`, ...[...codes.keys()].map(section)]),
    '## Data',
    ...Object.entries(DATA_CODES).map(roomSection),
    '## Models',
    ...Object.entries(MODEL_CODES).map(roomSection),
    '## Around a command',
    ...COMMAND_ENTRIES.map(
      ([code, { title, why, mend }]) =>
        `<a id="${code.toLowerCase()}"></a>\n\n### ${code}: ${title}\n\n${why} ${mend} Exit code ${exitCodeOf(code)}.`,
    ),
  );
}

function roomSection([code, words]: [string, { title: string; severity: 'error' | 'warning'; why: string }]): string {
  const kind = words.severity === 'error' ? 'An error' : 'A warning';
  return `<a id="${code.toLowerCase()}"></a>\n\n### ${code}: ${words.title}\n\n${kind}. ${words.why}`;
}

function anchor(code: string): string {
  return `[${code}](#${code.toLowerCase()})`;
}

/** The page of a code one level deeper, with what is printed for its example. */
function section(code: string): string {
  const text = (explainCode(code) ?? '').replace(/^(#+) /gm, '##$1 ');
  const [head = '', ...rest] = text.split('\n\n');
  const printed = printedFor(code);
  const mended = rest.findIndex(part => part.startsWith('#### Mended'));
  const at = mended < 0 ? rest.length : mended;
  if (printed !== undefined) rest.splice(at, 0, fenced('text', printed));
  return [`<a id="${code.toLowerCase()}"></a>`, head, ...rest].join('\n\n');
}

/** What `vela check` prints for the example of a code, where the example alone raises it. */
function printedFor(code: string): string | undefined {
  const example = exampleOf(code);
  if (!example) return undefined;
  const source = { name: `example.${example.form}`, ...example };
  const { program, diagnostics } = checkStrategy(source, { library: LIBRARY });
  const all: readonly Diagnostic[] = code === 'E0190' ? cannotRunYet(program, 'error') : diagnostics;
  const found = all.find(diagnostic => diagnostic.code === code);
  return found && render(found);
}
