/** The documents of a deployment that a command goes by: those of `--config`, else of `./config` where it exists. */
import { existsSync } from 'node:fs';
import type { Configuration } from '../language/check/configuration.ts';
import type { Call, OptionSpec } from './command.ts';

export const CONFIG_OPTION: OptionSpec = {
  usage: '--config <folder>',
  doc: 'folder of model.yaml, trading.yaml and system.yaml; `config` unless stated',
};

/** Rejects with a `ModelError` E1100–E1108. */
export async function configurationFor(call: Call): Promise<Configuration> {
  const folder = call.text('config');
  if (folder === undefined && !existsSync('config')) return {};
  const { readConfiguration } = await import('./rooms/configuration.ts');
  return (await readConfiguration(folder)).configuration;
}
