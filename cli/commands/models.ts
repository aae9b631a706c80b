/** `vela models`: the versions that trainings have made, and which of them serves. */
import { mostSimilar } from '../../language/syntax/similar.ts';
import { isoMs } from '../../runtime/data/stamps.ts';
import type { Registry } from '../../runtime/models/registry/registry.ts';
import { type Call, type Command, JSON_OPTION } from '../command.ts';
import { CONFIG_OPTION, configurationFor } from '../configuration.ts';
import { EXIT, type ExitCode, usageError } from '../errors.ts';
import { readStrategyFile } from '../files.ts';
import { jsonDocument } from '../json.ts';

export const models: Command = {
  name: 'models',
  usage:
    'list | show ID | compare ID ID | promote ID | promote --trained MODEL | remove ID… | import FILE.onnx --strategy FILE --model NAME | compress ID --to float16|int8 --strategy FILE --data CANDLES…',
  summary: 'versions of models: list, show, compare, promote, remove, import, compress',
  arguments: [
    {
      usage: '[action]',
      doc: '`list` (unless stated), `show`, `compare`, `promote`, `remove`, `import` or `compress`',
    },
    {
      usage: '[what...]',
      doc: 'ids of versions, or as much of their beginning as tells them apart; a file for `import`',
    },
  ],
  options: [
    { usage: '--trained <model>', doc: 'with `promote`: what was trained serves again' },
    { usage: '--strategy <file>', doc: 'with `import` and `compress`: the strategy that has the model' },
    { usage: '--model <name>', doc: 'with `import`: the model that the file becomes a version of' },
    { usage: '--trained-to <date>', doc: 'with `import`: last day that the file has seen (UTC); unstated: unproven' },
    { usage: '--to <precision>', doc: 'with `compress`: `float16` or `int8`' },
    {
      usage: '--within <loss>',
      doc: "with `compress`: how much worse the model's metric may become; 0.005 unless stated",
    },
    { usage: '--data <[symbol=]path...>', doc: 'with `compress`: the candles it was trained on' },
    { usage: '--mark <path...>', doc: 'with `compress`: mark prices of a perpetual' },
    { usage: '--funding <path...>', doc: 'with `compress`: funding rates of a perpetual' },
    { usage: '--set <name=value...>', doc: 'with `compress`: values of params it was trained with' },
    { usage: '--market <facts.json>', doc: "with `compress`: the venue's facts it was trained with" },
    CONFIG_OPTION,
    JSON_OPTION,
  ],
  examples: [
    'vela models',
    'vela models show 3f2a91c0',
    'vela models compare 3f2a91c0 77b0aa12',
    'vela models promote 3f2a91c0',
    'vela models compress 3f2a91c0 --to int8 --strategy net.vela --data candles/',
    'vela models import net.onnx --strategy ranker.vela --model gbm --trained-to 2023-12-31',
  ],
  run: async call => {
    const [action = 'list', ...what] = call.arguments;
    const act = ACTIONS[action];
    if (act !== undefined) return act(call, what);
    const similar = mostSimilar(action, Object.keys(ACTIONS));
    throw usageError(
      `\`vela models ${action}\` is not known`,
      similar === undefined ? `it can be ${Object.keys(ACTIONS).join(', ')}` : `did you mean \`${similar}\`?`,
    );
  },
};

type Act = (call: Call, what: readonly string[]) => Promise<ExitCode>;

const ACTIONS: Readonly<Record<string, Act>> = {
  list: async ({ terminal, json }, what) => {
    takes(what, 0, 'list');
    const { listText, listVersions, Registry } = await import('../rooms/models.ts');
    const registry = new Registry();
    const versions = listVersions(registry);
    const damaged = registry
      .entries()
      .flatMap(({ id, damage }) => (damage === undefined ? [] : [{ id, why: damage.message }]));
    if (json) terminal.out(jsonDocument({ folder: registry.folder, versions, damaged }));
    else terminal.out(listText(versions, registry.folder, terminal.outPaint));
    for (const { why } of damaged) terminal.log(`${terminal.logPaint('yellow', 'warning')} E1145: ${why}\n`);
    return EXIT.done;
  },

  show: async ({ terminal, json }, what) => {
    takes(what, 1, 'show ID');
    const { detailsText, Registry, versionDetails } = await import('../rooms/models.ts');
    const registry = new Registry();
    const version = registry.resolve(what[0] ?? '');
    if (json) terminal.out(jsonDocument(versionDetails(version, registry)));
    else terminal.out(detailsText(version, registry, terminal.outPaint));
    return EXIT.done;
  },

  compare: async ({ terminal, json }, what) => {
    takes(what, 2, 'compare ID ID');
    const { compareText, compareVersions, Registry } = await import('../rooms/models.ts');
    const registry = new Registry();
    const [first, second] = what.map(id => registry.resolve(id));
    if (first === undefined || second === undefined) throw usageError('two versions are compared');
    const differences = compareVersions(first, second);
    if (json) terminal.out(jsonDocument({ first: first.id, second: second.id, differences }));
    else terminal.out(compareText(differences, terminal.outPaint));
    return EXIT.done;
  },

  promote: async (call, what) => {
    const { terminal, json } = call;
    const { Registry } = await import('../rooms/models.ts');
    const registry = new Registry();
    const trained = call.text('trained');
    if (trained !== undefined) {
      takes(what, 0, 'promote --trained MODEL');
      refuseUnknown(trained, registry);
      registry.demote(trained);
      if (json) terminal.out(jsonDocument({ model: trained, promoted: null }));
      else terminal.out(`what is trained of ${trained} serves\n`);
      return EXIT.done;
    }
    takes(what, 1, 'promote ID');
    const version = registry.resolve(what[0] ?? '');
    registry.promote(version);
    const { model, id, activeFrom } = version;
    const from = activeFrom ?? 'never: nothing says up to when it was trained';
    if (json) terminal.out(jsonDocument({ model, promoted: id, activeFrom }));
    else terminal.out(`${id.slice(0, 12)} serves ${model}, from ${from} on\n`);
    return EXIT.done;
  },

  remove: async ({ terminal, json }, what) => {
    if (what.length === 0) throw usageError('no version was named', 'write `vela models remove ID…`');
    const { Registry } = await import('../rooms/models.ts');
    const registry = new Registry();
    const ids = what.map(given => registry.resolveId(given));
    for (const id of ids) registry.remove(id);
    if (json) terminal.out(jsonDocument({ removed: ids }));
    else for (const id of ids) terminal.out(`removed ${id.slice(0, 12)}\n`);
    return EXIT.done;
  },

  import: async (call, what) => {
    const { terminal, json } = call;
    takes(what, 1, 'import FILE.onnx --strategy FILE --model NAME');
    const [strategy, model] = [call.text('strategy'), call.text('model')];
    if (strategy === undefined || model === undefined)
      throw usageError('which model does it become?', 'name it, as in `--strategy ranker.vela --model gbm`');
    const trainedTo = call.text('trained-to');
    if (trainedTo !== undefined && !(/^\d{4}-\d{2}-\d{2}$/.test(trainedTo) && Number.isFinite(isoMs(trainedTo))))
      throw usageError(`\`--trained-to ${trainedTo}\` is no day`, 'write it as in 2023-12-31');
    const configuration = await configurationFor(call);
    const { loadRunnable } = await import('../rooms/front.ts');
    const loaded = loadRunnable(call, strategy, configuration);
    if (loaded === undefined) return EXIT.errors;
    const { importVersion, Registry } = await import('../rooms/models.ts');
    const version = await importVersion(new Registry(), {
      program: loaded.program,
      configuration,
      model,
      file: what[0] ?? '',
      ...(trainedTo !== undefined && { trainedTo }),
    });
    if (json) terminal.out(jsonDocument({ imported: version.id, model, activeFrom: version.activeFrom }));
    else
      terminal.out(
        `${version.id.slice(0, 12)} is a version of ${model}; it serves once it is promoted${version.activeFrom === null ? ' and, as nothing says up to when it was trained, is unproven' : ''}\n`,
      );
    return EXIT.done;
  },

  compress: async (call, what) => {
    const { terminal, json } = call;
    takes(what, 1, 'compress ID --to float16|int8 --strategy FILE --data CANDLES…');
    const { compressFor, readCompressRequest } = await import('../rooms/models.ts');
    const request = readCompressRequest(call, what[0] ?? '');
    const strategy = call.text('strategy');
    if (strategy === undefined)
      throw usageError('which strategy has the model?', 'name it, as in `--strategy ranker.vela`');
    const version = await compressFor(call, readStrategyFile(strategy), request);
    if (version === undefined) return EXIT.errors;
    const { id, model, origin } = version;
    if (json) terminal.out(jsonDocument({ compressed: id, model, origin }));
    else if (origin.kind === 'compressed') {
      const { name, before, after } = origin.metric;
      terminal.out(
        `${id.slice(0, 12)} is a version of ${model}: ${name} ${before.toPrecision(5)} → ${after.toPrecision(5)} on the valid part; it serves once it is promoted\n`,
      );
    }
    return EXIT.done;
  },
};

/** What nobody has made a version of cannot serve. */
function refuseUnknown(model: string, registry: Registry): void {
  const known = [...new Set(registry.list().map(version => version.model))];
  if (known.includes(model) || registry.promoted(model) !== undefined) return;
  const similar = mostSimilar(model, known);
  const all =
    known.length === 0 ? 'train one first' : `there are versions of ${known.map(name => `\`${name}\``).join(', ')}`;
  throw usageError(
    `there is no version of a model \`${model}\``,
    similar === undefined ? all : `did you mean \`${similar}\`?`,
  );
}

function takes(what: readonly string[], count: number, usage: string): void {
  if (what.length !== count)
    throw usageError(
      `\`vela models\` was given ${what.length} name${what.length === 1 ? '' : 's'}`,
      `write \`vela models ${usage}\``,
    );
}
