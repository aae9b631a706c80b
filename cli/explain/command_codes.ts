/** The pages of what goes wrong around a command: its codes and those of the operating system (errors.ts), in a trader's words. */
import { type CommandCode, exitCodeOf } from '../errors.ts';

export interface CommandCodeWords {
  readonly title: string;
  /** What it means, and why it is so. */
  readonly why: string;
  readonly mend: string;
}

export const COMMAND_CODE_WORDS: Readonly<Record<CommandCode, CommandCodeWords>> = {
  usage: {
    title: 'command line not understood',
    why: 'A command, an option or what was given with it is not one that Vela knows.',
    mend: 'Read the line under the message, or the help of the command, as in `vela backtest --help`.',
  },
  'bad-value': {
    title: 'value that a param cannot take',
    why: 'What `--set` gives is of another kind than the param (`5%` for a number of bars), or the values together break a `require` of the strategy.',
    mend: 'Write it as the strategy writes it, as in `--set fast=30 share=50%`, and keep to what `require` demands.',
  },
  'out-of-range': {
    title: 'value outside the range of a param',
    why: 'The range of a param sizes the memory of the compiled strategy and says for which values it was meant. `--set` stays inside it.',
    mend: 'Give a value of the range, or widen the range in the strategy: `param fast: bars = 20 in 5..300`.',
  },
  'empty-span': {
    title: 'no bar to trade',
    why: 'No bar opens at or after `--from`: the data end before it.',
    mend: 'Give an earlier `--from`, or data that reach further.',
  },
  'market-facts': {
    title: 'market facts that cannot be read',
    why: 'The file given with `--market` is not what it should be. A step that were guessed would change every quantity and price.',
    mend: 'Write a JSON object such as `{ "tick": "0.01", "lot": "0.00001", "minNotional": "5", "maintenance": 0.005, "source": "…" }`; `vela init` writes one.',
  },
  'no-instrument': {
    title: 'strategy without an instrument',
    why: 'A run trades one market, and the strategy names none.',
    mend: 'Name it in the strategy: `instrument "BTC/USDT" on binance`.',
  },
  refused: {
    title: 'run that the engine refuses',
    why: 'The strategy asks for something that the account or the market as given cannot do. Running it with other terms than it asks for would say nothing about it.',
    mend: 'Change the strategy, or give what the message asks for.',
  },
  untrained: {
    title: 'no model could be trained',
    why: 'On these data no training of any model has what it needs: rows, ticks, or labels that come out both ways. The message says what was missing at the first of them.',
    mend: 'Give data that reach further back, shorten `window`, or lower `min_rows` in `train`.',
  },
  'no-run': {
    title: 'no such run',
    why: 'Runs keep their journals in folders under `.vela/runs`, or where `--state` said. What was named is none of them, or there are several and none was named.',
    mend: 'Name the folder, or its name under `.vela/runs`.',
  },
  'other-plan': {
    title: 'journal of another run',
    why: 'A journal is bound to its strategy, params, models, capital, market facts and candles. Going on with others would leave positions that nobody meant.',
    mend: 'Go on with what the run was begun with; after an edit of the strategy, of its params or of its models say `--adopt keep` (what is held stays, with its stop and targets as they stand) or `--adopt flatten` (it is closed first); or set the journal aside with `--new`, or give the new run a folder of its own with `--state`.',
  },
  'other-model': {
    title: 'model that is not what the run began with',
    why: 'A run holds its models by the hash of their bytes. A version that it has served by is gone from the registry or is another one there, so what it would say from now on is not what was tested.',
    mend: 'Put the registry back, or begin a new run with `--new`.',
  },
  'journal-diverges': {
    title: 'journal that cannot be replayed',
    why: 'What the journal holds and what the engine makes of it now are not the same: it was written by another version of Vela, or somebody changed it. A run that went on would not know what it did before.',
    mend: 'Put back the version and the files that wrote it, or begin a new run with `--new`.',
  },
  claimed: {
    title: 'run that is going already',
    why: 'Another process has the lock of the state folder, or trades the same instrument, or the same coin on spot, of the same account out of another folder. Two processes on one journal would each send the orders of both; two runs on one position would each close what the other opened.',
    mend: 'End the process of the other one (the message names it; `vela stop` alone leaves it running), give this run a folder of its own with `--state`, other instruments, or another account.',
  },
  'damaged-journal': {
    title: 'journal that cannot be read',
    why: 'A row of the journal is not what Vela writes.',
    mend: 'Put back the last backup of the state folder, or begin a new run with `--new`.',
  },
  'damaged-backup': {
    title: 'backup that cannot be put back',
    why: 'What the folder holds is not, byte for byte, what `vela backup` wrote there.',
    mend: 'Name a folder that `vela backup` made. A copy is checked by its hashes, so take it whole from where it was kept.',
  },
  'backup-exists': {
    title: 'backup that would overwrite something',
    why: 'A backup is written into a folder of its own, so that none replaces an older one by mistake.',
    mend: 'Name a folder that does not exist yet.',
  },
  'busy-run': {
    title: 'run that writes faster than it can be copied',
    why: 'Journal and simulated venue are copied as of one moment. A replay at full speed may write all the time, so that no such moment was found in ten seconds.',
    mend: 'Stop the run, back it up and start it again: it goes on where it was. Or give the replay a lower `--speed`.',
  },
  'run-exists': {
    title: 'restore over a run that is there',
    why: 'The state folder holds a journal already; what it knows of orders and positions would be lost.',
    mend: 'Name another folder with `--state`, or give `--new` to set the old one aside.',
  },
  'journal-write': {
    title: 'journal that cannot be written',
    why: 'The disk fails, or is full and the room that was kept for that is used up. No order leaves without its row in the journal, so the run has ended; stops at the venue go on protecting.',
    mend: 'Make room on the disk or mend it, and start the run again: it recovers by itself.',
  },
  'no-report': {
    title: 'no report of the day',
    why: 'Reports of days are written by a run while it goes on: the day that was named lies before it began, after it ended, or has no bar.',
    mend: '`vela report --all` lists the days that there are.',
  },
  monitoring: {
    title: 'monitoring that cannot be set up',
    why: 'What `system.monitoring` or `system.alerts` asks for cannot be done: an address, a token, a sink or a rule is not what it should be.',
    mend: 'Correct the entry that the message names; docs/monitoring.md has them all.',
  },
  'old-node': {
    title: 'Node without SQLite',
    why: 'Runs keep their journals in SQLite, which Node brings with it from version 22.13 on.',
    mend: 'Run Vela with a newer Node.',
  },
  full: {
    title: 'run that has no room for another bar',
    why: 'A process keeps the bars of its run in memory, with room for a million of them behind those that were there at its start: two years of minutes.',
    mend: 'Start it again: the journal has all that it needs, and there is room for as many more.',
  },
  'no-venue': {
    title: 'venue that runs cannot trade at',
    why: 'Paper and live runs know Binance spot, Binance USD-M perpetuals and Coinbase spot, each from tests against its protocol. A strategy that names another venue can be tested on its candles only.',
    mend: 'Write `on binance` or `on coinbase` behind the instrument, or rehearse with `--replay`.',
  },
  'no-market': {
    title: 'market that the venue does not trade',
    why: 'The venue lists no market of this name, or has stopped trading in it.',
    mend: "Write the symbol as the venue's market is called by ccxt: `BTC/USDT` on spot, `BTC/USDT:USDT` for a perpetual.",
  },
  'no-bars': {
    title: 'bar length that the venue does not have',
    why: 'A live run takes the bars that the venue makes. Bars of another length would have to be built here, and would not be those of any backtest on its files.',
    mend: 'Let the strategy run on a length that the venue has; the message names them.',
  },
  'no-account': {
    title: 'no account is named',
    why: 'A live run trades one account, which a person has to name in the configuration: no order is sent by accident.',
    mend: 'Write it into `config/system.yaml`: `system: { venues: { binance: { account: binance-main } } }`.',
  },
  'no-keys': {
    title: 'no keys of the account',
    why: 'Keys come from the environment, by the name of the account, or from a file that only you can read. They stand in no document and no strategy.',
    mend: 'Set the two variables that the message names, or name the file as `key_file` in `config/system.yaml` and run `chmod 600` on it.',
  },
  'keys-refused': {
    title: 'keys that cannot be used',
    why: 'The venue does not take them (key and secret do not belong together, are not whole, or are bound to another address), or they may do too much or too little: a key that can move money out of the account is refused, and so is one that cannot trade, or an account in hedge mode.',
    mend: 'Make a key at the venue that can read and trade, without withdrawals. `allow_withdrawals: true` in `config/system.yaml` takes one that can, if you must.',
  },
  'no-network': {
    title: 'the venue cannot be reached',
    why: 'No connection came about, or no answer within the time that reads may take.',
    mend: 'Check the network and the status page of the venue, then start again: a run recovers by itself.',
  },
  'venue-refused': {
    title: 'the venue says no',
    why: 'The venue refused a request for a reason that Vela has no word for; the message holds what it said.',
    mend: 'Look the words up at the venue. If it is in maintenance, start again later.',
  },
  'clock-unsure': {
    title: "the venue's time is not known well enough",
    why: "A run lives on the venue's time, measured over the network. Answers took so long that it is known only to more than a second, and the venue refuses orders whose time is off.",
    mend: 'Check the network, or run closer to the venue.',
  },
  'too-little-money': {
    title: 'less money in the account than the run is to trade with',
    why: 'The capital of a live run must lie free in the account when it begins. Sizes would otherwise be computed from money that is not there.',
    mend: 'Give less with `--capital`, or pay in. Without `--capital` and a `capital` of the strategy, a run takes what is free.',
  },
  'not-text': {
    title: 'file that is not text',
    why: 'A strategy, or a file of market facts, is UTF-8 text. This one is binary, or in another encoding such as UTF-16.',
    mend: 'Save it as UTF-8, or check that it is the file you mean.',
  },
  'too-large': {
    title: 'file too large',
    why: 'No strategy that a person wrote has more than a megabyte; it is most likely another file, such as one of candles.',
    mend: 'Check that it is the file you mean. Candles are given with `--data`.',
  },
  system: {
    title: 'the operating system refuses',
    why: 'A file could not be read or written for a reason that is rare; the message holds what the system says.',
    mend: 'Mend what the system names, or use another place.',
  },
  interrupted: {
    title: 'interrupted',
    why: 'Ctrl-C ended the command at the next step of its work. Nothing is left half written.',
    mend: 'Run it again.',
  },
  bug: {
    title: 'a mistake in Vela',
    why: 'Something happened that Vela does not expect. It is not the fault of your strategy.',
    mend: "Report it to Vela's maintainers with the files, the command and what `VELA_DEBUG=1` adds.",
  },
  EACCES: {
    title: 'no permission',
    why: 'The system does not let you read this file, or write to this place.',
    mend: 'Check the permissions of the file and its folder, or name a place that you may write to.',
  },
  EBUSY: {
    title: 'file in use',
    why: 'The system keeps the file for another program.',
    mend: 'Close the program that has it open, or name another place.',
  },
  EDQUOT: {
    title: 'disk quota used up',
    why: 'You may not keep more on this disk. Nothing of the new file stays behind.',
    mend: 'Make room, or name a place on another disk.',
  },
  EFBIG: {
    title: 'file larger than allowed',
    why: 'The system limits the size of files, and this one would exceed it. Nothing of it stays behind.',
    mend: 'Raise the limit (`ulimit -f`), or name a place on another disk.',
  },
  EIO: {
    title: 'the disk fails',
    why: 'The device could not be read or written.',
    mend: 'Check the disk and its connection, and copy what is on it.',
  },
  EISDIR: {
    title: 'a folder instead of a file',
    why: 'The path names a folder, where a file is read or written.',
    mend: 'Name a file, such as one inside it.',
  },
  ELOOP: {
    title: 'links that lead in a circle',
    why: 'The path leads through too many symbolic links, most likely back to itself.',
    mend: 'Remove the link, or name the file itself.',
  },
  EMFILE: {
    title: 'too many files open',
    why: 'The system limits how many files a program may have open at once.',
    mend: 'Raise the limit (`ulimit -n`), or give fewer files at once.',
  },
  ENAMETOOLONG: {
    title: 'name too long',
    why: 'The system does not allow names of this length.',
    mend: 'Choose a shorter name.',
  },
  ENOENT: {
    title: 'no such file or folder',
    why: 'There is nothing at this path; where a file is to be written, its folder does not exist.',
    mend: 'Check the path, or make the folder first.',
  },
  ENOSPC: {
    title: 'disk full',
    why: 'There is no room left. Nothing of the new file stays behind, and an older one keeps its contents.',
    mend: 'Make room, or name a place on another disk.',
  },
  ENOTDIR: {
    title: 'a file instead of a folder',
    why: 'A part of the path is a file, where a folder would have to be.',
    mend: 'Check the path, or name another place.',
  },
  EPERM: {
    title: 'not permitted',
    why: 'The system forbids it, whatever the permissions of the file say.',
    mend: 'Name a place that you may write to.',
  },
  EROFS: {
    title: 'read-only file system',
    why: 'Nothing can be written to this disk.',
    mend: 'Name a place that you may write to.',
  },
};

/** Whichever way it is spelled: `enoent` is `ENOENT`. */
export function commandCode(text: string): CommandCode | undefined {
  const codes = Object.keys(COMMAND_CODE_WORDS) as CommandCode[];
  return codes.find(code => code.toLowerCase() === text.toLowerCase());
}

export function commandCodePage(code: CommandCode): string {
  const { title, why, mend } = COMMAND_CODE_WORDS[code];
  return `# ${code}: ${title}\n\n${why}\n\n${mend}\n\nThe command ends with exit code ${exitCodeOf(code)}.`;
}
