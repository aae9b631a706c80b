/**
 * What the report carries inline: the charting library, the page's script and its style. Built from this folder when
 * Vela runs from its repository; the published bundle replaces this module by one that holds the texts (tools/build.ts).
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface ReportAssets {
  /** Defines `LightweightCharts`. */
  readonly charts: string;
  readonly script: string;
  readonly style: string;
}

export async function reportAssets(): Promise<ReportAssets> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'page/page.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
  });
  const library = dirname(createRequire(import.meta.url).resolve('lightweight-charts/package.json'));
  return {
    charts: readFileSync(join(library, 'dist/lightweight-charts.standalone.production.js'), 'utf8'),
    script: outputFiles.map(file => file.text).join(''),
    style: readFileSync(join(import.meta.dirname, 'page/style.css'), 'utf8'),
  };
}
