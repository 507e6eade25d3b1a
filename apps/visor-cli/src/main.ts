/**
 * Runs the command line and ends the process; see exitCodes.
 *
 * @param start a module's URL; oclif looks for the nearest package.json above it
 */
export async function main(words: readonly string[], start: string): Promise<void> {
  const [word, ...rest] = words;
  const argv = word === 'help' ? [...rest, '--help'] : words;
  // A shell asks at every tab: oclif alone takes longer to load than the answer takes.
  if (word === 'complete') {
    const { runComplete } = await import('./completion/run-complete.js');
    return runComplete(rest, start);
  }
  // npm looks at the version of Node; what oclif would look at it with takes long to load.
  process.env['OCLIF_DISABLE_ENGINE_WARNING'] ??= 'true';
  const { run, settings } = await import('@oclif/core');
  // Commands are compiled; without this oclif looks for TypeScript sources and a tsconfig at each start.
  settings.enableAutoTranspile = false;
  try {
    await run([...argv], start);
  } catch (error) {
    const { report } = await import('./failure.js');
    const { readManifest } = await import('./completion/manifest.js');
    const commands = Object.keys(readManifest(start));
    const { message, exit } = report(error, { argv, commands, debug: wantsDebug(argv) });
    if (message !== '') process.stderr.write(`visor-cli: ${message}\n`);
    process.exitCode = exit;
  }
}

function wantsDebug(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return (end < 0 ? argv : argv.slice(0, end)).includes('--debug');
}
