/**
 * Makes sure that Ink's layout engine is there. From source its module waits for it; in the published program nothing waits
 * at the top of a module, and the build puts the loading in this place (tools/terminal.ts).
 */
export async function layoutEngine(): Promise<void> {}
