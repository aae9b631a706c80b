/** E1100–E1109: what can be wrong with the documents of a deployment, `config/model.yaml` and its siblings. */
import { words } from './words.ts';

interface Suggested {
  readonly suggestion?: string;
}
const meant = ({ suggestion }: Suggested, otherwise: string): string =>
  suggestion === undefined ? otherwise : `did you mean \`${suggestion}\`?`;

export const CONFIGURATION_CODES = {
  E1100: words<{ readonly folder: string }>({
    severity: 'error',
    environment: true,
    title: 'configuration folder not found',
    message: facts => `there is no folder \`${facts.folder}\``,
    why: '`--config` names the folder that holds model.yaml, trading.yaml and system.yaml. Without it `./config` is read where it exists, else the defaults hold.',
    mend: () => 'check the path, or leave `--config` out',
  }),
  E1101: words<{ readonly reason: string }>({
    severity: 'error',
    title: 'configuration that is no YAML',
    message: facts => `the document cannot be read: ${facts.reason}`,
    why: 'A configuration document is a YAML mapping. Nothing of it holds where it cannot be read, and a run under other settings than yours would say nothing.',
    mend: () => 'mend the text at this place',
  }),
  E1102: words<Suggested & { readonly key: string; readonly at: string; readonly allowed: readonly string[] }>({
    severity: 'error',
    title: 'unknown key in a configuration document',
    message: facts => `${facts.at} has no \`${facts.key}\``,
    why: 'A key that nobody reads is a setting that does not hold.',
    mend: facts => meant(facts, `it may hold ${facts.allowed.map(key => `\`${key}\``).join(', ')}`),
  }),
  E1103: words<{ readonly at: string; readonly expected: string; readonly found: string }>({
    severity: 'error',
    title: 'value of another kind in a configuration document',
    message: facts => `${facts.at} must be ${facts.expected}, and is ${facts.found}`,
    why: 'A value is taken as it stands; nothing is guessed from it.',
    mend: facts => `write ${facts.expected}`,
  }),
  E1104: words<{ readonly at: string; readonly value: string; readonly range: string }>({
    severity: 'error',
    title: 'value out of range in a configuration document',
    message: facts => `${facts.at} is ${facts.value}, but must be ${facts.range}`,
    why: 'Outside of its range the value has no meaning.',
    mend: facts => `write a value that is ${facts.range}`,
  }),
  E1105: words<Suggested & { readonly at: string; readonly value: string; readonly allowed: readonly string[] }>({
    severity: 'error',
    title: 'unknown word in a configuration document',
    message: facts => `${facts.at} cannot be \`${facts.value}\``,
    why: 'The words that may stand here are a closed list.',
    mend: facts => meant(facts, `it can be ${facts.allowed.map(word => `\`${word}\``).join(', ')}`),
  }),
  E1106: words<{ readonly key: string; readonly at: string }>({
    severity: 'error',
    title: 'key missing in a configuration document',
    message: facts => `${facts.at} lacks \`${facts.key}\``,
    why: 'It has no default that could stand in.',
    mend: facts => `write \`${facts.key}:\` there`,
  }),
  E1107: words<{ readonly file: string; readonly reason: string }>({
    severity: 'error',
    environment: true,
    title: 'configuration document that cannot be opened',
    message: facts => `cannot read \`${facts.file}\`: ${facts.reason}`,
    why: 'A document that is there but cannot be read is not the same as none.',
    mend: () => 'mend what the system names',
  }),
  E1108: words<{ readonly entry: number; readonly exit: number }>({
    severity: 'error',
    title: 'thresholds that cross',
    message: facts => `\`signal_thresholds\` has exit ${facts.exit} above entry ${facts.entry}`,
    why: 'A position would be closed by the forecast that opened it.',
    mend: () => 'write an exit threshold at or below the entry threshold',
  }),
} as const;
