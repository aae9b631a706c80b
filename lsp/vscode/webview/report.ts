/**
 * Runs in the report when it stands beside an editor: a click on a trade leads to the values that made it, and a report
 * that was brought up to date stands where the reader had scrolled to.
 */
import { editor } from './editor.ts';

interface Kept {
  readonly scroll: number;
}

const page = editor<Kept>();

document.getElementById('trade-rows')?.addEventListener('click', event => {
  const row = event.target instanceof Element ? event.target.closest('tr') : null;
  const trade = Number(row?.cells[0]?.textContent?.replace(/\D/g, ''));
  // The table counts from 1, the server from 0.
  if (trade > 0) page.postMessage({ trade: trade - 1 });
});

const kept = page.getState();
if (kept !== undefined) requestAnimationFrame(() => scrollTo({ top: kept.scroll, behavior: 'instant' }));
addEventListener('scroll', () => page.setState({ scroll: scrollY }), { passive: true });
