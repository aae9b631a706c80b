/** What `vela explain` says of a portfolio: a rebalance waits for its weights as a rule waits for its condition. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder, vela } from '../../cli/support.ts';

test('a portfolio is ready when its weights are', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'calm.vela'),
    `strategy "Calm"
universe pair = "BTC/USDT", "ETH/USDT" on binance
every 1d
rebalance every 1w to scale(1 / stdev(returns(close), 60), gross = 100%) across pair { band: 1%  leavers: exit }
execution { fill: next_open  fee: 10bp  slippage: 5bp }
`,
  );
  const { out } = await vela(folder, ['explain', 'calm.vela', '--json']);
  expect(JSON.parse(out).warmup).toMatchObject({ ready: 60 });
});
