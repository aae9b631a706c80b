/** `vela backup` and `vela restore`: the journal of a run, copied and put back. */
import { type Command, JSON_OPTION } from '../command.ts';
import { EXIT, usageError } from '../errors.ts';
import { isoInstant, jsonDocument } from '../json.ts';

const RUN = {
  usage: '[run]',
  doc: 'its state folder, or its name under `.vela/runs`; the only one there is, unless stated',
} as const;

export const backup: Command = {
  name: 'backup',
  usage: '[RUN] --to FOLDER',
  summary: 'copy the journal of a run, which may be going on',
  arguments: [RUN],
  options: [{ usage: '--to <folder>', doc: 'a folder that does not exist yet' }, JSON_OPTION],
  examples: ['vela backup --to /backups/sma_cross-2026-11-24'],
  run: async ({ terminal, json, arguments: [named], text }) => {
    const to = text('to');
    if (to === undefined) throw usageError('nothing says where the copy goes', 'give `--to` a folder');
    const { namedRun, takeBackup } = await import('../rooms/live.ts');
    const folder = namedRun(named);
    const taken = takeBackup(folder, to);
    terminal.out(
      json
        ? jsonDocument({ ...taken, takenMs: undefined, taken: isoInstant(taken.takenMs) })
        : `${taken.strategy}: ${taken.rows} rows of ${folder.path} are in ${to}\n`,
    );
    return EXIT.done;
  },
};

export const restore: Command = {
  name: 'restore',
  usage: 'FOLDER --state FOLDER [--new]',
  summary: 'put a backup back: the next `vela run` goes on from it',
  arguments: [{ usage: '[backup]', doc: 'a folder that `vela backup` made' }],
  options: [
    { usage: '--state <folder>', doc: 'the state folder that the run is to have' },
    { usage: '--new', doc: 'a run that is in that folder is set aside' },
    JSON_OPTION,
  ],
  examples: ['vela restore /backups/sma_cross-2026-11-24 --state .vela/runs/sma_cross-live'],
  run: async ({ terminal, json, arguments: [from], text, flag }) => {
    const state = text('state');
    if (from === undefined || state === undefined) {
      throw usageError(
        'nothing says what is put back, and where',
        'as in `vela restore /backups/mine --state .vela/runs/mine-live`',
      );
    }
    const { restoreBackup, runFolder } = await import('../rooms/live.ts');
    const { takenMs, aside, ...put } = restoreBackup(from, runFolder(state), flag('new'));
    const taken = isoInstant(takenMs);
    if (json) terminal.out(jsonDocument({ ...put, taken, state, aside }));
    else {
      const old = aside === undefined ? '' : `; what was there is in ${aside}`;
      terminal.out(`${put.strategy}: ${put.rows} rows of ${taken} are in ${state}${old}\n`);
    }
    return EXIT.done;
  },
};
