/**
 * Pages beside the editor. Whatever the strategy's text holds, a page asks for nothing from anywhere and runs only the
 * scripts that stand here: its policy names each by a hash or by a nonce that nobody could know before.
 */
import { randomBytes } from 'node:crypto';

export interface Look {
  readonly dark: boolean;
}

/** What a page's own script is called by in its policy; another one for each page. */
export function newNonce(): string {
  return randomBytes(18).toString('base64');
}

const POLICY = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/;
/** The report's markup writes quotes so. */
const QUOTE = /&#39;|&apos;/g;

/**
 * The report as `vela backtest --report` writes it, with one script more, which talks to the editor. Its own policy
 * already names its scripts by their hashes.
 */
export function reportPage(html: string, script: string, nonce: string, { dark }: Look): string {
  const policy = POLICY.exec(html)?.[1]?.replace(QUOTE, "'");
  if (policy === undefined || !policy.includes("default-src 'none'") || !policy.includes('script-src '))
    throw new Error('a report without a policy is not shown');
  return html
    .replace(POLICY, () => meta(policy.replace('script-src ', () => `script-src 'nonce-${nonce}' `)))
    .replaceAll('@media (prefers-color-scheme: dark)', () => (dark ? '@media all' : '@media not all'))
    .replace('color-scheme: light dark', () => `color-scheme: ${dark ? 'dark' : 'light'}`)
    .replace('</head>', () => `<style>${REPORT_STYLE}</style>\n</head>`)
    .replace(/<\/body>\s*<\/html>\s*$/, () => `<script nonce="${nonce}">${script}</script>\n</body>\n</html>\n`);
}

/** VS Code pads the body of its pages and gives it the colours of its editor. */
const REPORT_STYLE = `
body { padding: 0; background: var(--paper); color: var(--ink); }
#trade-rows tr { cursor: pointer; }
#trade-rows tr:hover td, #trade-rows tr:focus-within td { background: color-mix(in srgb, var(--accent) 12%, transparent); }
`;

export function graphPage(svg: string, title: string, script: string, nonce: string, { dark }: Look): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${meta(`default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`)}
<title>${escaped(title)}</title>
<style nonce="${nonce}">
html, body { height: 100%; margin: 0; padding: 0; overflow: hidden; background: ${dark ? '#111315' : '#ffffff'}; }
#view { height: 100%; cursor: grab; touch-action: none; }
#view.held { cursor: grabbing; }
#view svg { display: block; width: 100%; height: 100%; ${dark ? 'filter: invert(0.93) hue-rotate(180deg);' : ''} }
#view g:hover rect { stroke-width: 2; }
#help { position: fixed; right: 12px; bottom: 10px; font: 12px var(--vscode-font-family, sans-serif); color: ${dark ? '#92959b' : '#6b6e74'}; }
</style>
</head>
<body>
<div id="view">${svg}</div>
<div id="help">scroll to zoom · drag to move · double-click to fit</div>
<script nonce="${nonce}">${script}</script>
</body>
</html>
`;
}

/** Something to read while the page is made, or instead of it. */
export function messagePage(text: string, { dark }: Look): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
${meta("default-src 'none'; style-src 'unsafe-inline'")}
<style>body { display: grid; place-items: center; height: 95vh; text-align: center; color: ${dark ? '#92959b' : '#6b6e74'}; font: 14px var(--vscode-font-family, sans-serif); } p { max-width: 40em; }</style>
</head><body><p>${escaped(text)}</p></body></html>
`;
}

function meta(policy: string): string {
  return `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
