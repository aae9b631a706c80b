/** What commands bring in to draw a run on a terminal: Ink and React, which nothing else needs. */
export { followRun, runToShow, runWithScreen, showRun, topDocument } from '../live/screen/attach.ts';
