// bundle-programs.mjs: makes dist/trace-hub and dist/pkt-tracer of what the compiler left in dist: each program, and each of
// its threads, in one file with all packages that have no native parts, and what V8 makes of the program.
// Why: docs/adr/0049-bundled-programs.md.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { asWritten, withLines } from './lib/as-written.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Packages with native parts, one that only a build needs, and those that Nest and others name and that are not installed. */
const outside =
  /^(koffi|chdb|typescript|@fastify\/(multipart|static|view)|@nestjs\/(platform-express|websockets)|amqp[a-z-]*|ioredis|kafkajs|mqtt|nats)(\/|$)/;

/** Without a listener these signals end the process; those that act on them come when all is loaded. */
const holdSignals = `for (const signal of ['SIGHUP', 'SIGUSR2']) process.on(signal, () => undefined);
`;

/** What a program and its threads are started by. */
const starter = (name) => `#!/usr/bin/env node
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

${name === 'main' ? holdSignals : ''}const { load } = createRequire(import.meta.url)('../../bin/script-cache.cjs');
load(fileURLToPath(new URL('./${name}.cjs', import.meta.url)));
`;

/** @returns the modules that are started: the program, and what `new Worker(new URL('./NAME.js'))` names */
function entries(app) {
  const source = join(root, 'dist/apps', app, 'src');
  const threads = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('-thread.js'))
    .map((file) => [file.replace(/^.*\//, '').replace(/\.js$/, ''), join(source, file)]);
  return { main: join(source, 'main.js'), ...Object.fromEntries(threads) };
}

async function bundle(dir, name, module) {
  const made = await rolldown({
    cwd: root,
    input: { [name]: module },
    platform: 'node',
    ...asWritten,
    external: (id) => outside.test(id),
    resolve: { conditionNames: ['node', 'import', 'default'] },
  });
  await made.write({
    dir,
    // Node 20 takes the compiler's work from a file for scripts only, not for modules.
    format: 'cjs',
    codeSplitting: false,
    // A script that V8 has from a file cannot import().
    dynamicImportInCjs: false,
    entryFileNames: '[name].cjs',
    sourcemap: true,
    // Nest and the API's document know classes by their names
    keepNames: true,
    ...withLines,
  });
  await made.close();
  writeFileSync(join(dir, `${name}.js`), starter(name));
}

for (const app of ['trace-hub', 'pkt-tracer']) {
  const dir = join(root, 'dist', app);
  // what is older would be loaded by nobody, and taken for a part of it
  rmSync(dir, { recursive: true, force: true });
  for (const [name, module] of Object.entries(entries(app))) await bundle(dir, name, module);
  chmodSync(join(dir, 'main.js'), 0o755);
  execFileSync(process.execPath, [join(root, 'scripts/compile-program.cjs'), join(dir, 'main.cjs')], {
    env: {},
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
