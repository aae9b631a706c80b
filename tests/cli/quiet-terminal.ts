/** The terminal of a command that runs beside a test: what it logs is kept, what it prints is not. No part of vitest: processes of tests have it too. */
import { plainPaint, type Terminal } from '../../cli/terminal.ts';

export function quietTerminal(environment: Terminal['environment']) {
  let said = '';
  const terminal: Terminal = {
    out: () => {},
    log: text => {
      said += text;
    },
    outPaint: plainPaint,
    logPaint: plainPaint,
    interactive: false,
    columns: 100,
    environment: { VELA_CACHE: '', ...environment },
    checkpoint: async () => {},
  };
  return { terminal, said: () => said };
}
