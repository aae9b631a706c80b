/**
 * One life of a run in this process, as `vela run --live` puts it together: session, protection first, the real client, the
 * venue's bars. Only its journal is written by this thread, so that its death is at one write and no other, and its time goes
 * faster.
 */
import { mkdirSync } from 'node:fs';
import { encodePlan, openKernelRun, type Plan } from '../../../../compiler/index.ts';
import { planWarmup } from '../../../../compiler/plan-warmup.ts';
import { liveFeed } from '../../../../runtime/data/live/feed.ts';
import type { MarketFacts } from '../../../../runtime/data/series.ts';
import { ccxtVenue } from '../../../../runtime/exchange/ccxt/venue.ts';
import { metaOf } from '../../../../runtime/lane.ts';
import { catchUp } from '../../../../runtime/live/catch-up.ts';
import type { OpenRun, SessionView } from '../../../../runtime/live/companion.ts';
import { protectFirst } from '../../../../runtime/live/guard/first.ts';
import { openLiveRun } from '../../../../runtime/live/live-run.ts';
import { onlineSpan, withHistory } from '../../../../runtime/live/online.ts';
import type { Notice } from '../../../../runtime/live/run.ts';
import { type Opening, runSession } from '../../../../runtime/live/session.ts';
import { JournalDatabase } from '../../../../runtime/live/store/database.ts';
import { QUICK } from '../../../venue/start.ts';
import { HOUR_MS } from '../reconcile/support.ts';
import { compileText } from '../support.ts';
import type { Seen } from './histories.ts';
import { type Death, Killed, Mortal } from './mortal.ts';
import { seenOf } from './seen.ts';
import type { Stage } from './stage.ts';

export interface Life {
  /** Undefined until it has recovered. */
  look(): Promise<Seen | undefined>;
  /** It is over, though nobody has asked it to end. */
  readonly isOver: boolean;
  /** How it ended: killed, or in order. Rejects for anything else. */
  readonly over: Promise<'killed' | 'ended'>;
  readonly writes: number;
  /** All that it has written is on the disk. */
  readonly isSafe: boolean;
  readonly notices: readonly Notice[];
  /** As SIGTERM does. */
  end(): void;
}

const ACCOUNT = 'killed';
const CAPITAL = 10_000;
/** A replay of more rows than this begins with a snapshot. */
const SNAPSHOT_EVERY = 16;

const plans = new Map<string, Plan>();

function planOf(text: string): Plan {
  const plan = plans.get(text) ?? compileText(text);
  plans.set(text, plan);
  return plan;
}

export function openLife(stage: Stage, strategy: string, death: Death): Life {
  const mortal = new Mortal(death);
  const plan = planOf(strategy);
  const notices: Notice[] = [];
  const leave = new AbortController();
  let view: SessionView | undefined;
  let isOver = false;
  mkdirSync(stage.folder.path, { recursive: true });
  const over = runSession(
    {
      folder: stage.folder,
      plan: encodePlan(plan),
      notice: notice => void notices.push(notice),
      entriesOnLeaving: 'cancelled',
      companions: [
        {
          start: session => {
            view = session;
          },
        },
      ],
      open: opening => openIn(stage, plan, mortal, opening),
    },
    { leave: leave.signal },
  )
    .then(
      () => 'ended' as const,
      (error: unknown) => {
        if (error instanceof Killed) return 'killed' as const;
        throw error;
      },
    )
    .finally(() => {
      isOver = true;
    });
  over.catch(() => {});
  return {
    over,
    notices,
    get isOver() {
      return isOver;
    },
    get isSafe() {
      return mortal.isSafe;
    },
    get writes() {
      return mortal.writes;
    },
    look: async () => (view === undefined || mortal.isDead ? undefined : seenOf(view)),
    end: () => leave.abort(),
  };
}

async function openIn(stage: Stage, plan: Plan, mortal: Mortal, opening: Opening): Promise<OpenRun> {
  const { clock, ground, local } = stage;
  const connection = await local.connect({ ticks: clock.now, pace: { ...QUICK, pingEveryMs: 5000 } });
  const database = new JournalDatabase(stage.folder.journal, { forced: false });
  try {
    const venue = mortal.venue(ccxtVenue(connection));
    mortal.onDeath(opening.failed);
    const symbols = plan.instruments.map(({ symbol }) => symbol);
    const found = await Promise.all(symbols.map(async symbol => (await venue.market(symbol)).facts));
    const facts: Readonly<Record<string, MarketFacts>> = Object.fromEntries(
      symbols.map((symbol, i) => [symbol, found[i] as MarketFacts]),
    );
    const metas = found.map(metaOf);
    const { known, tail, notice } = opening;
    if (known !== undefined) {
      await protectFirst({
        ...tail,
        rows: tail.rows(),
        append: mortal.append(tail.append),
        binding: known,
        account: ACCOUNT,
        venue,
        steps: symbol => facts[symbol] as MarketFacts,
        notice,
      });
    }
    const { settled } = planWarmup(plan, {}, metas);
    const span = onlineSpan({ clocks: plan.clocks, warmupBars: settled, now: venue.now, known });
    const feed = liveFeed(connection, { checkEveryMs: 10, confirmAfterMs: 30, fundingEveryMs: 100 });
    const isPerpetual = !ground.isSpot;
    const rows = mortal.rows(database);
    let opened: OpenRun | undefined;
    opened = openLiveRun({
      ...opening,
      feed: withHistory(
        feed,
        venue.now,
        catchUp(() => opened?.run),
      ),
      periodMs: HOUR_MS,
      spec: {
        clocks: plan.clocks,
        firstMs: span.firstMs,
        capacity: span.capacity,
        markets: symbols.map(() => ({ gaps: 'hold', hasMarks: isPerpetual, hasFunding: isPerpetual })),
      },
      open: live => openKernelRun(plan, {}, live.data(), metas, { blockTicks: 1 }),
      config: { fromTick: span.fromTick, facts, capital: CAPITAL },
      strategy: plan.title,
      venue,
      account: ACCOUNT,
      rows,
      time: { clock: () => clock.ranMs(), sleep: ms => mortal.sleep(ms / clock.speed) },
      snapshotEvery: SNAPSHOT_EVERY,
    });
    const run = opened;
    return {
      ...run,
      close: async () => {
        await run.close();
        await rows.close();
      },
    };
  } catch (error) {
    database.abandon();
    await connection.close();
    throw error;
  }
}
