/** A device that cannot serve a model is refused before it is trained. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Registry } from '../../../../runtime/models/registry/registry.ts';
import { marketOf, prepareOn, programOf, temporaryFolder, walk } from '../pipeline/support.ts';

function textOf(trainer: string, device: string): string {
  return `strategy "Named device"
instrument "AAA/USDT" on binance
every 1d
features x { a = close / close[3] - 1 }
label y = forward_return(2) > 0
model m = ${trainer} learn y from x { device: ${device} }
train m walk_forward { window: 6mo  retrain: 2mo  min_rows: 40 }
when predict(m) > 0.5 enter long { size: 10% of equity }
execution { fee: 10bp  slippage: 0bp }
`;
}

describe('a device by name', () => {
  const isCudaMachine = existsSync('/proc/driver/nvidia/version');

  it.each(['xgboost', 'random_forest'].flatMap(trainer => ['cuda', 'webgpu'].map(on => [trainer, on])))(
    'is no device for %s on %s, which is said before a training',
    async (trainer, device) => {
      const registry = new Registry(temporaryFolder());
      const told: string[] = [];
      const asked = prepareOn(programOf(textOf(trainer, device)), marketOf([walk(1, 500)]), {
        registry,
        tell: ({ kind }) => told.push(kind),
      });
      await expect(asked).rejects.toMatchObject({ code: 'E1170', facts: { device } });
      expect(told).toEqual([]);
      expect(registry.list()).toEqual([]);
    },
  );

  it.skipIf(isCudaMachine)('that is not there is refused for nets too', async () => {
    const registry = new Registry(temporaryFolder());
    const asked = prepareOn(programOf(textOf('mlp', 'cuda')), marketOf([walk(1, 500)]), { registry });
    await expect(asked).rejects.toMatchObject({ code: 'E1170' });
    expect(registry.list()).toEqual([]);
  });
});
