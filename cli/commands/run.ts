/** `vela run`: a strategy bar by bar, through the path that trades. */
import { type Call, type Command, JSON_OPTION } from '../command.ts';
import { CONFIG_OPTION } from '../configuration.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { jsonDocument } from '../json.ts';
import type { OnlineRequest } from '../live/request.ts';
import { COLOUR_OPTION, PLAIN_OPTION, wantsScreen } from '../live/wants_screen.ts';

export const run: Command = {
  name: 'run',
  usage: 'FILE --paper | --live | --replay CANDLES… [options]',
  summary: 'a strategy bar by bar: paper or live at a venue, or a rehearsal',
  arguments: [{ usage: '[file]', doc: 'the strategy' }],
  options: [
    { usage: '--paper', doc: "a venue's bars as they close, simulated fills; needs no keys" },
    { usage: '--live', doc: 'real orders, from the account that system.yaml names' },
    { usage: '--dry', doc: 'with --paper or --live: say what would be done, and send nothing' },
    { usage: '--replay <[symbol=]path...>', doc: 'recorded candles: files, folders or patterns, as for `backtest`' },
    { usage: '--speed <times>', doc: 'so many times faster than the bars were; `max` unless stated' },
    { usage: '--state <folder>', doc: 'where the journal is kept; `.vela/runs/NAME-MODE` unless stated' },
    {
      usage: '--adopt <how>',
      doc: 'go on with the journal of the strategy before an edit: `keep` what it holds, or `flatten` it first',
    },
    { usage: '--new', doc: 'begin anew: an older journal in the folder is set aside' },
    { usage: '--mark <path...>', doc: 'mark prices of a perpetual' },
    { usage: '--funding <path...>', doc: 'funding rates of a perpetual' },
    { usage: '--from <date>', doc: 'first bar to trade: opens at or after this; earlier bars only warm up (UTC)' },
    { usage: '--to <date>', doc: 'bars that close after this are left out (UTC)' },
    {
      usage: '--capital <amount>',
      doc: "what the run starts with; otherwise the strategy's own, or what is free in the account",
    },
    { usage: '--set <name=value...>', doc: 'another value for a param, within its range' },
    { usage: '--market <facts.json>', doc: "the venue's price step, quantity step, minimum order, maintenance margin" },
    { usage: '--max-gap <length>', doc: 'largest hole in the data that may be bridged, as in `6h`' },
    CONFIG_OPTION,
    PLAIN_OPTION,
    COLOUR_OPTION,
    { usage: '--quiet', doc: 'no log on standard error; it is in the state folder' },
    JSON_OPTION,
  ],
  examples: [
    'vela run sma_cross.vela --paper',
    'vela run sma_cross.vela --live --dry',
    'vela run sma_cross.vela --replay BTCUSDT-1h.csv.gz',
    'vela run sma_cross.vela --replay BTCUSDT-1h.csv.gz --speed 3600',
  ],
  run: async call => {
    const { readRequestOfRun, runDocument, runStrategy, runText, sqlite } = await import('../rooms/live.ts');
    const request = readRequestOfRun(call);
    // A Node that cannot keep a journal is told so before a venue is asked for anything.
    sqlite();
    if (request.mode !== 'replay' && request.dry) return tellDryStart(call, request);
    if (wantsScreen(call)) {
      const { runWithScreen } = await import('../rooms/screen.ts');
      return runWithScreen(call, request.state);
    }
    const { leave, stop, done } = signals();
    try {
      const outcome = await runStrategy(call, request, { leave, stop });
      if (outcome === undefined) return EXIT.errors;
      const { terminal } = call;
      if (call.json) terminal.out(jsonDocument(runDocument(outcome, request.state)));
      else terminal.out(runText(outcome, request.state, terminal.outPaint));
      return leave.aborted ? EXIT.interrupted : EXIT.done;
    } finally {
      done();
    }
  },
};

async function tellDryStart(call: Call, request: OnlineRequest): Promise<ExitCode> {
  const { dryDocument, dryStart, dryText } = await import('../rooms/online.ts');
  const dry = await dryStart(call, request);
  if (dry === undefined) return EXIT.errors;
  const { terminal } = call;
  terminal.out(call.json ? jsonDocument(dryDocument(dry)) : dryText(dry, terminal.outPaint));
  return dry.refused.length === 0 ? EXIT.done : EXIT.errors;
}

/** Ctrl-C, a closed terminal and a service manager end the process in order; SIGUSR2 is the kill switch. */
function signals(): { readonly leave: AbortSignal; readonly stop: AbortSignal; readonly done: () => void } {
  const [leave, stop] = [new AbortController(), new AbortController()];
  const handlers: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ...(['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map(name => [name, () => leave.abort()] as const),
    // Windows has no such signal; the `stop` file is there on every system.
    ...(process.platform === 'win32' ? [] : [['SIGUSR2', () => stop.abort()] as const]),
  ];
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    leave: leave.signal,
    stop: stop.signal,
    done: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
