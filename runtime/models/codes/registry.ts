/** E1140–E1159: what can be wrong with the registry of versions. */
import { words } from './words.ts';

const short = (id: string): string => id.slice(0, 12);

export const REGISTRY_CODES = {
  E1140: words<{
    readonly model: string;
    readonly feature: string;
    readonly why: 'changed' | 'missing' | 'new' | 'param';
    /** Of a param with another value: its name, then and now. */
    readonly param?: { readonly name: string; readonly before: number; readonly now: number };
  }>({
    severity: 'error',
    title: 'version of other features',
    message: ({ model, feature, why, param }) =>
      param !== undefined
        ? `feature \`${feature}\` of model \`${model}\` was computed with \`${param.name} = ${param.before}\` when this version was trained, and now is with \`${param.now}\``
        : why === 'changed'
          ? `feature \`${feature}\` of model \`${model}\` is computed in another way than when this version was trained`
          : why === 'missing'
            ? `model \`${model}\` no longer has the feature \`${feature}\`, with which this version was trained`
            : `this version of model \`${model}\` was trained without the feature \`${feature}\``,
    why: 'A version serves only the very features it has learned from. Fed with others, it would answer, and the answer would mean nothing.',
    mend: () => 'train again with `vela train`, or go back to the strategy that the version was made with',
  }),
  E1141: words<{ readonly id: string; readonly trainer: string; readonly known: string; readonly found: string }>({
    severity: 'error',
    title: 'same training, other bytes',
    message: facts =>
      `trainer \`${facts.trainer}\` gave other bytes for the same inputs: version ${short(facts.id)} is kept as ${short(facts.known)}, and came out as ${short(facts.found)}`,
    why: "A version's id is the hash of everything it is made from, so that the same id always means the same model. Either the trainer is not deterministic on this machine, or the version was made by another build of it.",
    mend: facts =>
      `remove the version with \`vela models remove ${short(facts.id)}\` if it came from another machine, and report it if it did not`,
  }),
  E1142: words<{ readonly given: string; readonly similar: readonly string[] }>({
    severity: 'error',
    usage: true,
    title: 'no such version',
    message: facts => `there is no version \`${facts.given}\``,
    why: 'A version is named by its id, or by as much of its beginning as tells it from the others; a model by its name.',
    mend: facts =>
      facts.similar.length === 0
        ? 'see `vela models list`'
        : `there are ${facts.similar.map(id => `\`${id}\``).join(', ')}`,
  }),
  E1143: words<{ readonly given: string; readonly matching: readonly string[] }>({
    severity: 'error',
    usage: true,
    title: 'more than one version fits',
    message: facts => `\`${facts.given}\` is the beginning of ${facts.matching.length} ids`,
    why: 'Acting on one of them at random would be acting on the wrong one.',
    mend: facts => `write more of it: ${facts.matching.map(id => `\`${short(id)}\``).join(', ')}`,
  }),
  E1144: words<{ readonly id: string; readonly users: readonly string[] }>({
    severity: 'error',
    title: 'version in use',
    message: facts => `version ${short(facts.id)} is in use: ${facts.users.join('; ')}`,
    why: 'Whoever reads it would find nothing at its next start.',
    mend: () => 'promote another version first, or remove what depends on it',
  }),
  E1145: words<{ readonly id: string; readonly reason: string }>({
    severity: 'error',
    title: 'damaged version',
    message: facts => `version ${short(facts.id)} is damaged: ${facts.reason}`,
    why: 'Versions are written aside and renamed, so a half-written one does not exist; this one was changed afterwards, or the disk fails.',
    mend: facts => `remove it with \`vela models remove ${short(facts.id)}\` and train again`,
  }),
  E1146: words<{ readonly folder: string; readonly reason: string }>({
    severity: 'error',
    environment: true,
    title: 'registry that cannot be written',
    message: facts => `the registry in ${facts.folder} cannot be written: ${facts.reason}`,
    why: 'A version is kept whole or not at all; nothing of this one stays behind.',
    mend: () =>
      'make room or mend the permissions, then run the command again: what is trained already is not trained twice',
  }),
  E1147: words<{ readonly folder: string; readonly format: number }>({
    severity: 'error',
    title: 'version of another build',
    message: facts => `the version in ${facts.folder} has format ${facts.format}, which this build does not know`,
    why: 'A newer Vela has written it.',
    mend: () => 'use the newer Vela, or train again',
  }),
  E1148: words<{ readonly id: string; readonly model: string }>({
    severity: 'error',
    usage: true,
    title: 'version that these data do not make',
    message: facts =>
      `with this strategy and these data no training of model \`${facts.model}\` makes version ${short(facts.id)}`,
    why: 'The rows that a version is accepted by are made again from what it was trained on; another strategy, other values of params or other candles make other rows.',
    mend: facts =>
      `give the strategy, \`--set\` and \`--data\` it was trained with; \`vela models show ${short(facts.id)}\` says from when to when`,
  }),
  E1149: words<{ readonly id: string; readonly model: string }>({
    severity: 'error',
    usage: true,
    title: 'version without a valid part',
    message: facts => `version ${short(facts.id)} of model \`${facts.model}\` was trained without a valid part`,
    why: 'A compressed model is accepted on rows that its parent has not learned from and that nobody is judged by: the valid part of its training.',
    mend: facts => `write \`valid: 20%\` in \`train ${facts.model}\` and train again`,
  }),
} as const;
