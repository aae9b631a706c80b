/** Starts VS Code in a browser with the packaged extension, and does with it what a hand would do. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type FrameLocator, type Page } from 'playwright-core';
import packageJson from '../../../package.json' with { type: 'json' };
import { CHROMIUM, CODE_SERVER } from './kit.ts';

export interface Editor {
  readonly page: Page;
  /** Hosts other than this machine that the page asked for anything. */
  readonly strangers: ReadonlySet<string>;
  /** What the page complained of, less what this build of VS Code always does. */
  readonly complaints: () => readonly string[];
  /** The program inside the installed extension. */
  readonly program: string;
  readonly open: (file: string) => Promise<void>;
  /** Through the command palette, by its title. */
  readonly command: (title: string) => Promise<void>;
  /** Puts the cursor at a line and column, both from 1. */
  readonly goTo: (line: number, column?: number) => Promise<void>;
  readonly type: (text: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

const root = join(import.meta.dirname, '../../..');

/**
 * Native parts that were left out when it was installed, files that only a hosted build has, a sign-in nobody needs, and what
 * VS Code says where a busy machine lets it wait.
 */
const USUAL = /spdlog|native-watchdog|status of 404|authentication provider|onWillSaveTextDocument-event after/;

const SETTINGS = {
  'workbench.startupEditor': 'none',
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'files.autoSave': 'off',
  'editor.minimap.enabled': false,
  'window.menuBarVisibility': 'compact',
};

export interface Asked {
  /** The packaged extension. */
  readonly vsix: string;
  /** The folder that is opened. */
  readonly folder: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly size?: { readonly width: number; readonly height: number };
}

export async function startEditor({
  vsix,
  folder,
  settings = {},
  size = { width: 1180, height: 800 },
}: Asked): Promise<Editor> {
  const place = mkdtempSync(join(tmpdir(), 'vela-editor-'));
  const userData = join(place, 'data');
  const extensions = join(place, 'extensions');
  mkdirSync(join(userData, 'User'), { recursive: true });
  writeFileSync(join(userData, 'User/settings.json'), JSON.stringify({ ...SETTINGS, ...settings }));
  writeFileSync(join(place, 'config.yaml'), 'auth: none\ncert: false\n');
  const port = await freePort();
  const words = [
    ...['--user-data-dir', userData, '--extensions-dir', extensions],
    ...['--config', join(place, 'config.yaml'), '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`],
    ...[
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
    ],
  ];
  const environment = {
    PATH: process.env.PATH,
    HOME: place,
    EXTENSIONS_GALLERY: '{}',
    VELA_CACHE: join(place, 'cache'),
  };
  execFileSync(process.execPath, [CODE_SERVER, ...words, '--install-extension', vsix], {
    env: environment,
    stdio: 'pipe',
  });
  const server = spawn(process.execPath, [CODE_SERVER, ...words], { env: environment, stdio: 'pipe', detached: true });
  const browser = await openBrowser();
  const page = await browser.newPage({ viewport: size });
  page.setDefaultTimeout(15_000);
  const strangers = new Set<string>();
  const errors: string[] = [];
  page.on('request', request => {
    const { protocol, hostname } = new URL(request.url());
    if (/^(https?|wss?):$/.test(protocol) && !/^(127\.0\.0\.1|localhost)$/.test(hostname)) strangers.add(hostname);
  });
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await answers(server, port);
  await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}`);
  await page.waitForSelector('.monaco-workbench .explorer-folders-view', { timeout: 60_000 });

  /** Asks for VS Code's line of input and writes into it; one that is just closing swallows what it is given. */
  const ask = async (key: string, words: string) => {
    const input = page.locator('.quick-input-widget:visible input').first();
    for (let tries = 0; ; tries++) {
      await page.keyboard.press(key);
      try {
        await input.fill(words, { timeout: 2500 });
        return;
      } catch (error) {
        if (tries === 3) throw error;
        await page.keyboard.press('Escape');
      }
    }
  };
  const found = (words: string) =>
    page.locator('.quick-input-list .monaco-list-row').filter({ hasText: words }).first();
  const command = async (title: string) => {
    await ask('F1', `>${title}`);
    await found(title).click();
  };
  return {
    page,
    strangers,
    complaints: () => errors.filter(error => !USUAL.test(error)),
    program: join(extensions, `vela.vela-${packageJson.version}/server/vela.js`),
    command,
    open: async file => {
      await ask('Control+p', file);
      await found(file).click();
      await page.locator(`.tab.active[data-resource-name="${file}"]`).waitFor();
      await page.locator('.editor-instance .view-lines').first().waitFor();
    },
    goTo: async (line, column = 1) => {
      await ask('Control+g', `:${line}:${column}`);
      await page.keyboard.press('Enter');
      await page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    },
    type: text => page.keyboard.type(text, { delay: 15 }),
    close: async () => {
      await browser.close();
      await ended(server);
      rmSync(place, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** The document inside the page beside the editor that is in sight: VS Code nests it twice. */
export function webview(page: Page): FrameLocator {
  const outer = page.locator('iframe.webview.ready').filter({ visible: true }).last();
  return outer.contentFrame().frameLocator('#active-frame');
}

/** Packs the extension as `npm run vsix` does, into a folder of the test's own. */
export function packExtension(folder: string): string {
  execFileSync(process.execPath, [join(root, 'tools/vsix.ts'), folder], { stdio: 'pipe' });
  return join(folder, `vela-${packageJson.version}.vsix`);
}

function openBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

async function answers(server: ChildProcess, port: number): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (server.exitCode !== null) throw new Error(`code-server ended with ${server.exitCode}`);
    const response = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  throw new Error('code-server does not answer');
}

/** Its whole group: the extension host and our server are processes of their own. */
async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.pid === undefined) return;
  const gone = new Promise(resolve => server.once('exit', resolve));
  process.kill(-server.pid, 'SIGTERM');
  await gone;
}
